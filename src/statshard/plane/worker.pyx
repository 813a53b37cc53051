"""Worker: one thread's loop, which reads the listeners' sockets for a duty.

    poll -> nap -> | recvmmsg -> datagrams, one by one, to the duty           |
                   |     until the sockets are drained; then the duty flushes |
         -> publish counters -> poll

    forwarding.pyx   lines -> key -> hash -> link's packer -> sendmmsg
    collecting.pyx   lines -> samples -> series

The worker holds no lock and no Python object, and allocates nothing. Other threads
reach it through one word (worker.pxd, "Shared"), what its duty shares, and an eventfd.
To stop: read on until the sockets have been empty for DRAIN_NS, flush, give what must
wait its time, and end. Must not know: Python, configuration, what a line is.
"""
from libc.errno cimport EAGAIN
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from statshard.plane.batch cimport (
    HEAD_SIZE,
    INBOX_MAX,
    Datagram,
    close_inbox,
    fetch_datagram,
    give_back,
    open_inbox,
    receive,
    take_datagram,
)
from statshard.plane.counters cimport (
    ListenerCounters,
    close_block,
    listener_counters,
    open_block,
    publish_block,
)
from statshard.plane.kernel cimport FOREVER, Kernel
from statshard.plane.nap cimport is_busy, nap_ns, note_cycle
from statshard.plane.sys.atomic cimport load_acquire
from statshard.plane.sys.wait cimport POLLIN, pollfd

cdef enum:
    # How soon a flush that could not be whole is tried again.
    RETRY_NS = 1_000_000
    # How long sockets must be empty before a stop believes it: twice what was measured
    # as safe.
    DRAIN_NS = 10_000_000
    # How many datagrams ahead the first bytes of one are fetched: each lies in a page
    # of its own, whose look-up cost as much as the search for the line's end.
    AHEAD = 4


cdef int open_worker(
    Worker *worker,
    const Kernel *kernel,
    uint32_t listeners,
    size_t datagram_max,
    size_t duty_words,
) noexcept nogil:
    """Allocate, in a worker of zeros, what the numbers ask for.

    Return 0, or -1 without memory; close it in either case. Descriptors, nap and duty
    are to be set.
    """
    worker.kernel = kernel
    worker.listeners = listeners
    worker.descriptors = <pollfd *> calloc(listeners + 1, sizeof(pollfd))
    if worker.descriptors == NULL:
        return -1
    if open_inbox(&worker.inbox, INBOX_MAX, datagram_max) < 0:
        return -1
    return open_block(&worker.counters, listeners, duty_words)


cdef void close_worker(Worker *worker) noexcept nogil:
    """Free what open_worker allocated."""
    free(worker.descriptors)
    worker.descriptors = NULL
    close_inbox(&worker.inbox)
    close_block(&worker.counters)


cdef void set_descriptor(Worker *worker, uint32_t index, int fd) noexcept nogil:
    """Set the socket of a listener, or, behind them, the eventfd that wakes."""
    worker.descriptors[index] = pollfd(fd, POLLIN, 0)


cdef void run_worker(Worker *worker) noexcept nogil:
    """Read, and do the duty, until told to stop."""
    cdef uint64_t woken_ns = worker.kernel.now_ns()
    cdef uint64_t datagrams = 0
    cdef uint64_t ended_ns
    cdef bint is_drained
    while True:
        worker.duty.adopt(worker.state)
        is_drained = read_listeners(worker, &datagrams)
        ended_ns = worker.kernel.now_ns()
        if is_drained or ended_ns - worker.flushed_ns > worker.nap.max_delay_ns // 2:
            flush(worker, ended_ns)
        publish(worker)
        if not is_drained and not is_overdue(worker, ended_ns):
            continue
        note_cycle(&worker.nap, datagrams, woken_ns, worker.kernel.now_ns())
        if must_end(worker, datagrams > 0):
            break
        wait_for_datagrams(worker)
        woken_ns = worker.kernel.now_ns()
        datagrams = 0
    worker.duty.end(worker.state)
    publish(worker)


cdef bint read_listeners(Worker *worker, uint64_t *datagrams) noexcept nogil:
    """Take one batch from each listener; True where all are drained."""
    cdef bint is_drained = True
    cdef uint64_t arrived_ns = worker.kernel.now_ns()
    cdef ListenerCounters *counters
    cdef uint32_t listener
    cdef int count, i
    worker.has_failed = False
    for listener in range(worker.listeners):
        counters = listener_counters(&worker.counters, listener)
        count = receive(worker.kernel, worker.descriptors[listener].fd, &worker.inbox)
        for i in range(count):
            fetch_datagram(&worker.inbox, i + AHEAD)
            take_one(worker, counters, i, arrived_ns)
        worker.duty.settle(worker.state, arrived_ns)
        if count < 0 and count != -EAGAIN:
            counters.receive_errors += 1
            worker.has_failed = True
        datagrams[0] += max(count, 0)
        is_drained = is_drained and count < <int> worker.inbox.size
    return is_drained


cdef void take_one(
    Worker *worker, ListenerCounters *counters, unsigned int index, uint64_t arrived_ns
) noexcept nogil:
    """Give the whole lines of one received datagram to the duty; count it."""
    cdef Datagram datagram
    cdef bint is_cut = take_datagram(&worker.inbox, index, &datagram)
    cdef const unsigned char *end = datagram.start + datagram.size
    counters.received_datagrams += 1
    if is_cut:
        counters.truncated_datagrams += 1
        end = drop_cut_tail(worker, counters, &datagram)
    worker.duty.take_lines(worker.state, counters, datagram.start, end, arrived_ns)
    if datagram.size > HEAD_SIZE:
        worker.duty.settle(worker.state, arrived_ns)
        give_back(&worker.inbox, index)


cdef const unsigned char *drop_cut_tail(
    Worker *worker, ListenerCounters *counters, const Datagram *datagram
) noexcept nogil:
    """Drop and count the piece behind the last LF of a truncated datagram.

    Return where the whole lines end.
    """
    cdef const unsigned char *end = datagram.start + datagram.size
    cdef const unsigned char *tail = end
    while tail > datagram.start and (tail - 1)[0] != c'\n':
        tail -= 1
    if tail < end:
        counters.received_lines += 1
        worker.duty.drop_tail(worker.state)
    return tail


cdef void flush(Worker *worker, uint64_t at_ns) noexcept nogil:
    """Let the duty flush."""
    worker.duty.flush(worker.state, at_ns)
    worker.flushed_ns = at_ns


cdef void publish(Worker *worker) noexcept nogil:
    """Show the counters as they are between two batches."""
    worker.duty.note_state(worker.state)
    publish_block(&worker.counters)


cdef bint has_waiting(const Worker *worker) noexcept nogil:
    """Tell whether something waits for another flush."""
    return worker.duty.has_waiting(worker.state)


cdef bint must_end(Worker *worker, bint has_read) noexcept nogil:
    """Tell whether a stop was ordered, and all is done or its time is up.

    All is done: the sockets are drained, the duty has flushed, and nothing waits.
    """
    cdef uint64_t stop_by_ns = load_acquire(&worker.stop_by_ns)
    cdef uint64_t at_ns = worker.kernel.now_ns()
    if stop_by_ns == 0:
        return False
    if worker.empty_since_ns == 0 or has_read:
        worker.empty_since_ns = at_ns
    if at_ns >= stop_by_ns:
        return True
    return at_ns - worker.empty_since_ns >= DRAIN_NS and not has_waiting(worker)


cdef bint is_overdue(const Worker *worker, uint64_t at_ns) noexcept nogil:
    """Tell whether a stop was ordered whose time is up."""
    cdef uint64_t stop_by_ns = load_acquire(&worker.stop_by_ns)
    return stop_by_ns != 0 and at_ns >= stop_by_ns


cdef void wait_for_datagrams(Worker *worker) noexcept nogil:
    """Sleep until datagrams come or we are woken; then nap, so that more gather."""
    cdef pollfd *wakeup = &worker.descriptors[worker.listeners]
    cdef bint is_stopping = worker.empty_since_ns != 0
    cdef bint is_retrying = has_waiting(worker)
    cdef uint64_t gather_ns = nap_ns(&worker.nap)
    cdef int ready = 1
    if is_retrying:
        gather_ns = min(gather_ns, <uint64_t> RETRY_NS)
    wakeup.revents = 0
    if worker.has_failed:
        ready = worker.kernel.sleep_on(wakeup, 1, RETRY_NS)
    elif is_stopping or is_retrying:
        ready = sleep_on_all(worker, RETRY_NS)
    elif not is_busy(&worker.nap, gather_ns):
        ready = sleep_on_all(worker, FOREVER)
    if ready > 0 and not wakeup.revents and not is_stopping:
        worker.kernel.sleep_on(wakeup, 1, gather_ns)
    if wakeup.revents:
        worker.kernel.take_wakeup(wakeup.fd)


cdef int sleep_on_all(Worker *worker, uint64_t at_most_ns) noexcept nogil:
    """Sleep until a listener or the eventfd is readable, or so long."""
    cdef uint32_t count = worker.listeners + 1
    return worker.kernel.sleep_on(worker.descriptors, count, at_most_ns)
