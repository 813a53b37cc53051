# jump: FNV-1a and the jump consistent hash (jump.pyx has the formula).
from libc.stdint cimport uint32_t, uint64_t

cdef uint64_t fnv1a_64(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil
cdef uint32_t jump(uint64_t hash, uint32_t count) noexcept nogil
