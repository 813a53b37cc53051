# link: one worker's way to one backend (link.pyx has the rules).
from libc.stdint cimport uint64_t

from statshard.plane.batch cimport Outbox
from statshard.plane.counters cimport LinkCounters
from statshard.plane.kernel cimport Kernel
from statshard.plane.packer cimport Packer
from statshard.plane.waiting cimport Waiting

# Owned by one worker.
cdef struct Link:
    const Kernel *kernel
    # Shared by the worker's links: in use only while one of them sends.
    Outbox *outbox
    LinkCounters *counters     # the worker's own words
    Packer packer
    Waiting waiting
    int fd                     # a connected, non-blocking UDP socket
    bint is_ipv6
    size_t max_payload         # bytes of a datagram out, as configured
    size_t limit               # the same, or what the path takes where that is less
    uint64_t narrowed_ns       # when `limit` fell below `max_payload`
    uint64_t queue_age_ns      # how long a datagram may wait

# What a link is told at the start.
cdef struct LinkSettings:
    int fd
    bint is_ipv6
    size_t max_payload
    size_t queue_bytes         # this worker's share
    uint64_t queue_age_ns

cdef int open_link(
    Link *link,
    const LinkSettings *settings,
    const Kernel *kernel,
    Outbox *outbox,
    LinkCounters *counters,
) noexcept nogil
cdef void close_link(Link *link) noexcept nogil
cdef void forward_line(
    Link *link, const unsigned char *start, const unsigned char *end, uint64_t now_ns
) noexcept nogil
cdef void flush_link(Link *link, uint64_t now_ns) noexcept nogil
cdef void abandon_waiting(Link *link) noexcept nogil
cdef bint is_waiting(const Link *link) noexcept nogil
