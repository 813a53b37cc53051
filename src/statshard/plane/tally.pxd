# tally: what arrived, held against what was sent (tally.pyx has the rules).
from libc.stdint cimport uint16_t, uint32_t, uint64_t

from statshard.plane.key cimport Scratch
from statshard.plane.route cimport RoutingTable
from statshard.plane.traffic cimport Traffic

cdef enum:
    DELAY_BUCKETS = 1216
    PORTS_MAX = 1024

# Counts since the start; all of them words, in the order of COUNT_NAMES (load.pyx).
cdef struct Counts:
    uint64_t datagrams
    uint64_t size               # bytes
    uint64_t lines              # of any kind
    uint64_t found              # lines sent of which something arrived
    uint64_t arrived            # lines sent that arrived as they were, each once
    uint64_t altered
    uint64_t duplicated
    uint64_t misplaced
    uint64_t misplaced_names
    uint64_t wrong
    uint64_t out_of_order
    uint64_t foreign            # lines

# Owned by one checker.
cdef struct Tally:
    const Traffic *traffic
    # Which port, by its place, gets a line; NULL: not known. Its owner's.
    const RoutingTable *table
    Scratch *scratch            # for the keys that `table` makes; NULL without it
    Counts counts
    unsigned char *seen         # stamped: a bit for each number
    uint32_t *newest            # stamped: by sender and name: highest number + 1, or 0
    uint16_t *homes             # by name, or group: port + 1, or 0; MISPLACED is added
    uint32_t *copies            # given: by text: how many came
    uint64_t delays[DELAY_BUCKETS]    # stamped: lines by delay
    uint64_t delay_max_us

cdef int open_tally(
    Tally *tally, const Traffic *traffic, const RoutingTable *table
) noexcept nogil
cdef void close_tally(Tally *tally) noexcept nogil
cdef void tally_datagram(
    Tally *tally,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t port,
    uint64_t at_us,
) noexcept nogil
cdef int settle(Tally *tally, const uint64_t *sent) noexcept nogil
cdef bint has_arrived(const Tally *tally, uint64_t number) noexcept nogil
