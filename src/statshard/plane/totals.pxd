# totals: the series that a server knows (totals.pyx has the drawing).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.arena cimport Arena
from statshard.plane.ddsketch cimport DDSketch, Level
from statshard.plane.index cimport Index
from statshard.plane.known cimport Known
from statshard.plane.members cimport Members, Set
from statshard.plane.offenders cimport Offenders
from statshard.plane.series cimport SERIES_TYPE_COUNT, Bounds, Series, SeriesType
from statshard.plane.siphash cimport SipKey

# A series, and what the last interval came to; its key lies right behind.
cdef struct Total:
    uint32_t hash            # of key and type
    uint32_t key_size        # bytes
    SeriesType type
    # Folds since the last one in which samples came: 0, they came in the last.
    uint32_t idle
    bint is_forgotten        # to be dropped with others
    bint is_new              # known since this fold
    bint is_sketched         # more came than is kept one by one: no values, no members
    # A counter's sum, a gauge's value, how many times a timer's values came.
    double number
    uint64_t count           # a timer's values, a set's members
    double *values           # a timer's, sorted; they lie in Totals.values
    DDSketch *sketch         # of a timer that is one; in Totals.arena
    Set members              # of a set
    # While a fold goes on: the same series in the workers' tables, in their order.
    Series *sources
    Series *last_source

# What samples of one type overflowed in the last fold.
cdef struct Overflowed:
    uint64_t samples
    Offenders offenders      # what their series are named

# Bytes of memory that a series takes beside twice its key (once as text): this record
# as malloc gives it, its places in lists and indexes, the head of the text.
cdef enum: SERIES_BYTES = 240

# Owned by one thread at a time.
cdef struct Totals:
    Total **all              # in the order in which they became known
    uint32_t count
    uint32_t room            # how many `all` has room for
    Index index              # of the places in `all`
    double *values           # of all timers, one behind another, and room to sort
    uint64_t most            # values of the timer that has most
    Members members
    Arena arena              # of the members and sketches
    Level *levels            # room for those of a sketch, where there is one; in arena
    Bounds bounds            # of each series; the store's, as is the key
    SipKey key               # of all hashes
    uint32_t counts[SERIES_TYPE_COUNT]    # series of each type, but for the overflow
    uint64_t bytes           # what those take
    uint32_t series_max      # of a type
    uint64_t bytes_max
    uint32_t overflow_hashes[SERIES_TYPE_COUNT]    # of the overflow of each type
    Overflowed *overflowed   # of each type
    bint has_forgotten       # some since the last fold
    const Known *told        # what was known behind it; NULL: nothing; the store's

cdef int open_totals(
    Totals *totals, uint32_t series_max, uint64_t bytes_max
) noexcept nogil
cdef void close_totals(Totals *totals) noexcept nogil
cdef Total *find_total(
    const Totals *totals,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil
cdef Total *know_total(
    Totals *totals,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil
cdef Total *know_within(
    Totals *totals,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil
cdef Total *know_overflow(Totals *totals, SeriesType type_) noexcept nogil
cdef uint64_t bytes_of(size_t key_size) noexcept nogil
cdef bint may_know(
    const Totals *totals, SeriesType type_, size_t key_size
) noexcept nogil
cdef void drop_forgotten(Totals *totals) noexcept nogil

cdef inline unsigned char *key_of(const Total *total) noexcept nogil:
    """Return the first byte of a series' key."""
    return <unsigned char *> (total + 1)
