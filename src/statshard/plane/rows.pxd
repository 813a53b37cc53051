# rows: numbered records of one size in an arena (rows.pyx).
from libc.stdint cimport uint32_t

from statshard.plane.arena cimport Arena

cdef enum:
    BLOCK_BITS = 10                  # rows of a block: 2 to this
    BLOCK_MASK = (1 << BLOCK_BITS) - 1

# Owned by whoever owns the arena that they lie in.
cdef struct Rows:
    size_t size                # bytes of a row, a divisor or a multiple of CACHE_LINE
    unsigned char **blocks     # of 2 ** BLOCK_BITS rows each
    uint32_t room              # how many `blocks` has room for
    uint32_t count             # of rows

cdef void open_rows(Rows *rows, size_t size) noexcept nogil
cdef void close_rows(Rows *rows) noexcept nogil
cdef void *add_row(Rows *rows, Arena *arena) noexcept nogil
cdef void empty_rows(Rows *rows) noexcept nogil

cdef inline void *row_at(const Rows *rows, uint32_t number) noexcept nogil:
    """Return the row of that number, which must be below `count`."""
    return rows.blocks[number >> BLOCK_BITS] + (number & BLOCK_MASK) * rows.size
