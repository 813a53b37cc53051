"""What must hold of any line, asked in C.

    bytes of the fuzzer  --copied-->  | a line, malloc'ed to the byte |
                                       ^ an address sanitizer guards both ends

Nothing but fuzz/ and the tests of these doors may use this module. What a line means is
the model's business (tests/model); here stands only what must hold whatever it means.
"""
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcmp, memcpy

from statshard.plane._fuzzing cimport Fault
from statshard.plane.counters cimport (
    BAD_CHECK,
    BAD_EVENT,
    CARRIED,
    EMPTY_NAME,
    NO_COLON,
    Reason,
)
from statshard.plane.key cimport (
    Scratch,
    Span,
    embedded_key,
    name_key,
    open_scratch,
    raw_key,
)
from statshard.plane.line cimport (
    Event,
    Line,
    is_check,
    is_event,
    judge_line,
    next_line,
    parse_event,
)
from statshard.plane.series_key cimport series_key

# The room for keys; also an allocation of its own.
cdef Scratch *scratch = open_scratch()
if scratch == NULL:
    raise MemoryError


cdef Fault fault_of_lines(const uint8_t *octets, size_t size) noexcept nogil:
    """Return what does not hold of a datagram's lines."""
    return fault_behind(b"", 0, octets, size)


cdef Fault fault_of_heads(const uint8_t *octets, size_t size) noexcept nogil:
    """Return what does not hold of the octets as they are, as event and as check."""
    cdef Fault fault = fault_behind(b"", 0, octets, size)
    if fault == NULL:
        fault = fault_behind(b"_e{", 3, octets, size)
    if fault == NULL:
        fault = fault_behind(b"_sc|", 4, octets, size)
    return fault


cdef Fault fault_behind(
    const char *head, size_t head_size, const uint8_t *octets, size_t size
) noexcept nogil:
    """Return what does not hold of the lines of a head and octets behind it."""
    cdef size_t whole = head_size + size
    cdef unsigned char *start = <unsigned char *> malloc(whole)
    cdef Fault fault
    if start == NULL:
        return b"there is no memory"
    memcpy(start, head, head_size)
    memcpy(start + head_size, octets, size)
    fault = fault_of_each(start, start + whole)
    if fault == NULL and (
        memcmp(start, head, head_size) != 0
        or memcmp(start + head_size, octets, size) != 0
    ):
        fault = b"the datagram was written to"
    free(start)
    return fault


cdef Fault fault_of_each(
    const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Return what does not hold of a line of [start, end)."""
    cdef const unsigned char *at = start
    cdef const unsigned char *before = start
    cdef Fault fault = NULL
    cdef Line line
    while fault == NULL and next_line(&at, end, &line):
        fault = fault_of_bounds(&line, before, end)
        if fault == NULL:
            fault = fault_of_verdict(&line)
        if fault == NULL:
            fault = fault_of_keys(&line)
        before = at
    return fault


cdef Fault fault_of_bounds(
    const Line *line, const unsigned char *first, const unsigned char *end
) noexcept nogil:
    """Hold that a line is not empty, has no LF, and lies where it must."""
    if line.start < first or line.end > end or line.start >= line.end:
        return b"a line lies outside its datagram, or is empty"
    if memchr(line.start, c'\n', line.end - line.start) != NULL:
        return b"a line holds an LF"
    return NULL


cdef Fault fault_of_verdict(Line *line) noexcept nogil:
    """Hold that the verdict fits the kind of the line, and its parts lie in it."""
    cdef Reason reason = judge_line(line)
    cdef Reason expected = CARRIED
    cdef Event event
    cdef const unsigned char *colon
    colon = <const unsigned char *> memchr(line.start, c':', line.end - line.start)
    if line.colon != (line.end if colon == NULL else colon):
        return b"the colon is not the first one"
    if is_event(line):
        if reason != CARRIED and reason != BAD_EVENT:
            return b"an event is refused as something else"
        if parse_event(line, &event) != (reason == CARRIED):
            return b"an event is judged otherwise than it parses"
        if reason == CARRIED and not is_inside(line, &event):
            return b"a part of an event lies outside the line"
        return NULL
    if is_check(line):
        if reason != CARRIED and reason != BAD_CHECK:
            return b"a check is refused as something else"
        return NULL
    if colon == NULL:
        expected = NO_COLON
    elif colon == line.start:
        expected = EMPTY_NAME
    if reason != expected:
        return b"a sample is judged otherwise than its first colon says"
    return NULL


cdef bint is_inside(const Line *line, const Event *event) noexcept nogil:
    """Tell whether the parts of an event follow each other in its line."""
    return (
        line.colon < event.title <= event.title_end < event.fields
        and event.fields <= line.end
    )


cdef Fault fault_of_keys(const Line *line) noexcept nogil:
    """Hold that all keys lie in the line or the scratch room and are no longer."""
    cdef Span key = name_key(line, scratch)
    if not is_in_place(line, &key):
        return b"the key `name` lies outside line and scratch"
    key = raw_key(line, scratch)
    if key.start != line.start or key.end != line.colon:
        return b"the key `raw` does not end at the colon"
    key = series_key(line, scratch)
    if not is_in_place(line, &key):
        return b"the key `series` lies outside line and scratch"
    key = embedded_key(line, scratch)
    if not is_in_place(line, &key):
        return b"the key `embedded` lies outside line and scratch"
    if memcmp(key.start, line.start, common_size(line, &key)) != 0:
        return b"the key `embedded` does not begin with the name"
    return NULL


cdef bint is_in_place(const Line *line, const Span *key) noexcept nogil:
    """Tell whether a key lies in its line, or in the scratch room from its start."""
    if key.end < key.start or key.end - key.start > line.end - line.start:
        return False
    if key.start == &scratch.bytes[0]:
        return True
    return line.start <= key.start and key.end <= line.end


cdef size_t common_size(const Line *line, const Span *key) noexcept nogil:
    """Return the size of the name, which a key and its line have in common."""
    cdef size_t size = 0
    while (
        size < <size_t> (key.end - key.start)
        and line.start[size] != c',' and line.start[size] != c':'
    ):
        size += 1
    return size
