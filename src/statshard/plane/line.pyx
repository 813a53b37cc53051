"""Lines: where they begin and end in a datagram, and which of them are carried.

    a datagram      gorets:1|c\\r\\n\\n_sc|db.up|0\\n:1|c
                    ~~~~~~~~~~      ~~~~~~~~~~~  ~~~~
                    a line          a line       a line (refused: empty_name)

A line is a non-empty piece between LFs after one trailing CR is taken off. It is
carried if
  `_e{...`   it is a well-formed DogStatsD event,
  `_sc|...`  it is a well-formed DogStatsD service check,
  otherwise  at least one byte stands before its first ':'.

Any byte is allowed, UTF-8 is not required. Must not know: memory, kernel, clock,
configuration.
"""
from libc.string cimport memchr, memcmp

from statshard.plane.counters cimport (
    BAD_CHECK,
    BAD_EVENT,
    CARRIED,
    EMPTY_NAME,
    NO_COLON,
    Reason,
)


cdef bint next_line(
    const unsigned char **at, const unsigned char *end, Line *line
) noexcept nogil:
    """Find the next line of [at, end), move `at` past it; False where none is left."""
    cdef const unsigned char *start
    cdef const unsigned char *stop
    while at[0] < end:
        start = at[0]
        stop = <const unsigned char *> memchr(start, c'\n', end - start)
        if stop == NULL:
            stop = end
        at[0] = stop + 1
        if stop > start and (stop - 1)[0] == c'\r':
            stop -= 1
        if stop > start:
            line.start = start
            line.end = stop
            return True
    return False


cdef Reason judge_line(Line *line) noexcept nogil:
    """Say whether a line is carried, or why not; find its first ':'."""
    cdef Event event
    line.colon = <const unsigned char *> memchr(line.start, c':', line.end - line.start)
    if line.colon == NULL:
        line.colon = line.end
    if line.start[0] == c'_':
        if is_event(line):
            return CARRIED if parse_event(line, &event) else BAD_EVENT
        if is_check(line):
            return CARRIED if is_whole_check(line) else BAD_CHECK
    if line.colon == line.end:
        return NO_COLON
    return CARRIED if line.colon > line.start else EMPTY_NAME


cdef bint is_event(const Line *line) noexcept nogil:
    """Tell whether a line claims to be an event."""
    return line.end - line.start >= 3 and memcmp(line.start, b"_e{", 3) == 0


cdef bint is_check(const Line *line) noexcept nogil:
    """Tell whether a line claims to be a service check."""
    return line.end - line.start >= 4 and memcmp(line.start, b"_sc|", 4) == 0


cdef bint parse_event(const Line *line, Event *event) noexcept nogil:
    """Take `_e{TITLE_BYTES,TEXT_BYTES}:TITLE|TEXT` apart; False where it is ill formed.

    Format: docs.datadoghq.com, "Datagram format and shell usage", Events.
    """
    cdef const unsigned char *at = line.start + 3
    cdef size_t title_size = 0
    cdef size_t text_size = 0
    if not take_size(&at, line.end, &title_size) or not take_byte(&at, line.end, c','):
        return False
    if not take_size(&at, line.end, &text_size) or not take_byte(&at, line.end, c'}'):
        return False
    if not take_byte(&at, line.end, c':') or <size_t> (line.end - at) < title_size:
        return False
    event.title = at
    at += title_size
    event.title_end = at
    if not take_byte(&at, line.end, c'|') or <size_t> (line.end - at) < text_size:
        return False
    event.fields = at + text_size
    return event.fields == line.end or event.fields[0] == c'|'


cdef bint is_whole_check(const Line *line) noexcept nogil:
    """Tell whether `_sc|NAME|STATUS` is well formed: a name, and a status of 0 to 3."""
    cdef const unsigned char *name = line.start + 4
    cdef const unsigned char *bar
    bar = <const unsigned char *> memchr(name, c'|', line.end - name)
    if bar == NULL or bar == name or line.end - bar < 2:
        return False
    if bar[1] < c'0' or bar[1] > c'3':
        return False
    return bar + 2 == line.end or bar[2] == c'|'


cdef bint take_byte(
    const unsigned char **at, const unsigned char *end, unsigned char byte
) noexcept nogil:
    """Move past one expected byte; False where another stands there."""
    if at[0] >= end or at[0][0] != byte:
        return False
    at[0] += 1
    return True


cdef bint take_size(
    const unsigned char **at, const unsigned char *end, size_t *size
) noexcept nogil:
    """Read decimal digits, at least one; a number above 2^20 stays there.

    No line is as long.
    """
    cdef const unsigned char *first = at[0]
    cdef size_t value = 0
    while at[0] < end and c'0' <= at[0][0] <= c'9':
        if value < (1 << 20):
            value = value * 10 + (at[0][0] - c'0')
        at[0] += 1
    size[0] = value
    return at[0] > first
