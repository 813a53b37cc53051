"""Hashes: numbers from the bytes of a key.

Public and stable: every placement rests on them.

  xxh64   XXH64 of github.com/Cyan4973/xxHash, doc/xxhash_spec.md; little-endian reads
          on every machine
  djb2    h = h * 33 + code point from 5381, as alanszlosek/rust-sharding-statsd-proxy
          computes it: over UTF-8 code points, not bytes; a byte that is not part of
          UTF-8 counts as its own value

Must not know: lines, rings, memory.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy

from statshard.plane.sys.endian cimport le32toh, le64toh
from statshard.plane.sys.literals cimport PRIME_1, PRIME_2, PRIME_3, PRIME_4, PRIME_5

cdef enum: STRIPE = 32    # bytes that one round of xxh64's four lanes takes


cdef uint64_t xxh64(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil:
    """Return the XXH64 of [start, end)."""
    cdef const unsigned char *at = start
    cdef uint64_t size = end - start
    cdef uint64_t a, b, c, d, h
    if size >= STRIPE:
        a = seed + PRIME_1 + PRIME_2
        b = seed + PRIME_2
        c = seed
        d = seed - PRIME_1
        while end - at >= STRIPE:
            a = mixed(a, read_8(at))
            b = mixed(b, read_8(at + 8))
            c = mixed(c, read_8(at + 16))
            d = mixed(d, read_8(at + 24))
            at += STRIPE
        h = rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18)
        h = merged(merged(merged(merged(h, a), b), c), d)
    else:
        h = seed + PRIME_5
    return finished(h + size, at, end)


cdef uint64_t djb2(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil:
    """Return djb2 over the code points of [start, end), wrapping at 2^64.

    Begins with `seed`, which is 5381.
    """
    cdef const unsigned char *at = start
    cdef uint64_t h = seed
    cdef uint32_t point = 0
    while at < end:
        if at[0] < 0x80:
            point = at[0]
            at += 1
        else:
            at += take_code_point(at, end, &point)
        h = h * 33 + point
    return h


cdef inline uint64_t rotated(uint64_t value, int bits) noexcept nogil:
    """Rotate left."""
    return (value << bits) | (value >> (64 - bits))


cdef inline uint64_t mixed(uint64_t lane, uint64_t input) noexcept nogil:
    """Take eight bytes into a lane (the specification's "round")."""
    return rotated(lane + input * PRIME_2, 31) * PRIME_1


cdef inline uint64_t merged(uint64_t h, uint64_t lane) noexcept nogil:
    """Take a lane into the result."""
    return (h ^ mixed(0, lane)) * PRIME_1 + PRIME_4


cdef inline uint64_t read_8(const unsigned char *at) noexcept nogil:
    """Read eight bytes, little-endian, at any alignment."""
    cdef uint64_t value = 0
    memcpy(&value, at, 8)
    return le64toh(value)


cdef inline uint64_t read_4(const unsigned char *at) noexcept nogil:
    """Read four bytes, little-endian, at any alignment."""
    cdef uint32_t value = 0
    memcpy(&value, at, 4)
    return le32toh(value)


cdef inline uint64_t finished(
    uint64_t h, const unsigned char *at, const unsigned char *end
) noexcept nogil:
    """Take in what the stripes left (less than 32 bytes), then the avalanche."""
    while end - at >= 8:
        h = rotated(h ^ mixed(0, read_8(at)), 27) * PRIME_1 + PRIME_4
        at += 8
    if end - at >= 4:
        h = rotated(h ^ (read_4(at) * PRIME_1), 23) * PRIME_2 + PRIME_3
        at += 4
    while at < end:
        h = rotated(h ^ (at[0] * PRIME_5), 11) * PRIME_1
        at += 1
    h = (h ^ (h >> 33)) * PRIME_2
    h = (h ^ (h >> 29)) * PRIME_3
    return h ^ (h >> 32)


cdef int take_code_point(
    const unsigned char *at, const unsigned char *end, uint32_t *point
) noexcept nogil:
    """Decode one UTF-8 sequence (Unicode 15, table 3-7); return its length in bytes.

    Where none stands here, the byte itself is the value and the length is 1: Python's
    surrogateescape, byte by byte.
    """
    cdef unsigned char first = at[0]
    cdef unsigned char low = 0x80      # bounds of the second byte
    cdef unsigned char high = 0xBF
    cdef int size, i
    point[0] = first
    if 0xC2 <= first <= 0xDF:
        size = 2
    elif 0xE0 <= first <= 0xEF:
        size = 3
        low = 0xA0 if first == 0xE0 else 0x80
        high = 0x9F if first == 0xED else 0xBF
    elif 0xF0 <= first <= 0xF4:
        size = 4
        low = 0x90 if first == 0xF0 else 0x80
        high = 0x8F if first == 0xF4 else 0xBF
    else:
        return 1
    if end - at < size or at[1] < low or at[1] > high:
        return 1
    for i in range(2, size):
        if at[i] < 0x80 or at[i] > 0xBF:
            return 1
    point[0] = first & (0x7F >> size)
    for i in range(1, size):
        point[0] = (point[0] << 6) | (at[i] & 0x3F)
    return size
