"""Members: the distinct members of many sets, in one table.

    uniques  first -> | 765 | -> | 42 | -> | a b |        a set: its list, and how long
    users    first -> | 42 |                              a member: found by its bytes
                                                          and the set that owns it

Bytes and rows lie in an arena that is handed in. Must not know: what a series is, how
hashes are made.
"""
from libc.stdint cimport uint32_t
from libc.string cimport memcmp, memcpy

from statshard.plane.arena cimport Arena, take
from statshard.plane.index cimport (
    NOWHERE,
    close_index,
    empty_index,
    find_first,
    find_next,
    grow_index,
    open_index,
    put_number,
)
from statshard.plane.rows cimport add_row, close_rows, empty_rows, open_rows, row_at


cdef int open_members(Members *members) noexcept nogil:
    """Make an empty table; 0, or -1 without memory."""
    open_rows(&members.rows, sizeof(Member))
    return open_index(&members.index)


cdef void close_members(Members *members) noexcept nogil:
    """Free what open_members and add_member allocated, but for the arena's."""
    close_rows(&members.rows)
    close_index(&members.index)


cdef bint add_member(
    Members *members,
    Arena *arena,
    Set *set_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil:
    """See that the bytes are a member of a set; False without memory.

    `hash` is that of the bytes; the set is known by its address.
    """
    cdef uint32_t at = 0
    cdef uint32_t number
    cdef uint32_t own = hash ^ set_.hash
    cdef Member *member
    number = find_first(&members.index, own, &at)
    while number != NOWHERE:
        member = <Member *> row_at(&members.rows, number)
        if is_same(member, set_, start, end):
            return True
        number = find_next(&members.index, own, &at)
    if not grow_index(&members.index):
        return False
    member = new_member(members, arena, start, end)
    if member == NULL:
        return False
    member.owner = set_
    member.hash = hash
    put_number(&members.index, own, members.rows.count - 1)
    if set_.last == NULL:
        set_.first = member
    else:
        set_.last.next = member
    set_.last = member
    set_.count += 1
    return True


cdef bint is_same(
    const Member *member,
    const Set *set_,
    const unsigned char *start,
    const unsigned char *end,
) noexcept nogil:
    """Tell whether a member is the set's, and of these bytes."""
    cdef size_t size = end - start
    return (
        member.owner == set_
        and member.size == size
        and memcmp(member.bytes, start, size) == 0
    )


cdef Member *new_member(
    Members *members,
    Arena *arena,
    const unsigned char *start,
    const unsigned char *end,
) noexcept nogil:
    """Return a row with a copy of the bytes; NULL without memory."""
    cdef size_t size = end - start
    cdef unsigned char *bytes_ = <unsigned char *> take(arena, size)
    cdef Member *member
    if bytes_ == NULL:
        return NULL
    member = <Member *> add_row(&members.rows, arena)
    if member != NULL:
        memcpy(bytes_, start, size)
        member.bytes = bytes_
        member.size = <uint32_t> size
    return member


cdef void empty_members(Members *members) noexcept nogil:
    """Forget all members: the arena is being emptied."""
    empty_rows(&members.rows)
    empty_index(&members.index)
