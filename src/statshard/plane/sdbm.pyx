"""sdbm: hash and walk of hulu/statsd-router, which steps past backends that are out.

    h = 0; for each byte c of the key, as signed char:
        h = (h << 6) + (h << 16) - h + c                              wraps at 2^64
    ds = [0, 1, ... N-1]
    for i = N down to 1:  j = h % i; k = ds[j]
                          if k is live: that is it
                          swap ds[j] and ds[i-1]
                          h = (h * 7 + 5) / 3                     wraps before the /

`ds` is the scratch room's `order`, which holds each entry XORed with its place, so that
a room of zeros is in order; a walk swaps back what it swapped. Nothing is out: the walk
ends at its first step, h % N. Must not know: lines, names, who is out and why.
"""
from libc.stdint cimport uint16_t, uint32_t, uint64_t

from statshard.plane.key cimport Scratch


cdef uint64_t sdbm(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil:
    """Return sdbm of [start, end), over signed bytes, going on from a state or 0."""
    cdef const unsigned char *at = start
    cdef uint64_t h = seed
    while at < end:
        h = (h << 6) + (h << 16) - h + <uint64_t> <signed char> at[0]
        at += 1
    return h


cdef uint32_t walk(
    uint64_t hash, uint32_t count, const unsigned char *is_out, Scratch *scratch
) noexcept nogil:
    """Return the first live position on a hash's walk over `count`; one must be live.

    At most `count` steps, each of constant cost.
    """
    cdef uint32_t left = count
    cdef uint32_t place = <uint32_t> (hash % left)
    cdef uint32_t position = place
    while is_out[position] and left > 1:
        swap(&scratch.order[0], place, left - 1)
        scratch.swapped[left - 1] = <uint16_t> place
        left -= 1
        hash = (hash * 7 + 5) // 3
        place = <uint32_t> (hash % left)
        position = scratch.order[place] ^ place
    while left < count:
        swap(&scratch.order[0], scratch.swapped[left], left)
        left += 1
    return position


cdef inline void swap(uint16_t *order, uint32_t one, uint32_t other) noexcept nogil:
    """Swap two entries, each held XORed with its place."""
    cdef uint16_t moved = <uint16_t> (order[one] ^ one ^ other)
    order[one] = <uint16_t> (order[other] ^ other ^ one)
    order[other] = moved
