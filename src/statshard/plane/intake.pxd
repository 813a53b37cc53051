# intake: what a worker that collects counts (intake.pyx has the table).
from libc.stdint cimport uint64_t

from statshard.plane.counters cimport TRUNCATED, Block, Reason
from statshard.plane.sample cimport SAMPLE_REASON_COUNT, SampleReason
from statshard.plane.series cimport SERIES_TYPE_COUNT

# What a sample was aggregated as: a SeriesType, or one of these.
cdef enum:
    EVENTS = SERIES_TYPE_COUNT
    CHECKS
    AGGREGATED_TYPES

# Why a sample is dropped: a Reason of lines up to TRUNCATED, a SampleReason behind
# them, or one of these.
cdef enum:
    NO_MEMORY = TRUNCATED + SAMPLE_REASON_COUNT
    NO_RAW_ROOM
    NO_SINK
    DROP_REASONS

cdef enum: AGGREGATED_COUNT = AGGREGATED_TYPES
cdef enum: DROP_COUNT = DROP_REASONS

# Of a duty that collects.  All fields: counted since the start, written by the worker
# that owns the block, in samples; a line that is refused whole is one.
cdef struct IntakeCounters:
    uint64_t received_samples
    uint64_t aggregated_samples[AGGREGATED_COUNT]
    uint64_t dropped_samples[DROP_COUNT]

# The struct's size in words (checked at import: C cannot take sizeof here).
cdef enum: INTAKE_WORDS = 1 + AGGREGATED_COUNT + DROP_COUNT

cdef inline IntakeCounters *intake_counters(Block *block) noexcept nogil:
    """Return the worker's own words."""
    return <IntakeCounters *> (block.own + block.duty_at)

cdef inline void drop_line(IntakeCounters *counters, Reason reason) noexcept nogil:
    """Count a line that is refused as a line: one sample."""
    counters.received_samples += 1
    counters.dropped_samples[reason] += 1

cdef inline void drop_sample(
    IntakeCounters *counters, SampleReason reason
) noexcept nogil:
    """Count a sample that is refused as a sample."""
    counters.received_samples += 1
    counters.dropped_samples[TRUNCATED + reason] += 1
