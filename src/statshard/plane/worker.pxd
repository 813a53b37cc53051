# worker: one thread's loop (worker.pyx has the drawing).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.batch cimport Inbox, Kernel, Outbox
from statshard.plane.counters cimport Block
from statshard.plane.key cimport Scratch
from statshard.plane.link cimport Link
from statshard.plane.nap cimport Nap
from statshard.plane.route cimport RoutingTable
from statshard.plane.sys.wait cimport pollfd

cdef enum: PLACING_MAX = 32    # lines whose backends are looked up at the same time

# A carried line on its way to its backend.
cdef struct Placing:
    const unsigned char *start
    const unsigned char *end
    uint64_t hash

# Everything a worker owns.  It alone reads and writes these words, but for the shared ones at the end.
cdef struct Worker:
    const Kernel *kernel
    pollfd *descriptors            # the listeners' sockets, then the eventfd that wakes
    uint32_t listeners             # how many sockets it reads
    Link *links                    # in the order of the routing table's backends
    uint32_t link_count
    Inbox inbox
    Outbox outbox
    Block counters
    Scratch *scratch
    Placing placing[PLACING_MAX]
    uint32_t placing_count
    Nap nap
    const RoutingTable *table      # the one in use
    uint64_t flushed_ns            # when all that was packed last went out
    uint64_t empty_since_ns        # since the order to stop: since when the sockets are empty; 0 before it
    # Shared:
    RoutingTable *published        # the newest table; written by the control thread (release)
    uint64_t generation            # that of the table in use; written by the worker (release)
    uint64_t stop_by_ns            # 0: run on. Else: drain, flush and end before this; written by the control thread

cdef void run_worker(Worker *worker) noexcept nogil
cdef uint64_t now_ns() noexcept nogil
