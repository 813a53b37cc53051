"""SipHash: a keyed hash for tables that strangers fill.

    octets  | word | word | ... | rest, zeros, size mod 256 |
              eight bytes each, little-endian

Whoever knows the hash of a table can send names that all meet in one place of it, and
make every look-up walk through them. Under a key that is drawn at the start, and never
shown, they cannot be found. SipHash-1-3 (one round a word, three at the end) is what
the tables take, as CPython and Rust do for theirs; the rounds are an argument, because
the published vectors are of 2-4. No placement may rest on it: it is another one in each
process.

Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012. Must
not know: tables, where the key comes from.
"""
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from statshard.plane.sys.endian cimport le64toh
from statshard.plane.sys.literals cimport SIP_0, SIP_1, SIP_2, SIP_3

cdef struct State:
    uint64_t a            # v0 to v3 of the paper
    uint64_t b
    uint64_t c
    uint64_t d


cdef uint64_t siphash13(
    const SipKey *key, const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Return SipHash-1-3 of [start, end)."""
    return hashed(key, start, end, 1, 3)


cdef uint64_t siphash(
    const SipKey *key,
    const unsigned char *start,
    const unsigned char *end,
    int word_rounds,
    int last_rounds,
) noexcept nogil:
    """Return SipHash of [start, end) with so many rounds a word and at the end."""
    return hashed(key, start, end, word_rounds, last_rounds)


cdef inline uint64_t hashed(
    const SipKey *key,
    const unsigned char *start,
    const unsigned char *end,
    int word_rounds,
    int last_rounds,
) noexcept nogil:
    """Return SipHash; inline, so that fixed rounds are unrolled."""
    cdef const unsigned char *at = start
    cdef uint64_t word = 0
    cdef State state
    state.a = key.first ^ SIP_0
    state.b = key.second ^ SIP_1
    state.c = key.first ^ SIP_2
    state.d = key.second ^ SIP_3
    while end - at >= 8:
        memcpy(&word, at, 8)
        take_word(&state, le64toh(word), word_rounds)
        at += 8
    take_word(&state, last_word(at, end, end - start), word_rounds)
    state.c ^= 0xFF
    mix(&state, last_rounds)
    return state.a ^ state.b ^ state.c ^ state.d


cdef inline uint64_t last_word(
    const unsigned char *at, const unsigned char *end, uint64_t size
) noexcept nogil:
    """Return what the whole words left (less than eight bytes), and the size on top."""
    cdef uint64_t word = size << 56
    cdef int shift = 0
    while at < end:
        word |= (<uint64_t> at[0]) << shift
        shift += 8
        at += 1
    return word


cdef inline void take_word(State *state, uint64_t word, int rounds) noexcept nogil:
    """Take eight bytes into the state."""
    state.d ^= word
    mix(state, rounds)
    state.a ^= word


cdef inline void mix(State *state, int rounds) noexcept nogil:
    """Do so many SipRounds."""
    cdef int _
    for _ in range(rounds):
        state.a += state.b
        state.b = rotated(state.b, 13) ^ state.a
        state.a = rotated(state.a, 32)
        state.c += state.d
        state.d = rotated(state.d, 16) ^ state.c
        state.a += state.d
        state.d = rotated(state.d, 21) ^ state.a
        state.c += state.b
        state.b = rotated(state.b, 17) ^ state.c
        state.c = rotated(state.c, 32)


cdef inline uint64_t rotated(uint64_t value, int bits) noexcept nogil:
    """Rotate left."""
    return (value << bits) | (value >> (64 - bits))
