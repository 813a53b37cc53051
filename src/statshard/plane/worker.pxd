# worker: one thread's loop (worker.pyx has the drawing).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.batch cimport Inbox, Outbox
from statshard.plane.counters cimport Block
from statshard.plane.kernel cimport Kernel
from statshard.plane.key cimport Scratch
from statshard.plane.link cimport Link
from statshard.plane.nap cimport Nap
from statshard.plane.route cimport Placing, RoutingTable
from statshard.plane.sys.wait cimport pollfd

cdef enum: PLACING_MAX = 32    # lines whose backends are looked up at the same time

# Everything a worker owns.  It alone reads and writes these words, but for the shared
# ones at the end.
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
    bint has_failed             # the last read of a listener met an error
    const RoutingTable *table      # the one in use
    uint64_t flushed_ns            # when all that was packed last went out
    # Since the order to stop: since when the sockets are empty; 0 before it.
    uint64_t empty_since_ns
    # Shared:
    RoutingTable *published        # the newest; written by the control thread (release)
    uint64_t generation            # of the one in use; written by the worker (release)
    # 0: run on.  Else: drain, flush and end before this; written by the control thread
    # (release).
    uint64_t stop_by_ns

cdef void run_worker(Worker *worker) noexcept nogil

# Parts of the loop, for the doors of _stepped.
cdef void adopt_table(Worker *worker) noexcept nogil
cdef bint read_listeners(Worker *worker, uint64_t *datagrams) noexcept nogil
cdef void flush_links(Worker *worker, uint64_t at_ns) noexcept nogil
cdef void end_links(Worker *worker) noexcept nogil
cdef void publish(Worker *worker) noexcept nogil
