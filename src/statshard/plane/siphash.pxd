# siphash: a keyed hash for tables that strangers fill (siphash.pyx).
from libc.stdint cimport uint64_t

# 128 random bits that nobody outside the process may learn.
cdef struct SipKey:
    uint64_t first        # its first eight bytes, little-endian
    uint64_t second

cdef uint64_t siphash13(
    const SipKey *key, const unsigned char *start, const unsigned char *end
) noexcept nogil
cdef uint64_t siphash(
    const SipKey *key,
    const unsigned char *start,
    const unsigned char *end,
    int word_rounds,
    int last_rounds,
) noexcept nogil
