# murmur3: MurmurHash3_x86_32 (murmur3.pyx names the source).
from libc.stdint cimport uint64_t

cdef uint64_t murmur3_32(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil
