"""Checker: reads the ports that lines should arrive at, and tallies them.

    poll -> nap -> | recvmmsg from each port in turn -> tally -> show | nap, unless full

The nap of NAP_NS lets datagrams gather, so that checking costs less than what is
checked; delays are not changed by it, because times of arrival are the kernel's
(arrival). To stop: the word `stop`, then the eventfd; what is queued by then is still
read. Must not know: Python, what a line is.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from statshard.plane.arrival cimport (
    Arrivals,
    arrived_at,
    compare_clocks,
    expect_arrivals,
)
from statshard.plane.batch cimport (
    INBOX_MAX,
    Datagram,
    close_inbox,
    open_inbox,
    receive,
    take_datagram,
)
from statshard.plane.kernel cimport now_ns, sleep_on
from statshard.plane.packer cimport DATAGRAM_MAX
from statshard.plane.sys cimport wait
from statshard.plane.sys.atomic cimport load_acquire, store_relaxed
from statshard.plane.tally cimport close_tally, tally_datagram

cdef enum:
    MICROSECOND = 1000    # ns
    # At 400 000 datagrams/s 200 come meanwhile; a socket that nobody enlarged holds 256
    # or more.
    NAP_NS = 500_000


cdef int open_checker(Checker *checker, uint32_t ports) noexcept nogil:
    """Allocate for some ports; return 0, or -1 without memory."""
    checker.ports = ports
    checker.descriptors = <wait.pollfd *> calloc(ports + 1, sizeof(wait.pollfd))
    checker.arrivals = <Arrivals *> calloc(1, sizeof(Arrivals))
    if checker.descriptors == NULL or checker.arrivals == NULL:
        return -1
    return open_inbox(&checker.inbox, INBOX_MAX, DATAGRAM_MAX)


cdef void close_checker(Checker *checker) noexcept nogil:
    """Free what a checker and its tally own."""
    free(checker.descriptors)
    free(checker.arrivals)
    close_inbox(&checker.inbox)
    close_tally(&checker.tally)


cdef void run_checker(Checker *checker) noexcept nogil:
    """Tally what arrives until told to stop."""
    cdef wait.pollfd *wakeup = &checker.descriptors[checker.ports]
    cdef uint64_t ignored = 0
    cdef bint is_stopping, is_full
    while True:
        is_stopping = load_acquire(&checker.stop)
        is_full = False
        if read_ports(checker, &is_full) > 0:
            show(checker)
        elif is_stopping:
            return
        else:
            wait.ppoll(checker.descriptors, checker.ports + 1, NULL, NULL)
        if not is_full and not is_stopping:
            sleep_on(wakeup, 1, NAP_NS)
            if wakeup.revents:
                wait.read(wakeup.fd, &ignored, sizeof(ignored))


cdef uint64_t read_ports(Checker *checker, bint *is_full) noexcept nogil:
    """Tally one batch from each port; return how many datagrams there were.

    `is_full` becomes True where one of the ports may have more.
    """
    cdef uint64_t all_read = 0
    cdef uint64_t read_ns, at_ns
    cdef Datagram datagram
    cdef uint32_t port
    cdef int count, i
    compare_clocks(checker.arrivals)
    for port in range(checker.ports):
        expect_arrivals(checker.arrivals, &checker.inbox)
        count = receive(
            checker.kernel, checker.descriptors[port].fd, &checker.inbox
        )
        read_ns = now_ns()
        for i in range(count):
            take_datagram(&checker.inbox, i, &datagram)
            at_ns = arrived_at(checker.arrivals, &checker.inbox, i, read_ns)
            tally_datagram(
                &checker.tally,
                datagram.start,
                datagram.start + datagram.size,
                port,
                at_ns // MICROSECOND,
            )
        all_read += max(count, 0)
        is_full[0] |= count == INBOX_MAX
    return all_read


cdef void show(Checker *checker) noexcept nogil:
    """Show the counts to other threads."""
    cdef const uint64_t *words = <const uint64_t *> &checker.tally.counts
    cdef uint64_t *shown = <uint64_t *> &checker.shown
    cdef size_t i
    for i in range(sizeof(checker.shown) // sizeof(uint64_t)):
        store_relaxed(&shown[i], words[i])
