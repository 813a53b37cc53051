"""Arrival: when the kernel took a datagram in, on the monotonic clock.

    SO_TIMESTAMPNS (socket(7)): time of the wall clock, with each datagram
    - what the monotonic clock is behind it, measured before each reading
    = time of arrival; that of reading where there is no such time, or it is later

So it does not matter when a datagram is read. The difference of the clocks errs so that
a datagram may seem to come up to CLOSE_NS later than it did, never earlier: before it
was sent would be a delay of almost WRAP_US. A wall clock that is set while datagrams
wait to be read spoils their times. Must not know: lines, ports.
"""
from libc.stdint cimport uint64_t

from statshard.plane.kernel cimport now_ns
from statshard.plane.sys cimport socket, wait

cdef enum:
    SECOND = 1_000_000_000    # ns
    CLOSE_NS = 2_000          # between two looks at one clock, with the other between


cdef void expect_arrivals(Arrivals *arrivals, Inbox *inbox) noexcept nogil:
    """Give the kernel room for the times of the next reading."""
    cdef int i
    for i in range(INBOX_MAX):
        inbox.headers[i].msg_hdr.msg_control = &arrivals.controls[i][0]
        inbox.headers[i].msg_hdr.msg_controllen = CONTROL_WORDS * sizeof(uint64_t)


cdef void compare_clocks(Arrivals *arrivals) noexcept nogil:
    """Note how far the clocks are apart, where nothing came between the looks at them.
    """
    cdef uint64_t before_ns = now_ns()
    cdef uint64_t wall_ns = wall_clock_ns()
    cdef uint64_t after_ns = now_ns()
    if arrivals.behind_ns == 0 or after_ns - before_ns <= CLOSE_NS:
        arrivals.behind_ns = wall_ns - after_ns


cdef uint64_t arrived_at(
    const Arrivals *arrivals, Inbox *inbox, unsigned int index, uint64_t read_ns
) noexcept nogil:
    """Return when a datagram that was read at a time had come, in ns."""
    cdef socket.msghdr *header = &inbox.headers[index].msg_hdr
    cdef socket.cmsghdr *control = socket.CMSG_FIRSTHDR(header)
    cdef const wait.timespec *wall
    if control == NULL or control.cmsg_level != socket.SOL_SOCKET:
        return read_ns
    if control.cmsg_type != socket.SO_TIMESTAMPNS:
        return read_ns
    wall = <const wait.timespec *> socket.CMSG_DATA(control)
    return min(in_ns(wall) - arrivals.behind_ns, read_ns)


cdef uint64_t wall_clock_ns() noexcept nogil:
    """Return the time of the wall clock."""
    cdef wait.timespec now
    wait.clock_gettime(wait.CLOCK_REALTIME, &now)
    return in_ns(&now)


cdef inline uint64_t in_ns(const wait.timespec *time) noexcept nogil:
    """Return a time as one number."""
    return <uint64_t> time.tv_sec * SECOND + <uint64_t> time.tv_nsec
