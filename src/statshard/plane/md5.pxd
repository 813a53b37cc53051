# md5: MD5 of a message, and of eight short keys at a time (md5.pyx).
from libc.stdint cimport uint32_t, uint64_t

cdef enum: MD5_LANES = 8    # keys that are digested at a time

cdef uint64_t md5_first(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil
cdef void md5(
    const unsigned char *start, const unsigned char *end, uint32_t *digest
) noexcept nogil
cdef bint fits_lane(
    const unsigned char *start, const unsigned char *end
) noexcept nogil
cdef void lay_key(
    uint32_t *words, int lane, const unsigned char *start, const unsigned char *end
) noexcept nogil
cdef void md5_firsts(const uint32_t *words, uint32_t *firsts) noexcept nogil
