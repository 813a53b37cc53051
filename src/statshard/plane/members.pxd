# members: the distinct members of sets (members.pyx).
from libc.stdint cimport uint32_t

from statshard.plane.arena cimport Arena
from statshard.plane.index cimport Index
from statshard.plane.rows cimport Rows

cdef struct Member:
    Member *next                 # of the same set, in the order of their coming
    const void *owner            # which set
    const unsigned char *bytes
    uint32_t size                # of them
    uint32_t hash                # of them alone

# A set: which members it has.
cdef struct Set:
    Member *first
    Member *last
    uint32_t count
    uint32_t hash                # of the set's own key

# The members of many sets.  Owned by whoever owns the sets.
cdef struct Members:
    Index index
    Rows rows

cdef int open_members(Members *members) noexcept nogil
cdef void close_members(Members *members) noexcept nogil
cdef bint add_member(
    Members *members,
    Arena *arena,
    Set *set_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil
cdef void empty_members(Members *members) noexcept nogil
