"""murmur3: MurmurHash3_x86_32, which lyft/statsrelay and uber/statsrelay place by.

Source: github.com/aappleby/smhasher, src/MurmurHash3.cpp (public domain). Blocks are
read little-endian on every machine, as those programs do on theirs. Must not know:
lines, rings, memory.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

from statshard.plane.sys.endian cimport le32toh

cdef enum:
    MIX_1 = 0xCC9E2D51
    MIX_2 = 0x1B873593
    FINAL_1 = 0x85EBCA6B
    FINAL_2 = 0xC2B2AE35
    ADDED = 0xE6546B64


cdef uint64_t murmur3_32(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil:
    """Return MurmurHash3_x86_32 of [start, end), a 32-bit number; so is the seed."""
    cdef const unsigned char *at = start
    cdef uint32_t h = <uint32_t> seed
    cdef uint32_t tail = 0
    cdef uint32_t size = <uint32_t> (end - start)
    cdef int i
    while end - at >= 4:
        h = rotated(h ^ mixed(read_4(at)), 13) * 5 + <uint32_t> ADDED
        at += 4
    if at < end:
        for i in range(<int> (end - at)):
            tail |= <uint32_t> at[i] << (8 * i)
        h ^= mixed(tail)
    h ^= size
    h = (h ^ (h >> 16)) * <uint32_t> FINAL_1
    h = (h ^ (h >> 13)) * <uint32_t> FINAL_2
    return h ^ (h >> 16)


cdef inline uint32_t rotated(uint32_t value, int bits) noexcept nogil:
    """Rotate left."""
    return (value << bits) | (value >> (32 - bits))


cdef inline uint32_t mixed(uint32_t block) noexcept nogil:
    """Mix a block before it is taken in."""
    return rotated(block * <uint32_t> MIX_1, 15) * <uint32_t> MIX_2


cdef inline uint32_t read_4(const unsigned char *at) noexcept nogil:
    """Read four bytes, little-endian, at any alignment."""
    cdef uint32_t value = 0
    memcpy(&value, at, 4)
    return le32toh(value)
