# route: from a line to the index of its backend (route.pyx).
from libc.stdint cimport uint16_t, uint32_t, uint64_t

from statshard.plane.key cimport KeyOf, Scratch
from statshard.plane.line cimport Line

ctypedef uint64_t (*HashOf)(
    const unsigned char *start, const unsigned char *end
) noexcept nogil
ctypedef uint32_t (*Place)(const RoutingTable *table, uint64_t hash) noexcept nogil

# Immutable once published; any number of workers read it.
cdef struct RoutingTable:
    uint64_t generation    # counts up with every table published
    KeyOf key_of           # which bytes of a line are hashed
    HashOf hash_of         # a number from those bytes
    Place place            # from that number to a backend's index
    uint32_t count         # backends; place() answers below it
    uint16_t *owners       # of each slot; NULL where `place` needs none

cdef uint64_t hash_line(
    const RoutingTable *table, const Line *line, Scratch *scratch
) noexcept nogil
cdef RoutingTable *open_table(
    bytes hash_name, bytes shard_by, uint32_t count
) except NULL
cdef void close_table(RoutingTable *table) noexcept nogil
