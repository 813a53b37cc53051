# build: fills a routing table (build.pyx says with what).
from libc.stdint cimport uint32_t

from statshard.plane.route cimport RoutingTable
from statshard.plane.slots cimport Contender

# The backends by position; one may stand at many.
cdef struct Positions:
    const uint32_t *backends
    uint32_t count

# The table before, of the same hash, and what became of its backends.
cdef struct Former:
    const RoutingTable *table    # or NULL
    const uint32_t *now_of       # as refill_slots takes it

cdef int fill_table(
    RoutingTable *table,
    Contender *contenders,
    size_t count,
    const Positions *positions,
    const Former *former,
) noexcept nogil
