"""Intake: the one table of what a worker that collects counts, in samples.

    received = aggregated{type} + dropped{reason}      exact at every read

A sample is one value of a line; a line that is refused whole is one sample, and so is
an event or a check. Their words stand behind the listeners' in the worker's block
(counters.pyx). Must not know: series, sockets.
"""
from libc.stdint cimport uint64_t

from statshard.plane.counters cimport CARRIED
from statshard.plane.sample cimport GOOD

from statshard.plane.counters import REASONS_TABLE, Counter
from statshard.plane.sample import SAMPLE_REASONS_TABLE, Refusal

# === Python face ===

assert sizeof(IntakeCounters) == INTAKE_WORDS * sizeof(uint64_t)

# What samples are aggregated as, in the order of the enum.
AGGREGATED_TABLE = ("counter", "gauge", "timer", "set", "event", "check")
assert len(AGGREGATED_TABLE) == AGGREGATED_COUNT

cdef dict _REASONS = {
    NO_MEMORY: Refusal(
        "no_memory",
        "the memory that an interval may hold was full",
    ),
    NO_RAW_ROOM: Refusal(
        "too_many_events",
        "the 64 KiB for the events and checks of one interval were full",
    ),
    NO_SINK: Refusal(
        "no_sink",
        "an event or a check, which none of the sinks takes",
    ),
}
_REASONS.update({
    i: Refusal(reason.name, reason.help)
    for i, reason in enumerate(REASONS_TABLE, CARRIED + 1)
    if i <= TRUNCATED
})
_REASONS.update({
    TRUNCATED + i: reason for i, reason in enumerate(SAMPLE_REASONS_TABLE, GOOD + 1)
})

# In the order of the words, which begin at 1.  Two rows may have one name: they are
# shown as one.
DROP_TABLE = tuple(_REASONS[i] for i in range(1, DROP_COUNT))

INTAKE_TABLE = (
    Counter(
        "statshard_received_samples_total", "samples", (),
        "Samples in the lines that were read, refused ones too; "
        "a line that is refused whole is one.",
    ),
    Counter(
        "statshard_aggregated_samples_total", "samples", ("type",),
        "Samples that went into a series; events and checks that were taken.",
    ),
    Counter(
        "statshard_overflowed_samples_total", "samples", ("type",),
        "Those of them that went into `_overflow` because there was no room for their "
        "series, as of the last flush: `series_max`, `series_bytes` or `table_bytes` "
        "is reached.",
    ),
    Counter(
        "statshard_dropped_samples_total", "samples", ("reason",),
        "Samples not aggregated, by reason: loss, or refused input.",
    ),
)
