"""The strict grammar: what today's clients send, and nothing that is only guessed at.

    line   = name ":" piece *( ":" piece )          each with a type of its own
    piece  = value *( ":" value ) "|" type *( "|@" rate ) [ fields ]
    fields = "|" field *( "|" field )               only behind the last piece

    a:1:2|ms|@0.5 : 3|c | #k:v | c:abc | @0.1       (blanks are not there)
    ~ ~~~          ~                                name, values
           ^        ^                               their bars, behind which the type
              ~~~                       ~~~         rates: each of its piece
                                                    tags: of the line

* Types: c, g, ms, h, d, s; h and d are timers. Another one is refused, as by every
  server but etsy's, which would count it.
* Values packed with ":" share type and rate (DogStatsD 1.1). A set packs none, its
  member may hold a ":".
* Fields stand in any order. "@" is the rate and "#" the tags; where there are several,
  all rates must be good, and the last counts. What else there is (c: e: card: T, things
  to come) is not read, ":" and all. Of a timestamp that means: the sample counts as one
  of now.
* A value is a finite decimal, a time not below 0. A gauge's with a sign is a change.
* A rate is above 0 and at most 1, and its reciprocal finite.
* No blanks. A piece whose type or rate is bad is one refused sample, whatever it packs.

Source: the DogStatsD datagram format, versions 1.0 to 1.6, and etsy's repeated types.
"""
from libc.math cimport isfinite

from statshard.plane.key cimport Span, up_to
from statshard.plane.line cimport Line
from statshard.plane.number cimport take_decimal
from statshard.plane.sample cimport (
    BAD_RATE,
    BAD_TYPE,
    BAD_VALUE,
    COUNTER,
    GAUGE,
    GAUGE_DELTA,
    GOOD,
    NO_NAME,
    NO_VALUE,
    SET,
    TIMER,
    Kind,
    Sample,
    SampleReason,
    Samples,
)

# The types of one letter: the kind, plus 1; 0 of what is no type.
cdef unsigned char[256] LETTERS
LETTERS[c'c'] = COUNTER + 1
LETTERS[c'g'] = GAUGE + 1
LETTERS[c'h'] = TIMER + 1
LETTERS[c'd'] = TIMER + 1
LETTERS[c's'] = SET + 1


cdef SampleReason open_strict(Samples *samples, const Line *line) noexcept nogil:
    """Begin with a line, and find its tags."""
    cdef Samples ahead
    samples.name = line.start
    samples.name_end = line.colon
    samples.tags = samples.tags_end = NULL
    samples.end = line.end
    samples.at = NULL
    if line.colon == line.end:
        return NO_VALUE
    if line.colon == line.start:
        return NO_NAME
    open_piece(samples, line.colon + 1)
    if samples.next != NULL:
        ahead = samples[0]
        while ahead.next != NULL:
            open_piece(&ahead, ahead.next)
        samples.tags = ahead.tags
        samples.tags_end = ahead.tags_end
    return GOOD


cdef bint next_strict(
    Samples *samples, Sample *sample, SampleReason *reason
) noexcept nogil:
    """Take the next value of the piece at hand, or of the one behind it."""
    cdef const unsigned char *at = samples.at
    if at == NULL:
        return False
    if samples.reason != GOOD:
        reason[0] = samples.reason
        at = samples.bar
    elif samples.kind == SET:
        sample.kind = SET
        sample.scale = samples.scale
        sample.member = at
        sample.member_end = samples.bar
        reason[0] = GOOD if at < samples.bar else NO_VALUE
        at = samples.bar
    else:
        reason[0] = take_value(samples, &at, sample)
    if at < samples.bar:
        samples.at = at + 1             # behind a ':'
    elif samples.next != NULL:
        open_piece(samples, samples.next)
    else:
        samples.at = NULL
    return True


cdef inline SampleReason take_value(
    const Samples *samples, const unsigned char **at, Sample *sample
) noexcept nogil:
    """Read the value at `at` and move to the ':' or the bar behind it."""
    cdef const unsigned char *start = at[0]
    sample.kind = samples.kind
    sample.scale = samples.scale
    if not take_decimal(at, samples.bar, &sample.value) or (
        at[0] < samples.bar and at[0][0] != c':'
    ):
        at[0] = up_to(start, samples.bar, c':').end
        return BAD_VALUE if at[0] > start else NO_VALUE
    if not isfinite(sample.value):
        return BAD_VALUE
    if samples.kind == TIMER and sample.value < 0:
        return BAD_VALUE
    if samples.kind == GAUGE and (start[0] == c'-' or start[0] == c'+'):
        sample.kind = GAUGE_DELTA
    return GOOD


cdef void open_piece(Samples *samples, const unsigned char *start) noexcept nogil:
    """Take the piece at `start` apart: its values, its type, what belongs to it."""
    cdef const unsigned char *at
    samples.at = start
    samples.bar = up_to(start, samples.end, c'|').end
    samples.next = NULL
    samples.scale = 1.0
    if samples.bar == samples.end:
        samples.reason = BAD_TYPE if start < samples.end else NO_VALUE
        return
    samples.reason = GOOD
    at = take_type(samples, samples.bar + 1)
    if at < samples.end and at[0] == c'|':
        at = take_fields(samples, at)
    if at < samples.end:
        samples.next = at + 1


cdef inline const unsigned char *take_type(
    Samples *samples, const unsigned char *start
) noexcept nogil:
    """Read the type at `start`; return where it ends."""
    cdef const unsigned char *at = start
    cdef unsigned int letter = 0
    while at < samples.end and at[0] != c'|' and at[0] != c':':
        at += 1
    if at - start == 1:
        letter = LETTERS[start[0]]
    elif at - start == 2 and start[0] == c'm' and start[1] == c's':
        letter = TIMER + 1
    if letter == 0:
        samples.reason = BAD_TYPE
    else:
        samples.kind = <Kind> (letter - 1)
    return at


cdef const unsigned char *take_fields(
    Samples *samples, const unsigned char *at
) noexcept nogil:
    """Read fields, `at` being on the bar of the first.

    Returns the end of the line, or the ':' that begins another piece: one is looked for
    until there is a field that may hold a ':' itself, which is any but a rate.
    """
    cdef bint is_last = False
    cdef Span field
    while at < samples.end and at[0] == c'|':
        field = up_to(at + 1, samples.end, c'|')
        if field.start < field.end and field.start[0] == c'@':
            if not is_last:
                field = up_to(field.start, field.end, c':')
            take_rate(samples, field.start + 1, field.end)
        else:
            is_last = True
            if field.start < field.end and field.start[0] == c'#':
                samples.tags = field.start + 1
                samples.tags_end = field.end
        at = field.end
    return at


cdef void take_rate(
    Samples *samples, const unsigned char *at, const unsigned char *end
) noexcept nogil:
    """Read the rate [at, end); a bad one spoils the piece."""
    cdef double rate = 0.0
    if take_decimal(&at, end, &rate) and at == end and 0.0 < rate <= 1.0:
        samples.scale = 1.0 / rate
        if isfinite(samples.scale):
            return
    if samples.reason == GOOD:
        samples.reason = BAD_RATE
