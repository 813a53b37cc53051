# waiting: the queue of datagrams that a backend cannot take now (waiting.pyx has the
# drawing).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.batch cimport Datagram

# Before each datagram in the ring; multiples of 8 bytes, so that it is aligned.
cdef struct Entry:
    # Bytes that follow; SKIP: none, the next entry is at the ring's start.
    uint32_t size
    uint32_t lines           # lines that are still to be sent
    uint64_t since_ns        # when its first line came here

# Owned by one worker.
cdef struct Waiting:
    # How old a datagram may be, ns, when later lines still join it.
    uint64_t join_ns
    unsigned char *ring      # NULL while nothing waits
    size_t capacity          # bytes of the ring, a multiple of 8; entries count too
    # Position of the oldest entry, counted up; its place is head modulo capacity.
    uint64_t head
    uint64_t tail            # position behind the newest
    uint64_t newest          # position of the newest entry
    # Bytes of the oldest datagram, whole lines and their LF, that are sent already.
    size_t front_sent
    uint64_t lines           # in all of them
    uint32_t count           # datagrams

cdef void open_waiting(
    Waiting *waiting, size_t capacity, uint64_t join_ns
) noexcept nogil
cdef void close_waiting(Waiting *waiting) noexcept nogil
cdef uint64_t push_waiting(
    Waiting *waiting, const Datagram *datagram, size_t limit, uint64_t now_ns
) noexcept nogil
cdef uint32_t list_waiting(
    const Waiting *waiting, Datagram *out, uint32_t count
) noexcept nogil
cdef uint32_t pop_waiting(Waiting *waiting) noexcept nogil
cdef void trim_front(Waiting *waiting, size_t size, uint32_t lines) noexcept nogil
cdef uint64_t expire_waiting(
    Waiting *waiting, uint64_t age_ns, uint64_t now_ns
) noexcept nogil
