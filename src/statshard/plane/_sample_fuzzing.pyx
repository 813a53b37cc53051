"""What must hold of any line's samples and of their series' name, asked in C.

As in _fuzzing.pyx, the bytes of the fuzzer are copied to an allocation of their own, so
that the sanitizer sees what is read beyond them. Nothing but fuzz/ and the tests of
these doors may use this module; what a line means is the model's business.
"""
from libc.math cimport isfinite, isnan
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy

from statshard.plane._fuzzing cimport Fault
from statshard.plane.grammar cimport find_grammar
from statshard.plane.key cimport Span, up_to
from statshard.plane.line cimport Line, judge_line, next_line
from statshard.plane.sample cimport (
    GOOD,
    SAMPLE_REASON_COUNT,
    SET,
    TIMER,
    Grammar,
    Sample,
    SampleReason,
    Samples,
    next_sample,
    open_samples,
)
from statshard.plane.series_name cimport (
    Naming,
    NameRoom,
    open_naming,
    series_name,
)

# A way to read lines, and how their names are made.
cdef struct Way:
    const Grammar *grammar
    Naming naming
    bint is_strict

cdef enum: WAY_COUNT = 3

cdef Way[WAY_COUNT] WAYS
open_way(&WAYS[0], "strict", True)
open_way(&WAYS[1], "strict", False)
open_way(&WAYS[2], "etsy", True)

# The room for names; also an allocation of its own.
cdef NameRoom *room = <NameRoom *> malloc(sizeof(NameRoom))
if room == NULL:
    raise MemoryError


cdef int open_way(Way *way, str compat, bint sanitizes) except -1:
    """Set how lines are read."""
    way.grammar = find_grammar(compat)
    way.is_strict = compat == "strict"
    return open_naming(&way.naming, compat, sanitizes)


cdef Fault fault_of_samples(const uint8_t *octets, size_t size) noexcept nogil:
    """Return what does not hold of the samples in a datagram, read in each way."""
    cdef unsigned char *start = <unsigned char *> malloc(size)
    cdef Fault fault = NULL
    cdef int way
    if start == NULL:
        return b"there is no memory"
    memcpy(start, octets, size)
    for way in range(WAY_COUNT):
        if fault == NULL:
            fault = fault_of_each(start, start + size, &WAYS[way])
    if fault == NULL and memcmp(start, octets, size) != 0:
        fault = b"the datagram was written to"
    free(start)
    return fault


cdef Fault fault_of_each(
    const unsigned char *at, const unsigned char *end, const Way *way
) noexcept nogil:
    """Return what does not hold of a line of [at, end)."""
    cdef Fault fault = NULL
    cdef Samples samples
    cdef SampleReason reason
    cdef Line line
    while fault == NULL and next_line(&at, end, &line):
        judge_line(&line)
        reason = open_samples(&samples, &line, way.grammar)
        if reason >= SAMPLE_REASON_COUNT:
            return b"a line is refused for no reason"
        if reason != GOOD:
            continue
        fault = fault_of_name(&samples, &line, way)
        if fault == NULL:
            fault = fault_of_values(&samples, &line, way)
    return fault


cdef Fault fault_of_values(
    Samples *samples, const Line *line, const Way *way
) noexcept nogil:
    """Hold that a line has samples, not too many, and each is one."""
    cdef size_t count = 0
    cdef SampleReason reason = GOOD
    cdef Sample sample
    cdef Fault fault
    while next_sample(samples, &sample, &reason):
        count += 1
        if count > <size_t> (line.end - line.start):
            return b"a line has more samples than bytes"
        if reason >= SAMPLE_REASON_COUNT:
            return b"a sample is refused for no reason"
        if reason == GOOD:
            fault = fault_of_sample(&sample, line, way)
            if fault != NULL:
                return fault
    if count == 0:
        return b"a line has no sample, not even a bad one"
    return NULL


cdef Fault fault_of_sample(
    const Sample *sample, const Line *line, const Way *way
) noexcept nogil:
    """Hold that a good sample is one that a series can take."""
    if not sample.scale > 0:
        return b"a sample stands for no event"
    if sample.kind == SET:
        if sample.member >= sample.member_end:
            return b"a member is empty"
        if way.is_strict and (
            sample.member < line.colon or sample.member_end > line.end
        ):
            return b"a member lies outside its line"
        return NULL
    if isnan(sample.value):
        return b"a value is no number"
    if way.is_strict and not isfinite(sample.value):
        return b"a value is infinite"
    if way.is_strict and (sample.scale < 1 or not isfinite(sample.scale)):
        return b"a rate is not above 0 and at most 1"
    if way.is_strict and sample.kind == TIMER and sample.value < 0:
        return b"a time is below 0"
    if sample.kind > SET:
        return b"a sample is of no kind"
    return NULL


cdef Fault fault_of_name(
    const Samples *samples, const Line *line, const Way *way
) noexcept nogil:
    """Hold that a name is in its place, not longer than the line, and canonical."""
    cdef Span name = series_name(samples, &way.naming, room)
    if name.start == NULL and not way.naming.needs_name:
        return b"a name is refused that may be empty"
    if name.start == NULL:
        return NULL
    if name.end < name.start or name.end - name.start > line.end - line.start:
        return b"a name is longer than its line"
    if name.start != &room.key[0] and (
        name.start != line.start or name.end > line.end
    ):
        return b"a name lies outside line and room"
    if way.naming.sanitizes and not is_clean(name):
        return b"a name is not sanitised"
    if way.is_strict and not has_sorted_tags(name):
        return b"tags are not sorted, each once"
    return NULL


cdef bint is_clean(Span name) noexcept nogil:
    """Tell whether a name holds nothing that sanitising takes out."""
    cdef const unsigned char *at = name.start
    while at < name.end:
        if not (
            c'a' <= at[0] <= c'z' or c'A' <= at[0] <= c'Z' or c'-' <= at[0] <= c'9'
            or at[0] == c'_' or at[0] == c';' or at[0] == c'='
        ) or at[0] == c'/':
            return False
        at += 1
    return True


cdef bint has_sorted_tags(Span name) noexcept nogil:
    """Tell whether each tag of a key comes after the one before it, by bytes."""
    cdef Span before = up_to(name.start, name.end, c';')
    cdef Span tag
    if before.end == before.start:
        return False
    if before.end == name.end:
        return True
    before = up_to(before.end + 1, name.end, c';')
    while before.end < name.end:
        tag = up_to(before.end + 1, name.end, c';')
        if not comes_before(before, tag):
            return False
        before = tag
    return before.end > before.start


cdef bint comes_before(Span one, Span other) noexcept nogil:
    """Tell whether one span sorts before another, and is not the same."""
    while one.start < one.end and other.start < other.end:
        if one.start[0] != other.start[0]:
            return one.start[0] < other.start[0]
        one.start += 1
        other.start += 1
    return other.start < other.end
