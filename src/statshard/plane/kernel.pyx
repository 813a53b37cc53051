"""Kernel: the calls that the data plane makes of it, behind a table of pointers.

    worker, link, batch --> Kernel --> the system's calls
                                  `--> a test's script (_scripted.pyx), time included

Whoever reads, sends, sleeps or asks for the time in the data path does it through such
a table, so that a test can write every answer. Must not know: what is sent, and why.
"""
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.sys cimport socket, wait
from statshard.plane.sys.socket cimport mmsghdr, timespec
from statshard.plane.sys.wait cimport pollfd


cdef int system_path_mtu(int fd, bint is_ipv6) noexcept nogil:
    """Return the path MTU of a connected socket, in bytes, or -1 (ip(7), IP_MTU)."""
    cdef int level = socket.IPPROTO_IPV6 if is_ipv6 else socket.IPPROTO_IP
    cdef int option = socket.IPV6_MTU if is_ipv6 else socket.IP_MTU
    cdef int mtu = -1
    cdef socket.socklen_t size = sizeof(mtu)
    return mtu if socket.getsockopt(fd, level, option, &mtu, &size) == 0 else -1


cdef void system_allow_fragments(int fd, bint is_ipv6, bint allowed) noexcept nogil:
    """Let the kernel cut packets on their way, or forbid it.

    Where it refuses, the send says EMSGSIZE.
    """
    cdef int level = socket.IPPROTO_IPV6 if is_ipv6 else socket.IPPROTO_IP
    cdef int option = socket.IPV6_MTU_DISCOVER if is_ipv6 else socket.IP_MTU_DISCOVER
    cdef int mode
    if is_ipv6:
        mode = socket.IPV6_PMTUDISC_DONT if allowed else socket.IPV6_PMTUDISC_DO
    else:
        mode = socket.IP_PMTUDISC_DONT if allowed else socket.IP_PMTUDISC_DO
    socket.setsockopt(fd, level, option, &mode, sizeof(mode))


cdef int system_recvmmsg(
    int fd, mmsghdr *headers, unsigned int count, int flags, timespec *timeout
) noexcept nogil:
    """Call recvmmsg(2), whose prototype is not the same in every C library."""
    return socket.recvmmsg(fd, headers, count, flags, timeout)


cdef int system_sendmmsg(
    int fd, mmsghdr *headers, unsigned int count, int flags
) noexcept nogil:
    """Call sendmmsg(2), likewise."""
    return socket.sendmmsg(fd, headers, count, flags)


cdef uint64_t now_ns() noexcept nogil:
    """Read the monotonic clock, ns."""
    cdef wait.timespec now
    wait.clock_gettime(wait.CLOCK_MONOTONIC, &now)
    return <uint64_t> now.tv_sec * SECOND + now.tv_nsec


cdef int sleep_on(
    pollfd *descriptors, uint32_t count, uint64_t at_most_ns
) noexcept nogil:
    """Sleep until a descriptor is readable, or so long; return as ppoll(2) does."""
    cdef wait.timespec timeout
    if at_most_ns == FOREVER:
        return wait.ppoll(descriptors, count, NULL, NULL)
    timeout.tv_sec = at_most_ns // SECOND
    timeout.tv_nsec = at_most_ns % SECOND
    return wait.ppoll(descriptors, count, &timeout, NULL)


cdef void system_take_wakeup(int fd) noexcept nogil:
    """Read an eventfd, so that it is readable only once it is written again."""
    cdef uint64_t ignored = 0
    wait.read(fd, &ignored, sizeof(ignored))


cdef Kernel SYSTEM
SYSTEM.recvmmsg = system_recvmmsg
SYSTEM.sendmmsg = system_sendmmsg
SYSTEM.path_mtu = system_path_mtu
SYSTEM.allow_fragments = system_allow_fragments
SYSTEM.now_ns = now_ns
SYSTEM.sleep_on = sleep_on
SYSTEM.take_wakeup = system_take_wakeup


cdef const Kernel *system_kernel() noexcept nogil:
    """Return the table of the kernel's own calls."""
    return &SYSTEM
