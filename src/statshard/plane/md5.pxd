# md5: MD5 of a message, and of eight keys at a time (md5.pyx).
from libc.stdint cimport uint32_t, uint64_t

cdef enum:
    MD5_LANES = 8      # keys that are digested at a time
    LANE_BLOCKS = 4    # of one of them at most: 247 bytes of key

# Keys to digest together; only what has been laid is set.
cdef struct Lanes:
    uint32_t words[16 * MD5_LANES * LANE_BLOCKS]
    uint32_t blocks[MD5_LANES]     # of each key

cdef uint64_t md5_first(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil
cdef void md5(
    const unsigned char *start, const unsigned char *end, uint32_t *digest
) noexcept nogil
cdef uint32_t blocks_of(
    const unsigned char *start, const unsigned char *end
) noexcept nogil
cdef void lay_key(
    Lanes *lanes, int lane, const unsigned char *start, const unsigned char *end
) noexcept nogil
cdef void md5_firsts(const Lanes *lanes, int used, uint32_t *firsts) noexcept nogil
