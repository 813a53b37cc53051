"""Sketching: a timer's values into a DDSketch, a set's members into a HyperLogLog.

    320 -> 330 -> ... -> | DDSketch |        765 -> 42 -> ... -> | HyperLogLog |

A worker does that when a list has become too long, and a fold when the lists of all
workers are together. The list stays where it is: an arena takes nothing back. Must not
know: series, how long is too long.
"""
from libc.stdint cimport uint16_t

from statshard.plane.arena cimport Arena, take
from statshard.plane.ddsketch cimport DDSketch, add_value, open_sketch
from statshard.plane.hyperloglog cimport HyperLogLog, add_hash, open_hyperloglog
from statshard.plane.members cimport Member, Set
from statshard.plane.siphash cimport SipKey, siphash13
from statshard.plane.values cimport Piece, Values, items_of


cdef DDSketch *take_sketch(Arena *arena) noexcept nogil:
    """Return a sketch without values; NULL without memory."""
    cdef DDSketch *sketch = <DDSketch *> take(arena, sizeof(DDSketch))
    if sketch != NULL:
        open_sketch(sketch)
    return sketch


cdef HyperLogLog *take_hyperloglog(Arena *arena) noexcept nogil:
    """Return one without hashes; NULL without memory."""
    cdef HyperLogLog *counted = <HyperLogLog *> take(arena, sizeof(HyperLogLog))
    if counted != NULL:
        open_hyperloglog(counted)
    return counted


cdef void sketch_values(DDSketch *sketch, const Values *values) noexcept nogil:
    """Take the values of a list in."""
    cdef Piece *piece = values.first
    cdef const double *items
    cdef uint16_t i
    while piece != NULL:
        items = <const double *> items_of(piece)
        for i in range(piece.count):
            add_value(sketch, items[i])
        piece = piece.next


cdef void count_members(
    HyperLogLog *counted, const Set *set_, const SipKey *key
) noexcept nogil:
    """Take the members of a set in, hashed under a key."""
    cdef const Member *member = set_.first
    while member != NULL:
        add_hash(counted, siphash13(key, member.bytes, member.bytes + member.size))
        member = member.next
