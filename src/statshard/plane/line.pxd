# line: what a line is and which lines are carried (line.pyx has the rules).
from statshard.plane.counters cimport Reason

cdef struct Line:
    const unsigned char *start
    const unsigned char *end      # one past the last byte; without its CR and LF
    const unsigned char *colon    # its first ':', or its end; set by judge_line

cdef struct Event:
    const unsigned char *title
    const unsigned char *title_end
    const unsigned char *fields   # what follows the text: the line's end or a '|'

cdef bint next_line(
    const unsigned char **at, const unsigned char *end, Line *line
) noexcept nogil
cdef Reason judge_line(Line *line) noexcept nogil
cdef bint is_event(const Line *line) noexcept nogil
cdef bint is_check(const Line *line) noexcept nogil
cdef bint parse_event(const Line *line, Event *event) noexcept nogil
