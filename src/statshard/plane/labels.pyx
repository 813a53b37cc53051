"""Labels: lines of text with the name of their backend before each.

    gorets:1|c LF :1|c LF x:2|c          shard-2 TAB gorets:1|c LF - TAB :1|c LF ...

The lines are those of a datagram of any length (line.pyx); '-' stands where a line is
refused, or no backend is in. Must not know: Python, where text comes from.
"""
from libc.stdint cimport uint32_t
from libc.string cimport memchr, memcpy

from statshard.plane.counters cimport CARRIED
from statshard.plane.key cimport Scratch
from statshard.plane.line cimport Line, judge_line, next_line
from statshard.plane.packer cimport DATAGRAM_MAX
from statshard.plane.route cimport (
    NO_BACKEND,
    Placing,
    RoutingTable,
    backend_of,
    hash_lines,
)

cdef enum: BATCH = 32    # lines that are looked up at a time


cdef size_t label_lines(
    const RoutingTable *table,
    const unsigned char *start,
    const unsigned char *end,
    const Label *labels,
    unsigned char *out,
    Scratch *scratch,
) noexcept nogil:
    """Write the lines of [start, end), each behind its label; return the size.

    `out` has room for the text, and for the longest label and two bytes for each line.
    """
    cdef Placing carried[BATCH]
    cdef Line lines[BATCH]
    cdef bint is_carried[BATCH]
    cdef const unsigned char *at = start
    cdef unsigned char *to = out
    cdef uint32_t count, placed, i
    cdef uint32_t backend
    while True:
        count = placed = 0
        while count < BATCH and next_line(&at, end, &lines[count]):
            is_carried[count] = can_carry(&lines[count])
            if is_carried[count]:
                carried[placed].line = lines[count]
                placed += 1
            count += 1
        if count == 0:
            return to - out
        hash_lines(table, &carried[0], placed, scratch)
        placed = 0
        for i in range(count):
            backend = NO_BACKEND
            if is_carried[i]:
                backend = backend_of(table, &carried[placed], scratch)
                placed += 1
            to = write_labelled(to, labels, backend, &lines[i])


cdef size_t count_lines(
    const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Return how many lines [start, end) may have at most: its LFs, and one."""
    cdef const unsigned char *at = start
    cdef size_t count = 1
    while at < end:
        at = <const unsigned char *> memchr(at, c'\n', end - at)
        if at == NULL:
            break
        at += 1
        count += 1
    return count


cdef bint can_carry(Line *line) noexcept nogil:
    """Judge a line; one longer than a datagram has no key."""
    return line.end - line.start <= DATAGRAM_MAX and judge_line(line) == CARRIED


cdef unsigned char *write_labelled(
    unsigned char *to, const Label *labels, uint32_t backend, const Line *line
) noexcept nogil:
    """Write LABEL TAB LINE LF; return what is behind it."""
    cdef size_t size = line.end - line.start
    if backend == NO_BACKEND:
        to[0] = c'-'
        to += 1
    else:
        memcpy(to, labels[backend].start, labels[backend].size)
        to += labels[backend].size
    to[0] = c'\t'
    memcpy(to + 1, line.start, size)
    to[size + 1] = c'\n'
    return to + size + 2
