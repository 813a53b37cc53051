# collecting: the aggregation server's duty (collecting.pyx has the drawing).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.intake cimport IntakeCounters
from statshard.plane.key cimport Span
from statshard.plane.sample cimport Grammar, Sample
from statshard.plane.series cimport SeriesTable, SeriesType
from statshard.plane.series_name cimport NameRoom, Naming
from statshard.plane.siphash cimport SipKey
from statshard.plane.worker cimport Duty

cdef enum: SEEKING_MAX = 32    # samples whose series are looked up at the same time

# A good sample on its way to its series.
cdef struct Seeking:
    Sample sample
    Span name
    SeriesType type
    uint32_t hash                 # of type and name

# What a worker that collects owns.  It alone reads and writes these words, but for the
# shared ones at the end.
cdef struct Collecting:
    IntakeCounters *counters      # the worker's own words
    const Grammar *grammar
    Naming naming
    NameRoom *room
    SipKey key                    # of the hashes of tables
    bint tells_events             # from samples: events and checks are neither
    bint keeps_raw                # events and checks, for sinks that take them
    SeriesTable *table            # the one in use
    Seeking seeking[SEEKING_MAX]
    uint32_t seeking_count
    # Shared:
    SeriesTable *published        # the newest; written by the control thread (release)
    uint64_t generation           # of the one in use; written by the worker (release)

cdef const Duty *collecting_duty() noexcept nogil

# Parts of the duty, for the doors of tests; the state is a Collecting.
cdef void adopt_interval(void *state) noexcept nogil
