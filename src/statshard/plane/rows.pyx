"""Rows: numbered records of one size, in blocks that an arena gives.

    blocks   | * | * | * |          number 2500 = row 452 of block 2
               |   |   '-> | row 2048 | ... | row 2500 |
               |   '-> | row 1024 | ...
               '-> | row 0 | row 1 | ...      a row stays where it is; the next number
                                              is one more, so numbers tell the order

Each block starts on a cache line. Must not know: what a row holds.
"""
from libc.stdint cimport uint32_t, uintptr_t
from libc.stdlib cimport free, realloc
from libc.string cimport memset

from statshard.plane.arena cimport Arena, take
from statshard.plane.batch cimport CACHE_LINE

cdef enum: FIRST_ROOM = 16     # blocks


cdef void open_rows(Rows *rows, size_t size) noexcept nogil:
    """Make an empty list of rows of so many bytes."""
    rows[0] = Rows(size, NULL, 0, 0)


cdef void close_rows(Rows *rows) noexcept nogil:
    """Free the list; the rows are the arena's."""
    free(rows.blocks)
    open_rows(rows, rows.size)


cdef void *add_row(Rows *rows, Arena *arena) noexcept nogil:
    """Return one more row, of zeros; its number is `count` - 1. NULL without memory."""
    cdef void *row
    if (rows.count & BLOCK_MASK) == 0 and not begin_block(rows, arena):
        return NULL
    row = row_at(rows, rows.count)
    memset(row, 0, rows.size)
    rows.count += 1
    return row


cdef void empty_rows(Rows *rows) noexcept nogil:
    """Forget all rows: the arena is being emptied."""
    rows.count = 0


cdef bint begin_block(Rows *rows, Arena *arena) noexcept nogil:
    """Take the next block; False without memory."""
    cdef uint32_t block = rows.count >> BLOCK_BITS
    cdef uint32_t room = max(2 * rows.room, <uint32_t> FIRST_ROOM)
    cdef unsigned char **longer
    cdef unsigned char *taken
    if block == rows.room:
        longer = <unsigned char **> realloc(rows.blocks, room * sizeof(void *))
        if longer == NULL:
            return False
        rows.blocks = longer
        rows.room = room
    taken = <unsigned char *> take(arena, (rows.size << BLOCK_BITS) + CACHE_LINE)
    if taken == NULL:
        return False
    rows.blocks[block] = taken + (-<uintptr_t> taken) % CACHE_LINE
    return True
