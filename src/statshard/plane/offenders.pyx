"""Offenders: which prefixes the names have that found no room, in fixed memory.

    api.users.u123.login     level 0   api.users.u     before its first digit, or all
                             level 1   api.             through its first dot
                             level 2   api.users.       through its second
                             level 3   api.users.u123.  through its third

A level that a name has not is left out. Each level is a summary of its own, whose
bounds are in hitters.pyx; the first HITTER_BYTES of a name are looked at. Must not
know: why the names found no room, which prefix is worth telling.
"""
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.hitters cimport (
    HITTER_BYTES,
    add_weight,
    empty_hitters,
    merge_hitters,
)


cdef void empty_offenders(Offenders *offenders, uint32_t room) noexcept nogil:
    """Know none, from now on so many of each level at once."""
    cdef int level
    for level in range(PREFIX_LEVELS):
        empty_hitters(&offenders.levels[level], room)


cdef void note_name(
    Offenders *offenders,
    const unsigned char *start,
    const unsigned char *end,
    uint64_t weight,
) noexcept nogil:
    """Add to the weight of each prefix of a name."""
    cdef const unsigned char *last = start
    cdef const unsigned char *stem = NULL    # its end
    cdef const unsigned char *at = start
    cdef int level = 0
    last += min(<size_t> (end - start), <size_t> HITTER_BYTES)
    while at < last and (stem == NULL or level + 1 < PREFIX_LEVELS):
        if stem == NULL and c'0' <= at[0] <= c'9':
            stem = at
        if at[0] == c'.' and level + 1 < PREFIX_LEVELS:
            level += 1
            add_weight(&offenders.levels[level], start, at + 1, weight)
        at += 1
    add_weight(&offenders.levels[0], start, last if stem == NULL else stem, weight)


cdef void merge_offenders(
    Offenders *offenders, const Offenders *others
) noexcept nogil:
    """Add what others came to."""
    cdef int level
    for level in range(PREFIX_LEVELS):
        merge_hitters(&offenders.levels[level], &others.levels[level])
