# worker: one thread's loop (worker.pyx has the drawing).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.batch cimport Inbox
from statshard.plane.counters cimport Block, ListenerCounters
from statshard.plane.kernel cimport Kernel
from statshard.plane.nap cimport Nap
from statshard.plane.sys.wait cimport pollfd

# What a worker reads lines for: to forward them (forwarding.pyx) or to aggregate them
# (collecting.pyx).  The loop knows no more of it than these calls, each of which is
# given the duty's state.
cdef struct Duty:
    # Go over to the newest of what the control thread has published.
    void (*adopt)(void *state) noexcept nogil
    # Take, and count, the lines of [start, end).  The bytes stay until `settle`.
    void (*take_lines)(
        void *state,
        ListenerCounters *listener,
        const unsigned char *start,
        const unsigned char *end,
        uint64_t arrived_ns,
    ) noexcept nogil
    # Drop, and count, the cut tail of a truncated datagram.
    void (*drop_tail)(void *state) noexcept nogil
    # Be done with the bytes of the lines that were taken.
    void (*settle)(void *state, uint64_t arrived_ns) noexcept nogil
    # Let nothing stay that can leave.
    void (*flush)(void *state, uint64_t at_ns) noexcept nogil
    # Tell whether something stays, for which a flush must be tried again soon.
    bint (*has_waiting)(const void *state) noexcept nogil
    # Drop, and count, what still stays: the worker ends.
    void (*end)(void *state) noexcept nogil
    # Bring the counters that show a present state up to date.
    void (*note_state)(void *state) noexcept nogil

# Everything a worker owns.  It alone reads and writes these words, but for the shared
# one at the end.
cdef struct Worker:
    const Kernel *kernel
    const Duty *duty
    void *state                    # of the duty
    pollfd *descriptors            # the listeners' sockets, then the eventfd that wakes
    uint32_t listeners             # how many sockets it reads
    Inbox inbox
    Block counters
    Nap nap
    bint has_failed             # the last read of a listener met an error
    uint64_t flushed_ns            # when the loop last let the duty flush
    # Since the order to stop: since when the sockets are empty; 0 before it.
    uint64_t empty_since_ns
    # Shared.  0: run on.  Else: drain, flush and end before this; written by the
    # control thread (release).
    uint64_t stop_by_ns

cdef int open_worker(
    Worker *worker,
    const Kernel *kernel,
    uint32_t listeners,
    size_t datagram_max,
    size_t duty_words,
) noexcept nogil
cdef void close_worker(Worker *worker) noexcept nogil
cdef void set_descriptor(Worker *worker, uint32_t index, int fd) noexcept nogil
cdef void run_worker(Worker *worker) noexcept nogil

# Parts of the loop, for the doors of _stepped.
cdef bint read_listeners(Worker *worker, uint64_t *datagrams) noexcept nogil
cdef void publish(Worker *worker) noexcept nogil
