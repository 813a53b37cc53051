# slots: rendezvous hashing over a table (slots.pyx has the formula).
from libc.stdint cimport uint16_t, uint64_t

cdef enum:
    SLOT_COUNT = 65536
    SLOT_SHIFT = 48       # a 64-bit hash >> 48 is its slot

# A backend as the formula sees it.
cdef struct Contender:
    const unsigned char *name
    const unsigned char *name_end
    double weight

cdef int fill_slots(
    uint16_t *owners, const Contender *contenders, size_t count
) noexcept nogil
