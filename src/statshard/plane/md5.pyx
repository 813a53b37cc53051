"""md5: MD5 (RFC 1321), which rings of other programs place nodes and keys by.

    key, end, 0s, size in bits  ->  blocks of 16 little-endian words  ->  a, b, c, d

A ring takes numbers from a digest, four little-endian words: those are a, b, c and d as
they stand. Most keys have one block or two, and eight keys are digested at a time, each
in a lane of one vector:

    words[0]   w0 of key 0 | w0 of key 1 | ... | w0 of key 7
    words[1]   w1 of key 0 | w1 of key 1 | ...        16 for each block of the longest

`take_block` is written once, for a word and for a vector of words. Its steps are those
of the RFC, 3.4, with `(b & c) | (~b & d)` as `((c ^ d) & b) ^ d`, which is the same.
Must not know: lines, rings.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memset

from statshard.plane.sys.endian cimport htole64, le32toh
from statshard.plane.sys.vector cimport u32x8

cdef enum:
    BLOCK = 64     # bytes
    TAIL = 56      # where the size stands in the last block

ctypedef fused Word:
    uint32_t
    u32x8


cdef uint64_t md5_first(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil:
    """Return the first word of the digest, which is where a ring puts a key.

    `seed` is there as hashes in general have one; MD5 has none.
    """
    cdef uint32_t digest[4]
    md5(start, end, &digest[0])
    return digest[0]


cdef void md5(
    const unsigned char *start, const unsigned char *end, uint32_t *digest
) noexcept nogil:
    """Write the digest's four words, which as little-endian bytes are the digest."""
    cdef const unsigned char *at = start
    cdef unsigned char block[BLOCK]
    cdef size_t left
    begin(digest)
    while end - at >= BLOCK:
        take_bytes(at, digest)
        at += BLOCK
    left = end - at
    memcpy(&block[0], at, left)
    block[left] = 0x80
    memset(&block[left + 1], 0, BLOCK - left - 1)
    if left >= TAIL:
        take_bytes(&block[0], digest)
        memset(&block[0], 0, BLOCK)
    put_size(&block[0], end - start)
    take_bytes(&block[0], digest)


cdef uint32_t blocks_of(
    const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Return how many blocks a key comes to, with its end and its size."""
    return <uint32_t> ((end - start) + BLOCK + (BLOCK - TAIL)) // BLOCK


cdef void lay_key(
    Lanes *lanes, int lane, const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Write a key of at most LANE_BLOCKS blocks to a lane."""
    cdef unsigned char message[BLOCK * LANE_BLOCKS]
    cdef uint32_t word = 0
    cdef size_t size = end - start
    cdef uint32_t blocks = blocks_of(start, end)
    cdef uint32_t i
    memcpy(&message[0], start, size)
    message[size] = 0x80
    memset(&message[size + 1], 0, blocks * BLOCK - size - 1)
    put_size(&message[(blocks - 1) * BLOCK], size)
    for i in range(16 * blocks):
        memcpy(&word, &message[4 * i], 4)
        lanes.words[i * MD5_LANES + lane] = le32toh(word)
    lanes.blocks[lane] = blocks


cdef void md5_firsts(const Lanes *lanes, int used, uint32_t *firsts) noexcept nogil:
    """Write the first word of the digest of each key, in the first `used` lanes."""
    cdef uint32_t state[4 * MD5_LANES]
    cdef uint32_t plain[4]
    cdef uint32_t done = 0
    cdef uint32_t most = 0
    cdef int i
    begin(&plain[0])
    for i in range(4 * MD5_LANES):
        state[i] = plain[i // MD5_LANES]
    for i in range(used):
        most = max(most, lanes.blocks[i])
    while done < most:
        # What other lanes hold of this block is of no account, nor what comes of it.
        take_block[u32x8](
            <const u32x8 *> &lanes.words[done * 16 * MD5_LANES], <u32x8 *> &state[0]
        )
        done += 1
        for i in range(used):
            if lanes.blocks[i] == done:
                firsts[i] = state[i]


cdef inline void begin(uint32_t *state) noexcept nogil:
    """Set the state that every digest begins with."""
    state[0] = 0x67452301u
    state[1] = 0xEFCDAB89u
    state[2] = 0x98BADCFEu
    state[3] = 0x10325476u


cdef inline void put_size(unsigned char *block, uint64_t size) noexcept nogil:
    """Write a message's size, in bits, to the end of its last block."""
    cdef uint64_t bits = htole64(size * 8)
    memcpy(block + TAIL, &bits, 8)


cdef void take_bytes(const unsigned char *block, uint32_t *state) noexcept nogil:
    """Take a block of bytes into a digest's state."""
    cdef uint32_t words[16]
    cdef int i
    memcpy(&words[0], block, BLOCK)
    for i in range(16):
        words[i] = le32toh(words[i])
    take_block[uint32_t](&words[0], state)


# 128 lines, two for each of the 64 steps: longer than a function should be, and as
# plain as the RFC's own list of them.
cdef void take_block(const Word *x, Word *state) noexcept nogil:
    """Take 16 words into the state: the four rounds."""
    cdef Word a = state[0]
    cdef Word b = state[1]
    cdef Word c = state[2]
    cdef Word d = state[3]
    # Round 1: (b & c) | (~b & d)
    a = a + (((c ^ d) & b) ^ d) + x[0] + 0xD76AA478u
    a = ((a << 7) | (a >> 25)) + b
    d = d + (((b ^ c) & a) ^ c) + x[1] + 0xE8C7B756u
    d = ((d << 12) | (d >> 20)) + a
    c = c + (((a ^ b) & d) ^ b) + x[2] + 0x242070DBu
    c = ((c << 17) | (c >> 15)) + d
    b = b + (((d ^ a) & c) ^ a) + x[3] + 0xC1BDCEEEu
    b = ((b << 22) | (b >> 10)) + c
    a = a + (((c ^ d) & b) ^ d) + x[4] + 0xF57C0FAFu
    a = ((a << 7) | (a >> 25)) + b
    d = d + (((b ^ c) & a) ^ c) + x[5] + 0x4787C62Au
    d = ((d << 12) | (d >> 20)) + a
    c = c + (((a ^ b) & d) ^ b) + x[6] + 0xA8304613u
    c = ((c << 17) | (c >> 15)) + d
    b = b + (((d ^ a) & c) ^ a) + x[7] + 0xFD469501u
    b = ((b << 22) | (b >> 10)) + c
    a = a + (((c ^ d) & b) ^ d) + x[8] + 0x698098D8u
    a = ((a << 7) | (a >> 25)) + b
    d = d + (((b ^ c) & a) ^ c) + x[9] + 0x8B44F7AFu
    d = ((d << 12) | (d >> 20)) + a
    c = c + (((a ^ b) & d) ^ b) + x[10] + 0xFFFF5BB1u
    c = ((c << 17) | (c >> 15)) + d
    b = b + (((d ^ a) & c) ^ a) + x[11] + 0x895CD7BEu
    b = ((b << 22) | (b >> 10)) + c
    a = a + (((c ^ d) & b) ^ d) + x[12] + 0x6B901122u
    a = ((a << 7) | (a >> 25)) + b
    d = d + (((b ^ c) & a) ^ c) + x[13] + 0xFD987193u
    d = ((d << 12) | (d >> 20)) + a
    c = c + (((a ^ b) & d) ^ b) + x[14] + 0xA679438Eu
    c = ((c << 17) | (c >> 15)) + d
    b = b + (((d ^ a) & c) ^ a) + x[15] + 0x49B40821u
    b = ((b << 22) | (b >> 10)) + c
    # Round 2: (d & b) | (~d & c)
    a = a + (((b ^ c) & d) ^ c) + x[1] + 0xF61E2562u
    a = ((a << 5) | (a >> 27)) + b
    d = d + (((a ^ b) & c) ^ b) + x[6] + 0xC040B340u
    d = ((d << 9) | (d >> 23)) + a
    c = c + (((d ^ a) & b) ^ a) + x[11] + 0x265E5A51u
    c = ((c << 14) | (c >> 18)) + d
    b = b + (((c ^ d) & a) ^ d) + x[0] + 0xE9B6C7AAu
    b = ((b << 20) | (b >> 12)) + c
    a = a + (((b ^ c) & d) ^ c) + x[5] + 0xD62F105Du
    a = ((a << 5) | (a >> 27)) + b
    d = d + (((a ^ b) & c) ^ b) + x[10] + 0x02441453u
    d = ((d << 9) | (d >> 23)) + a
    c = c + (((d ^ a) & b) ^ a) + x[15] + 0xD8A1E681u
    c = ((c << 14) | (c >> 18)) + d
    b = b + (((c ^ d) & a) ^ d) + x[4] + 0xE7D3FBC8u
    b = ((b << 20) | (b >> 12)) + c
    a = a + (((b ^ c) & d) ^ c) + x[9] + 0x21E1CDE6u
    a = ((a << 5) | (a >> 27)) + b
    d = d + (((a ^ b) & c) ^ b) + x[14] + 0xC33707D6u
    d = ((d << 9) | (d >> 23)) + a
    c = c + (((d ^ a) & b) ^ a) + x[3] + 0xF4D50D87u
    c = ((c << 14) | (c >> 18)) + d
    b = b + (((c ^ d) & a) ^ d) + x[8] + 0x455A14EDu
    b = ((b << 20) | (b >> 12)) + c
    a = a + (((b ^ c) & d) ^ c) + x[13] + 0xA9E3E905u
    a = ((a << 5) | (a >> 27)) + b
    d = d + (((a ^ b) & c) ^ b) + x[2] + 0xFCEFA3F8u
    d = ((d << 9) | (d >> 23)) + a
    c = c + (((d ^ a) & b) ^ a) + x[7] + 0x676F02D9u
    c = ((c << 14) | (c >> 18)) + d
    b = b + (((c ^ d) & a) ^ d) + x[12] + 0x8D2A4C8Au
    b = ((b << 20) | (b >> 12)) + c
    # Round 3: b ^ c ^ d
    a = a + (b ^ c ^ d) + x[5] + 0xFFFA3942u
    a = ((a << 4) | (a >> 28)) + b
    d = d + (a ^ b ^ c) + x[8] + 0x8771F681u
    d = ((d << 11) | (d >> 21)) + a
    c = c + (d ^ a ^ b) + x[11] + 0x6D9D6122u
    c = ((c << 16) | (c >> 16)) + d
    b = b + (c ^ d ^ a) + x[14] + 0xFDE5380Cu
    b = ((b << 23) | (b >> 9)) + c
    a = a + (b ^ c ^ d) + x[1] + 0xA4BEEA44u
    a = ((a << 4) | (a >> 28)) + b
    d = d + (a ^ b ^ c) + x[4] + 0x4BDECFA9u
    d = ((d << 11) | (d >> 21)) + a
    c = c + (d ^ a ^ b) + x[7] + 0xF6BB4B60u
    c = ((c << 16) | (c >> 16)) + d
    b = b + (c ^ d ^ a) + x[10] + 0xBEBFBC70u
    b = ((b << 23) | (b >> 9)) + c
    a = a + (b ^ c ^ d) + x[13] + 0x289B7EC6u
    a = ((a << 4) | (a >> 28)) + b
    d = d + (a ^ b ^ c) + x[0] + 0xEAA127FAu
    d = ((d << 11) | (d >> 21)) + a
    c = c + (d ^ a ^ b) + x[3] + 0xD4EF3085u
    c = ((c << 16) | (c >> 16)) + d
    b = b + (c ^ d ^ a) + x[6] + 0x04881D05u
    b = ((b << 23) | (b >> 9)) + c
    a = a + (b ^ c ^ d) + x[9] + 0xD9D4D039u
    a = ((a << 4) | (a >> 28)) + b
    d = d + (a ^ b ^ c) + x[12] + 0xE6DB99E5u
    d = ((d << 11) | (d >> 21)) + a
    c = c + (d ^ a ^ b) + x[15] + 0x1FA27CF8u
    c = ((c << 16) | (c >> 16)) + d
    b = b + (c ^ d ^ a) + x[2] + 0xC4AC5665u
    b = ((b << 23) | (b >> 9)) + c
    # Round 4: c ^ (b | ~d)
    a = a + (c ^ (b | ~d)) + x[0] + 0xF4292244u
    a = ((a << 6) | (a >> 26)) + b
    d = d + (b ^ (a | ~c)) + x[7] + 0x432AFF97u
    d = ((d << 10) | (d >> 22)) + a
    c = c + (a ^ (d | ~b)) + x[14] + 0xAB9423A7u
    c = ((c << 15) | (c >> 17)) + d
    b = b + (d ^ (c | ~a)) + x[5] + 0xFC93A039u
    b = ((b << 21) | (b >> 11)) + c
    a = a + (c ^ (b | ~d)) + x[12] + 0x655B59C3u
    a = ((a << 6) | (a >> 26)) + b
    d = d + (b ^ (a | ~c)) + x[3] + 0x8F0CCC92u
    d = ((d << 10) | (d >> 22)) + a
    c = c + (a ^ (d | ~b)) + x[10] + 0xFFEFF47Du
    c = ((c << 15) | (c >> 17)) + d
    b = b + (d ^ (c | ~a)) + x[1] + 0x85845DD1u
    b = ((b << 21) | (b >> 11)) + c
    a = a + (c ^ (b | ~d)) + x[8] + 0x6FA87E4Fu
    a = ((a << 6) | (a >> 26)) + b
    d = d + (b ^ (a | ~c)) + x[15] + 0xFE2CE6E0u
    d = ((d << 10) | (d >> 22)) + a
    c = c + (a ^ (d | ~b)) + x[6] + 0xA3014314u
    c = ((c << 15) | (c >> 17)) + d
    b = b + (d ^ (c | ~a)) + x[13] + 0x4E0811A1u
    b = ((b << 21) | (b >> 11)) + c
    a = a + (c ^ (b | ~d)) + x[4] + 0xF7537E82u
    a = ((a << 6) | (a >> 26)) + b
    d = d + (b ^ (a | ~c)) + x[11] + 0xBD3AF235u
    d = ((d << 10) | (d >> 22)) + a
    c = c + (a ^ (d | ~b)) + x[2] + 0x2AD7D2BBu
    c = ((c << 15) | (c >> 17)) + d
    b = b + (d ^ (c | ~a)) + x[9] + 0xEB86D391u
    b = ((b << 21) | (b >> 11)) + c
    state[0] = state[0] + a
    state[1] = state[1] + b
    state[2] = state[2] + c
    state[3] = state[3] + d
