# kernel: the calls that the data plane makes, behind pointers (kernel.pyx).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.sys.socket cimport mmsghdr, timespec
from statshard.plane.sys.wait cimport pollfd

cdef enum: SECOND = 1_000_000_000                # ns
cdef extern from *:
    uint64_t FOREVER "UINT64_MAX"                # ns: a sleep without an end

cdef struct Kernel:
    # As recvmmsg(2) and sendmmsg(2) do.
    int (*recvmmsg)(
        int fd, mmsghdr *headers, unsigned int count, int flags, timespec *timeout
    ) noexcept nogil
    int (*sendmmsg)(
        int fd, mmsghdr *headers, unsigned int count, int flags
    ) noexcept nogil
    int (*path_mtu)(int fd, bint is_ipv6) noexcept nogil    # bytes of IP packet, or -1
    void (*allow_fragments)(int fd, bint is_ipv6, bint allowed) noexcept nogil
    uint64_t (*now_ns)() noexcept nogil          # of the monotonic clock
    # Sleep until a descriptor is readable, or so long; return as ppoll(2) does.
    int (*sleep_on)(
        pollfd *descriptors, uint32_t count, uint64_t at_most_ns
    ) noexcept nogil
    void (*take_wakeup)(int fd) noexcept nogil   # make an eventfd quiet again

cdef const Kernel *system_kernel() noexcept nogil

# Those of the system that more than workers need.
cdef uint64_t now_ns() noexcept nogil
cdef int sleep_on(
    pollfd *descriptors, uint32_t count, uint64_t at_most_ns
) noexcept nogil
