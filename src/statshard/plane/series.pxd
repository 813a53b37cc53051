# series: a table of series, each with what came for it (series.pyx has the drawing).
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from statshard.plane.arena cimport Arena
from statshard.plane.ddsketch cimport DDSketch
from statshard.plane.hyperloglog cimport HyperLogLog
from statshard.plane.index cimport Index
from statshard.plane.known cimport Known
from statshard.plane.members cimport Members, Set
from statshard.plane.offenders cimport Offenders
from statshard.plane.rows cimport Rows
from statshard.plane.siphash cimport SipKey
from statshard.plane.sys.cache cimport prefetch
from statshard.plane.values cimport Values

# What a series is of; two of one key and different types are different series.
ctypedef unsigned int SeriesType

cdef enum:
    COUNTERS
    GAUGES
    TIMERS
    SETS
    SERIES_TYPES

cdef enum: SERIES_TYPE_COUNT = SERIES_TYPES

# A change of a gauge, and when it came.
cdef struct Delta:
    uint64_t at_ns
    double change

# How much of one series is kept one by one; beyond, it is a sketch.
cdef struct Bounds:
    uint64_t timer_values
    uint32_t set_members

# What a series is that was too long: stands where its list stood, before the count.
cdef struct Sketched:
    void *list               # NULL
    void *sketch             # a timer's DDSketch, a set's HyperLogLog; in the arena

# What is many of a series: a timer's values, a gauge's deltas since it was last set
# (in which case `set_ns` is above 0) or since the table was empty, a set's members.
cdef union Content:
    Values values            # `count` goes on where the timer is a sketch
    Set members              # `count` stands still where the set is a sketch
    Sketched sketched

# One cache line.
cdef struct Series:
    const unsigned char *key  # right behind the word of `samples_of`
    uint32_t hash            # of key and type
    uint16_t key_size        # bytes
    uint8_t type
    uint8_t is_sketched      # content.sketched holds, from then to the interval's end
    # The same series in the table of another worker: the fold's.
    Series *next
    # A counter's sum; the value to which a gauge was last set; how many times a timer's
    # values came: the sum of 1 / rate.
    double number
    uint64_t set_ns          # when a gauge was last set, as a worker saw it; 0: never
    Content content

cdef enum:
    OVERFLOW_SIZE = 9        # bytes of the key of what found no room
    OVERFLOW_ROOM = 16       # for it

# The series of one type that samples go to whose own found no room in the table; it is
# no row, and needs no memory.
cdef struct Overflow:
    Series series
    uint64_t samples         # the word before the key
    unsigned char key[OVERFLOW_ROOM]

# What the overflow of a table is made of: as much as it will ever need.
cdef struct Reserve:
    Offenders offenders[SERIES_TYPE_COUNT]    # names whose series found no room
    DDSketch sketch          # of the timers
    HyperLogLog counted      # of the sets

# All that came for one worker in one interval.  Owned by that worker, then by whoever
# folds it.
cdef struct SeriesTable:
    Arena arena
    Index index
    Rows rows                # of Series, in the order of their first sample
    Members members
    unsigned char *raw       # events and checks as they came, an LF behind each
    uint32_t raw_size        # bytes
    uint64_t generation      # of which interval; written by the control thread
    Bounds bounds            # of each series; as at the start
    uint32_t series_max      # of a type; beyond, those begin that are known
    uint32_t counts[SERIES_TYPE_COUNT]    # of rows of a type, but for the overflow
    uint64_t key_bytes       # of those
    # Which series the server knows; NULL: none. Written by the control thread
    # (release), also while a worker has the table; its owner sees to it that it stays.
    const Known *known
    Overflow overflow[SERIES_TYPE_COUNT]
    Reserve *reserve         # what those need

cdef enum: RAW_MAX = 65536   # bytes of events and checks

cdef int open_series(
    SeriesTable *table, uint32_t most_chunks, uint32_t series_max, Bounds bounds
) noexcept nogil
cdef void close_series(SeriesTable *table) noexcept nogil
cdef void empty_series(SeriesTable *table) noexcept nogil
cdef Series *find_series(
    SeriesTable *table,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil
cdef Series *peek_series(const SeriesTable *table, uint32_t hash) noexcept nogil
cdef bint set_gauge(Series *series, double value, uint64_t at_ns) noexcept nogil
cdef bint change_gauge(
    SeriesTable *table, Series *series, double change, uint64_t at_ns
) noexcept nogil
cdef bint add_time(
    SeriesTable *table, Series *series, double value, double times
) noexcept nogil
cdef bint add_to_set(
    SeriesTable *table,
    Series *series,
    const unsigned char *start,
    const unsigned char *end,
    uint64_t hash,
    const SipKey *key,
) noexcept nogil
cdef bint sketch_timer(SeriesTable *table, Series *series) noexcept nogil
cdef bint sketch_set(
    SeriesTable *table, Series *series, const SipKey *key
) noexcept nogil
cdef bint keep_raw(
    SeriesTable *table, const unsigned char *start, const unsigned char *end
) noexcept nogil
cdef bint is_empty(const Series *series) noexcept nogil

cdef inline uint32_t typed_hash(uint64_t hash, SeriesType type_) noexcept nogil:
    """Return the hash of key and type, from a key's."""
    return <uint32_t> (hash >> (8 * type_))

cdef inline uint64_t *samples_of(const Series *series) noexcept nogil:
    """Return the word that counts a series' samples: its key's line is at hand."""
    return <uint64_t *> series.key - 1

cdef inline void fetch_slot(const SeriesTable *table, uint32_t hash) noexcept nogil:
    """Have at hand soon where the index holds a hash."""
    prefetch(&table.index.slots[hash & table.index.mask])

cdef inline void fetch_content(const Series *series) noexcept nogil:
    """Have at hand soon what of a series is compared and where it grows."""
    prefetch(series.key)
    prefetch(series.content.values.last)     # or its sketch
