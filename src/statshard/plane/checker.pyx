"""Checker: reads the ports that lines should arrive at, and tallies them.

    poll -> | recvmmsg from each port in turn -> tally | until all are drained -> show

Nothing is held back to gather more: the time of arrival is the time of reading. To
stop: the word `stop`, then the eventfd; what is queued by then is still read. Must not
know: Python, what a line is.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from statshard.plane.batch cimport (
    INBOX_MAX,
    Datagram,
    close_inbox,
    open_inbox,
    receive,
    take_datagram,
)
from statshard.plane.kernel cimport now_ns
from statshard.plane.packer cimport DATAGRAM_MAX
from statshard.plane.sys cimport wait
from statshard.plane.sys.atomic cimport load_acquire, store_relaxed
from statshard.plane.tally cimport close_tally, tally_datagram

cdef enum:
    MICROSECOND = 1000    # ns


cdef int open_checker(Checker *checker, uint32_t ports) noexcept nogil:
    """Allocate for some ports; return 0, or -1 without memory."""
    checker.ports = ports
    checker.descriptors = <wait.pollfd *> calloc(ports + 1, sizeof(wait.pollfd))
    if checker.descriptors == NULL:
        return -1
    return open_inbox(&checker.inbox, INBOX_MAX, DATAGRAM_MAX)


cdef void close_checker(Checker *checker) noexcept nogil:
    """Free what a checker and its tally own."""
    free(checker.descriptors)
    close_inbox(&checker.inbox)
    close_tally(&checker.tally)


cdef void run_checker(Checker *checker) noexcept nogil:
    """Tally what arrives until told to stop."""
    cdef wait.pollfd *wakeup = &checker.descriptors[checker.ports]
    cdef uint64_t ignored = 0
    while True:
        if read_ports(checker) > 0:
            show(checker)
            continue
        if load_acquire(&checker.stop):
            return
        wait.ppoll(checker.descriptors, checker.ports + 1, NULL, NULL)
        if wakeup.revents:
            wait.read(wakeup.fd, &ignored, sizeof(ignored))


cdef uint64_t read_ports(Checker *checker) noexcept nogil:
    """Tally one batch from each port; return how many datagrams there were."""
    cdef uint64_t all_read = 0
    cdef uint64_t at_us
    cdef Datagram datagram
    cdef uint32_t port
    cdef int count, i
    for port in range(checker.ports):
        count = receive(
            checker.kernel, checker.descriptors[port].fd, &checker.inbox
        )
        at_us = now_ns() // MICROSECOND
        for i in range(count):
            take_datagram(&checker.inbox, i, &datagram)
            tally_datagram(
                &checker.tally,
                datagram.start,
                datagram.start + datagram.size,
                port,
                at_us,
            )
        all_read += max(count, 0)
    return all_read


cdef void show(Checker *checker) noexcept nogil:
    """Show the counts to other threads."""
    cdef const uint64_t *words = <const uint64_t *> &checker.tally.counts
    cdef uint64_t *shown = <uint64_t *> &checker.shown
    cdef size_t i
    for i in range(sizeof(checker.shown) // sizeof(uint64_t)):
        store_relaxed(&shown[i], words[i])
