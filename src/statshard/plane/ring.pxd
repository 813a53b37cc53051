# ring: sorted points, and the first one at or above a value (ring.pyx has the drawing).
from libc.stdint cimport uint16_t, uint32_t

from statshard.plane.slots cimport Contender

# Whose points they are.
ctypedef unsigned int RingKind

cdef enum:
    ETSY
    KETAMA
    LIBKETAMA

cdef enum:
    POINTS_MAX = 1 << 24    # of a ring; 100 000 backends of weight 1 have fewer
    TOO_MANY = -2           # more than that were asked for

# Immutable once opened.
cdef struct Ring:
    uint32_t *values        # of the points, ascending
    uint32_t *buckets       # the first point at or above the start of each
    uint32_t count          # points
    uint32_t shift          # a value >> shift is its bucket

cdef uint32_t find_point(const Ring *ring, uint32_t value) noexcept nogil
cdef int open_ring(
    Ring *ring, uint16_t **owners, RingKind kind,
    const Contender *contenders, size_t count,
) noexcept nogil
cdef void close_ring(Ring *ring) noexcept nogil
