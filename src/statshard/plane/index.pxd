# index: from a hash to the numbers that may be meant (index.pyx has the drawing).
from libc.stdint cimport uint32_t

# A number and the hash under which it stands.
cdef struct Slot:
    uint32_t hash
    uint32_t place       # the number + 1; 0: empty

# Owned by whoever owns what is numbered.
cdef struct Index:
    Slot *slots
    uint32_t mask        # how many slots there are, a power of 2, - 1
    uint32_t count       # numbers in it

cdef enum: NOWHERE = 0xFFFFFFFF      # no number

cdef int open_index(Index *index) noexcept nogil
cdef void close_index(Index *index) noexcept nogil
cdef uint32_t find_first(const Index *index, uint32_t hash, uint32_t *at) noexcept nogil
cdef uint32_t find_next(const Index *index, uint32_t hash, uint32_t *at) noexcept nogil
cdef bint grow_index(Index *index) noexcept nogil
cdef void put_number(
    Index *index, uint32_t hash, uint32_t number
) noexcept nogil
cdef void empty_index(Index *index) noexcept nogil
