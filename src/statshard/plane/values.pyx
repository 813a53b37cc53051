"""Values: a list of items of one size, in pieces that an arena gives.

    first -> | 6 items | -> | 14 items | -> | 30 | -> ... -> | 1022 items | <- last
               a piece with its head takes 64 bytes, 128, 256, ... for items of 8

Pieces double, so that many short lists waste little and long ones are few pieces.
Nothing moves. Must not know: what an item is.
"""
from libc.stdint cimport uint16_t

from statshard.plane.arena cimport Arena, take

cdef enum:
    FIRST_ROOM = 6      # items
    MOST_ROOM = 1022    # items


cdef void *add_item(Values *values, Arena *arena, size_t size) noexcept nogil:
    """Return the place of one more item, to be written; NULL without memory."""
    cdef Piece *piece = values.last
    if piece == NULL or piece.count == piece.room:
        piece = add_piece(values, arena, size)
        if piece == NULL:
            return NULL
    piece.count += 1
    values.count += 1
    return <unsigned char *> items_of(piece) + (piece.count - 1) * size


cdef Piece *add_piece(Values *values, Arena *arena, size_t size) noexcept nogil:
    """Put an empty piece at the end of the list; NULL without memory."""
    cdef uint16_t room = FIRST_ROOM
    cdef Piece *piece
    if values.last != NULL:
        room = <uint16_t> min(2 * values.last.room + 2, <int> MOST_ROOM)
    piece = <Piece *> take(arena, sizeof(Piece) + room * size)
    if piece == NULL:
        return NULL
    piece[0] = Piece(NULL, 0, room, 0)
    if values.last == NULL:
        values.first = piece
    else:
        values.last.next = piece
    values.last = piece
    return piece


cdef void *first_item(const Values *values, size_t size) noexcept nogil:
    """Return the first item that is not taken; NULL where none is left."""
    cdef Piece *piece = values.first
    if values.count == 0:
        return NULL
    return <unsigned char *> items_of(piece) + piece.taken * size


cdef void take_first(Values *values) noexcept nogil:
    """Take the first item, which there must be, off a list that grows no more."""
    cdef Piece *piece = values.first
    values.count -= 1
    piece.taken += 1
    if piece.taken == piece.count:
        values.first = piece.next


cdef void empty_values(Values *values) noexcept nogil:
    """Forget all items; the first piece is used again."""
    if values.first != NULL:
        values.first.next = NULL
        values.first.count = 0
    values.last = values.first
    values.count = 0
