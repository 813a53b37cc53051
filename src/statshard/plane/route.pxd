# route: from a line to the index of its backend (route.pyx).
from libc.stdint cimport uint16_t, uint32_t, uint64_t

from statshard.plane.key cimport KeyOf, Scratch
from statshard.plane.line cimport Line
from statshard.plane.ring cimport Ring, RingKind

cdef enum:
    NO_BACKEND = 0xFFFFFFFF    # in place of an index: none is in
    BACKENDS_MAX = 65535

cdef enum:
    OF_SLOTS         # 65 536 of them, filled by rendezvous (slots.pyx)
    OF_POINTS        # of a ring (ring.pyx)
    OF_POSITIONS     # of the configuration, or of a shard_map

ctypedef uint64_t (*HashOf)(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil
ctypedef uint32_t (*SlotOf)(const RoutingTable *table, uint64_t hash) noexcept nogil
ctypedef uint32_t (*Settle)(
    const RoutingTable *table, const Line *line, uint64_t hash, Scratch *scratch
) noexcept nogil

# A hash: all in which one differs from another.
cdef struct HashRow:
    HashOf hash_of       # a number from a key
    uint64_t seed        # that it begins with
    SlotOf slot_of       # from that number to a slot
    int slots            # what slots are: OF_SLOTS and the like
    RingKind ring        # whose points, where they are points
    Settle settle        # where a position is out

# Immutable once published; any number of workers read it.
cdef struct RoutingTable:
    uint64_t generation    # counts up with every table published
    KeyOf key_of           # which bytes of a line are hashed
    const HashRow *row
    uint64_t seed          # of the hash; for a prefix, its state behind that
    uint16_t *owners       # the backend of each slot
    uint32_t slots         # how many there are; slot_of answers below it
    uint32_t count         # backends
    uint32_t live          # of them, those that a line can be placed on
    Settle settle          # or NULL: places a line where owners alone do not say it
    # What slot_of, or owners, will be read at for a hash, which is fetched before:
    # fetched + (hash >> fetch_shift) * fetch_size; NULL where that is not worth it.
    const unsigned char *fetched
    uint32_t fetch_shift
    uint32_t fetch_size
    Ring ring              # OF_POINTS: where the points are
    unsigned char *is_out  # OF_POSITIONS: for each backend
    uint16_t *spares       # or NULL: OF_POSITIONS, rendezvous over those in

# A line on its way to its backend; judged.
cdef struct Placing:
    Line line
    uint64_t hash          # set by hash_lines

cdef void hash_lines(
    const RoutingTable *table, Placing *lines, uint32_t count, Scratch *scratch
) noexcept nogil
cdef uint64_t hash_line(
    const RoutingTable *table, const Line *line, Scratch *scratch
) noexcept nogil
cdef uint32_t place_line(
    const RoutingTable *table, const Line *line, Scratch *scratch
) noexcept nogil
cdef uint32_t settle_by_walk(
    const RoutingTable *table, const Line *line, uint64_t hash, Scratch *scratch
) noexcept nogil
cdef uint32_t settle_nowhere(
    const RoutingTable *table, const Line *line, uint64_t hash, Scratch *scratch
) noexcept nogil
cdef RoutingTable *open_table(str hash_name, str shard_by) except NULL
cdef void close_table(RoutingTable *table) noexcept nogil


cdef inline uint32_t backend_of(
    const RoutingTable *table, const Placing *placing, Scratch *scratch
) noexcept nogil:
    """Return the index of a hashed line's backend, or NO_BACKEND."""
    if table.settle != NULL:
        return table.settle(table, &placing.line, placing.hash, scratch)
    return table.owners[table.row.slot_of(table, placing.hash)]
