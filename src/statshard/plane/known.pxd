# known: which series a server knows, by their hashes (known.pyx has the drawing).
from libc.stdint cimport uint32_t

# Written by whoever makes it, then never again: any thread may read it.
cdef struct Known:
    uint32_t *hashes     # open addressing, three quarters full at most; 0: empty
    uint32_t mask        # how many there is room for, a power of 2, - 1

cdef int open_known(Known *known, uint32_t count) noexcept nogil
cdef void close_known(Known *known) noexcept nogil
cdef void put_known(Known *known, uint32_t hash) noexcept nogil
cdef bint is_known(const Known *known, uint32_t hash) noexcept nogil
