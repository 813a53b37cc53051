# values: a list that grows in an arena (values.pyx has the drawing).
from libc.stdint cimport uint16_t, uint64_t

from statshard.plane.arena cimport Arena

# A part of a list; its items lie right behind it.
cdef struct Piece:
    Piece *next
    uint16_t count       # items in it
    uint16_t room        # for so many
    uint16_t taken       # of them, from the front

# Items of one size, in the order of their coming.
cdef struct Values:
    Piece *first
    Piece *last
    uint64_t count       # items in all, but for those taken

cdef void *add_item(Values *values, Arena *arena, size_t size) noexcept nogil
cdef void *first_item(const Values *values, size_t size) noexcept nogil
cdef void take_first(Values *values) noexcept nogil
cdef void empty_values(Values *values) noexcept nogil

cdef inline void *items_of(Piece *piece) noexcept nogil:
    """Return the first item of a piece."""
    return piece + 1
