# forwarding: the proxy's duty (forwarding.pyx has the drawing).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.batch cimport Outbox
from statshard.plane.counters cimport Block
from statshard.plane.kernel cimport Kernel
from statshard.plane.key cimport Scratch
from statshard.plane.link cimport Link
from statshard.plane.route cimport RoutingTable
from statshard.plane.worker cimport Duty

cdef enum: PLACING_MAX = 32    # lines whose backends are looked up at the same time

# A carried line on its way to its backend.
cdef struct Placing:
    const unsigned char *start
    const unsigned char *end
    uint64_t hash

# What a worker that forwards owns.  It alone reads and writes these words, but for the
# shared ones at the end.
cdef struct Forwarding:
    const Kernel *kernel
    Block *counters                # the worker's
    Link *links                    # in the order of the routing table's backends
    uint32_t link_count
    Outbox outbox
    Scratch *scratch
    Placing placing[PLACING_MAX]
    uint32_t placing_count
    const RoutingTable *table      # the one in use
    # Shared:
    RoutingTable *published        # the newest; written by the control thread (release)
    uint64_t generation            # of the one in use; written by the worker (release)

cdef const Duty *forwarding_duty() noexcept nogil

# Parts of the duty, for the doors of _stepped; the state is a Forwarding.
cdef void adopt_table(void *state) noexcept nogil
cdef void flush_links(void *state, uint64_t at_ns) noexcept nogil
cdef void end_links(void *state) noexcept nogil
