# slots: rendezvous hashing over a table (slots.pyx has the formula).
from libc.stdint cimport uint16_t, uint32_t

cdef enum:
    SLOT_COUNT = 65536
    SLOT_SHIFT = 48       # a 64-bit hash >> 48 is its slot

cdef enum: GONE = 0xFFFFFFFF    # no backend of now is what one of then was

# A backend as placements see it.
cdef struct Contender:
    const unsigned char *name       # what rendezvous goes by
    const unsigned char *name_end
    const unsigned char *node       # what rings of other programs go by
    const unsigned char *node_end
    double weight
    bint is_out                     # it gets nothing now

cdef int fill_slots(
    uint16_t *owners, const Contender *contenders, size_t count
) noexcept nogil
cdef int refill_slots(
    uint16_t *owners,
    const uint16_t *before,
    const uint32_t *now_of,
    const Contender *contenders,
    size_t count,
) noexcept nogil
