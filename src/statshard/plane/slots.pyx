"""Slots: weighted rendezvous hashing, version 1.

A slot's owner is the backend with the greatest score.

    slot(key)      = XXH64(key, seed 0) >> 48                      65 536 slots
    score(slot, b) = -weight(b) / ln(u)
    u              = ((XXH64(le64(slot) || name(b), seed 0) >> 12) + 0.5) * 2^-52
                                                                   exact; 0 < u < 1
    owner(slot)    = the greatest score; on a tie the smaller name by bytes

The formula is a promise: the same names and weights give the same owners in every
release. Weighted rendezvous: Schindelhauer and Schomaker, "Weighted distributed hash
tables", SPAA 2005. Must not know: lines, addresses, health.
"""
from libc.math cimport log
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy

from statshard.plane.hash cimport xxh64
from statshard.plane.sys.endian cimport htole64

cdef enum: PREFIX = 8    # bytes of le64(slot) before the name


cdef int fill_slots(
    uint16_t *owners, const Contender *contenders, size_t count
) noexcept nogil:
    """Write the index of each slot's owner; 0, or -1 without memory.

    `count` is 1 to 65 535.
    """
    cdef size_t longest = 0
    cdef size_t i
    cdef int slot
    cdef unsigned char *message
    for i in range(count):
        longest = max(longest, <size_t> (contenders[i].name_end - contenders[i].name))
    message = <unsigned char *> malloc(PREFIX + longest)
    if message == NULL:
        return -1
    for slot in range(SLOT_COUNT):
        owners[slot] = best_of(slot, contenders, count, message)
    free(message)
    return 0


cdef uint16_t best_of(
    uint32_t slot, const Contender *contenders, size_t count, unsigned char *message
) noexcept nogil:
    """Return the index of the contender with the greatest score for a slot."""
    cdef uint64_t number = htole64(slot)
    cdef size_t best = 0
    cdef size_t i
    cdef double best_score = -1.0
    cdef double score
    memcpy(message, &number, PREFIX)
    for i in range(count):
        score = score_of(&contenders[i], message)
        if score > best_score or (
            score == best_score and is_smaller(&contenders[i], &contenders[best])
        ):
            best = i
            best_score = score
    return <uint16_t> best


cdef double score_of(const Contender *contender, unsigned char *message) noexcept nogil:
    """Return -weight / ln(u); `message` begins with le64(slot)."""
    cdef size_t size = contender.name_end - contender.name
    cdef double u
    memcpy(message + PREFIX, contender.name, size)
    u = (<double> (xxh64(message, message + PREFIX + size, 0) >> 12) + 0.5) * 2.0 ** -52
    return -contender.weight / log(u)


cdef bint is_smaller(const Contender *one, const Contender *other) noexcept nogil:
    """Tell whether one name comes before another by bytes."""
    cdef size_t size = one.name_end - one.name
    cdef size_t other_size = other.name_end - other.name
    cdef int order = memcmp(one.name, other.name, min(size, other_size))
    return order < 0 or (order == 0 and size < other_size)
