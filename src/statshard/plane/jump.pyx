"""jump: FNV-1a and Google's jump consistent hash, as jjneely/statsrelay uses them.

    h = FNV-1a 64 of the key; with a prefix P, of P + "." + key
    b = -1; j = 0
    while j < N:  b = j
                  h = h * 2862933555777941757 + 1                        wraps at 2^64
                  j = int64(float64(b + 1) * (2^31 / float64((h >> 33) + 1)))
    b is the backend's position

A prefix costs nothing per line: the state after it is where FNV-1a begins (`seed`).
Sources: isthe.com/chongo/tech/comp/fnv; Lamping and Veach, "A fast, minimal memory,
consistent hash algorithm", 2014. Must not know: lines, backends, memory.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t

from statshard.plane.sys.literals cimport FNV_PRIME, JUMP_FACTOR


cdef uint64_t fnv1a_64(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil:
    """Return FNV-1a of [start, end), going on from a state, or from FNV_OFFSET."""
    cdef const unsigned char *at = start
    cdef uint64_t h = seed
    while at < end:
        h = (h ^ at[0]) * FNV_PRIME
        at += 1
    return h


cdef uint32_t jump(uint64_t hash, uint32_t count) noexcept nogil:
    """Return the position, below `count`, that a hash jumps to; `count` is above 0."""
    cdef int64_t position = -1
    cdef int64_t next = 0
    while next < count:
        position = next
        hash = hash * JUMP_FACTOR + 1
        next = <int64_t> (
            <double> (position + 1) * (2147483648.0 / <double> ((hash >> 33) + 1))
        )
    return <uint32_t> position
