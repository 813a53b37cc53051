# hitters: the heaviest of many names, in fixed memory (hitters.pyx has the drawing).
from libc.stdint cimport uint16_t, uint32_t, uint64_t

cdef enum:
    HITTERS_MAX = 64       # counted at once
    HITTER_BYTES = 106     # of a name; what is longer is cut

# Names and what each weighs at most.  All zeros but for `room`: none.  Owned by one
# thread at a time.
cdef struct Hitters:
    uint32_t room                        # how many at once: 1 to HITTERS_MAX
    uint32_t count                       # how many are
    uint64_t total                       # the weight of all that came
    uint64_t weights[HITTERS_MAX]
    uint64_t overs[HITTERS_MAX]          # by how much each may be too much
    uint32_t hashes[HITTERS_MAX]
    uint16_t sizes[HITTERS_MAX]          # bytes
    unsigned char names[HITTERS_MAX][HITTER_BYTES]

cdef void empty_hitters(Hitters *hitters, uint32_t room) noexcept nogil
cdef void add_weight(
    Hitters *hitters,
    const unsigned char *start,
    const unsigned char *end,
    uint64_t weight,
) noexcept nogil
cdef void merge_hitters(Hitters *hitters, const Hitters *others) noexcept nogil
