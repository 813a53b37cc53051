# wait: the clock and the calls that a worker sleeps in (poll(2), clock_gettime(2),
# read(2)).  Extern declarations only.
cdef extern from "<time.h>" nogil:
    enum: CLOCK_MONOTONIC
    enum: CLOCK_REALTIME

    cdef struct timespec:
        long tv_sec
        long tv_nsec

    int clock_gettime(int clock, timespec *now)

cdef extern from "<poll.h>" nogil:
    enum: POLLIN

    cdef struct pollfd:
        int fd
        short events
        short revents

    int ppoll(
        pollfd *descriptors,
        unsigned long count,
        const timespec *timeout,
        const void *mask,
    )

cdef extern from "<unistd.h>" nogil:
    ssize_t read(int fd, void *buffer, size_t size)
