"""Worker: one thread's loop, from the listeners' sockets to the backends'.

    poll -> nap -> | recvmmsg -> lines -> key -> hash -> link's packer -> sendmmsg |
                   |     until the sockets are drained; packers go out when full,  |
                   |     all others at the end, before the next sleep              |
         -> publish counters -> poll

The worker holds no lock and no Python object, and allocates nothing. Other threads
reach it through three words (worker.pxd, "Shared") and an eventfd. To stop: read on
until the sockets have been empty for DRAIN_NS, send, give what must wait its time, and
end. Must not know: Python, configuration, why a table changed.
"""
from libc.errno cimport EAGAIN
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.batch cimport (
    HEAD_SIZE,
    Datagram,
    fetch_datagram,
    give_back,
    receive,
    take_datagram,
)
from statshard.plane.counters cimport (
    CARRIED,
    NO_LIVE_BACKEND,
    TRUNCATED,
    LinkCounters,
    ListenerCounters,
    Reason,
    link_counters,
    listener_counters,
    publish_block,
    worker_counters,
)
from statshard.plane.kernel cimport FOREVER
from statshard.plane.key cimport Scratch
from statshard.plane.line cimport Line, judge_line, next_line
from statshard.plane.link cimport (
    Link,
    abandon_waiting,
    flush_link,
    forward_line,
    is_waiting,
)
from statshard.plane.nap cimport is_busy, nap_ns, note_cycle
from statshard.plane.route cimport NO_BACKEND, RoutingTable, backend_of, hash_lines
from statshard.plane.sys.atomic cimport load_acquire, load_pointer, store_release
from statshard.plane.sys.wait cimport pollfd

cdef enum:
    # How soon a backend that could not take it is tried again.
    RETRY_NS = 1_000_000
    # How long sockets must be empty before a stop believes it: twice what was measured
    # as safe.
    DRAIN_NS = 10_000_000
    # How many datagrams ahead the first bytes of one are fetched: each lies in a page
    # of its own, whose look-up cost as much as the search for the line's end.
    AHEAD = 4


cdef void run_worker(Worker *worker) noexcept nogil:
    """Forward until told to stop."""
    cdef uint64_t woken_ns = worker.kernel.now_ns()
    cdef uint64_t datagrams = 0
    cdef uint64_t ended_ns
    cdef bint is_drained
    while True:
        adopt_table(worker)
        is_drained = read_listeners(worker, &datagrams)
        ended_ns = worker.kernel.now_ns()
        if is_drained or ended_ns - worker.flushed_ns > worker.nap.max_delay_ns // 2:
            flush_links(worker, ended_ns)
        publish(worker)
        if not is_drained and not is_overdue(worker, ended_ns):
            continue
        note_cycle(&worker.nap, datagrams, woken_ns, worker.kernel.now_ns())
        if must_end(worker, datagrams > 0):
            break
        wait_for_datagrams(worker)
        woken_ns = worker.kernel.now_ns()
        datagrams = 0
    end_links(worker)
    publish(worker)


cdef void adopt_table(Worker *worker) noexcept nogil:
    """Go over to the newest table; what is packed goes out under the old one first."""
    cdef const RoutingTable *newest
    newest = <const RoutingTable *> load_pointer(<void **> &worker.published)
    if newest == worker.table:
        return
    flush_links(worker, worker.kernel.now_ns())
    worker.table = newest
    store_release(&worker.generation, newest.generation)


cdef bint read_listeners(Worker *worker, uint64_t *datagrams) noexcept nogil:
    """Forward one batch from each listener; True where all are drained."""
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
            forward_datagram(worker, counters, i, arrived_ns)
        forward_placing(worker, arrived_ns)
        if count < 0 and count != -EAGAIN:
            counters.receive_errors += 1
            worker.has_failed = True
        datagrams[0] += max(count, 0)
        is_drained = is_drained and count < <int> worker.inbox.size
    return is_drained


cdef void forward_datagram(
    Worker *worker, ListenerCounters *counters, unsigned int index, uint64_t arrived_ns
) noexcept nogil:
    """Set each carried line of one received datagram on its way.

    Count all, and the refused by reason.
    """
    cdef Datagram datagram
    cdef Line line
    cdef Reason reason
    cdef bint is_cut = take_datagram(&worker.inbox, index, &datagram)
    cdef const unsigned char *at = datagram.start
    cdef const unsigned char *end = datagram.start + datagram.size
    counters.received_datagrams += 1
    if is_cut:
        counters.truncated_datagrams += 1
        end = drop_cut_tail(worker, counters, &datagram)
    while next_line(&at, end, &line):
        counters.received_lines += 1
        reason = judge_line(&line)
        if reason == CARRIED:
            place_line(worker, &line, arrived_ns)
        else:
            worker_counters(&worker.counters).dropped_lines[reason] += 1
    if datagram.size > HEAD_SIZE:
        forward_placing(worker, arrived_ns)
        give_back(&worker.inbox, index)


cdef void place_line(
    Worker *worker, const Line *line, uint64_t arrived_ns
) noexcept nogil:
    """Put a line on the list of those to place; its bytes stay until it is placed."""
    worker.placing[worker.placing_count].line = line[0]
    worker.placing_count += 1
    if worker.placing_count == PLACING_MAX:
        forward_placing(worker, arrived_ns)


cdef void forward_placing(Worker *worker, uint64_t arrived_ns) noexcept nogil:
    """Look up the backends of the lines on the list, and give them, in order, there."""
    cdef Scratch *scratch = worker.scratch
    cdef uint32_t i, backend
    cdef const Line *line
    hash_lines(worker.table, &worker.placing[0], worker.placing_count, scratch)
    for i in range(worker.placing_count):
        line = &worker.placing[i].line
        backend = backend_of(worker.table, &worker.placing[i], scratch)
        if backend == NO_BACKEND:
            worker_counters(&worker.counters).dropped_lines[NO_LIVE_BACKEND] += 1
            continue
        forward_line(&worker.links[backend], line.start, line.end, arrived_ns)
    worker.placing_count = 0


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
        worker_counters(&worker.counters).dropped_lines[TRUNCATED] += 1
    return tail


cdef void flush_links(Worker *worker, uint64_t at_ns) noexcept nogil:
    """Send what is packed or waits, for every backend."""
    cdef uint32_t i
    for i in range(worker.link_count):
        if worker.links[i].packer.count > 0 or is_waiting(&worker.links[i]):
            flush_link(&worker.links[i], at_ns)
    worker.flushed_ns = at_ns


cdef void publish(Worker *worker) noexcept nogil:
    """Show the counters as they are between two batches."""
    cdef LinkCounters *counters
    cdef Link *link
    cdef uint32_t i
    for i in range(worker.link_count):
        counters = link_counters(&worker.counters, worker.listeners, i)
        link = &worker.links[i]
        counters.queued_lines = link.waiting.lines
        counters.waiting_lines = link.packer.lines + link.waiting.lines
    publish_block(&worker.counters)


cdef bint has_waiting(const Worker *worker) noexcept nogil:
    """Tell whether something waits for any backend."""
    cdef uint32_t i
    for i in range(worker.link_count):
        if is_waiting(&worker.links[i]):
            return True
    return False


cdef bint must_end(Worker *worker, bint has_read) noexcept nogil:
    """Tell whether a stop was ordered, and all is done or its time is up.

    All is done: the sockets are drained, the packers flushed, and nothing waits.
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


cdef void end_links(Worker *worker) noexcept nogil:
    """Drop, and count, what still waits."""
    cdef uint32_t i
    for i in range(worker.link_count):
        abandon_waiting(&worker.links[i])
