# hash: numbers from keys (hash.pyx names the sources).
from libc.stdint cimport uint64_t

cdef uint64_t xxh64(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil
cdef uint64_t djb2(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil
