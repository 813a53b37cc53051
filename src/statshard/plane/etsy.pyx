"""The grammar of etsy's server, to the letter, for `compat = "etsy"`.

    line  = body [ "|#" tags [ "|#" what nobody reads ] ]
    body  = name *( ":" piece )
    piece = value "|" type [ "|@" rate [ "|" what nobody reads ] ]

* Each piece is judged for itself, so one line may hold bad samples and good ones.
* A type is trimmed; one that is not ms, g or s then, an empty one too, is a counter.
  Which values are good is asked of the type before it is trimmed: "-1|ms" is bad,
  "-1|ms " a time below 0.
* A value is what JavaScript's Number() makes of it, but for that of a set, where
  nothing is "0".
* A rate is judged as a number, but read as far as there are digits and dots: @2e-1 is
  2, @0 makes samples count for infinitely many.
* A name without a piece is one bad sample.

Otherwise than there: a rate without a digit or dot in front (@+1, @Infinity), of which
that process dies, is a bad one; members and names are bytes, where it makes U+FFFD of
what is not UTF-8; and a line has lost the CR at its end, which there is a space of the
last field.

Source: statsd/statsd, stats.js and lib/helpers.js, run and observed.
"""
from libc.string cimport memchr, memcmp

from statshard.plane.javascript cimport read_number, trimmed
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
    NO_VALUE,
    SET,
    TIMER,
    Kind,
    Sample,
    SampleReason,
    Samples,
)

# The member that a set gets of no value.
cdef const unsigned char *ZERO = b"0"


cdef SampleReason open_etsy(Samples *samples, const Line *line) noexcept nogil:
    """Begin with a line, and find its tags."""
    cdef const unsigned char *mark = tags_mark(line.start, line.end)
    samples.name = line.start
    samples.name_end = line.colon if line.colon < mark else mark
    samples.end = mark
    samples.tags = samples.tags_end = NULL
    if line.end - mark > 2:
        samples.tags = mark + 2
        samples.tags_end = tags_mark(mark + 2, line.end)
    samples.at = samples.name_end + (samples.name_end < mark)
    return GOOD


cdef const unsigned char *tags_mark(
    const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Return the first "|#" of [start, end), or the end."""
    cdef const unsigned char *at = start
    while at < end:
        at = <const unsigned char *> memchr(at, c'#', end - at)
        if at == NULL:
            return end
        if at > start and (at - 1)[0] == c'|':
            return at - 1
        at += 1
    return end


cdef bint next_etsy(
    Samples *samples, Sample *sample, SampleReason *reason
) noexcept nogil:
    """Take the next piece."""
    cdef Span piece
    if samples.at == NULL:
        return False
    piece = up_to(samples.at, samples.end, c':')
    reason[0] = read_piece(&piece, sample)
    samples.at = piece.end + 1 if piece.end < samples.end else NULL
    return True


cdef SampleReason read_piece(const Span *piece, Sample *sample) noexcept nogil:
    """Read a piece: value, type and rate."""
    cdef Span text = up_to(piece.start, piece.end, c'|')
    cdef Span type
    if text.end == piece.end:
        return BAD_TYPE if text.start < text.end else NO_VALUE
    type = up_to(text.end + 1, piece.end, c'|')
    sample.scale = 1.0
    if type.end < piece.end and not read_rate(
        up_to(type.end + 1, piece.end, c'|'), &sample.scale
    ):
        return BAD_RATE
    sample.kind = kind_of(trimmed(type.start, type.end))
    if sample.kind == SET:
        sample.member = text.start if text.start < text.end else ZERO
        sample.member_end = text.end if text.start < text.end else ZERO + 1
        if type.end - type.start == 1:
            return GOOD
    return read_value(text, type, sample)


cdef SampleReason read_value(Span text, Span type, Sample *sample) noexcept nogil:
    """Read the number that any value is, but for that of a set whose type is bare."""
    if text.start == text.end:
        return NO_VALUE
    if not read_number(text.start, text.end, &sample.value):
        return BAD_VALUE
    if sample.kind == TIMER and type.end - type.start == 2 and sample.value < 0:
        return BAD_VALUE
    if sample.kind == GAUGE and (text.start[0] == c'-' or text.start[0] == c'+'):
        sample.kind = GAUGE_DELTA
    return GOOD


cdef Kind kind_of(Span type) noexcept nogil:
    """Return what a trimmed type means."""
    cdef size_t size = type.end - type.start
    if size == 1 and type.start[0] == c'g':
        return GAUGE
    if size == 1 and type.start[0] == c's':
        return SET
    if size == 2 and memcmp(type.start, b"ms", 2) == 0:
        return TIMER
    return COUNTER


cdef bint read_rate(Span field, double *scale) noexcept nogil:
    """Read the reciprocal of a rate; False where it is none."""
    cdef const unsigned char *at = field.start + 1
    cdef const unsigned char *end = at
    cdef double rate = 0.0
    if field.end - field.start < 2 or field.start[0] != c'@':
        return False
    if not read_number(at, field.end, &rate):
        return False
    while end < field.end and (c'0' <= end[0] <= c'9' or end[0] == c'.'):
        end += 1
    if not take_decimal(&at, end, &rate):
        return False
    scale[0] = 1.0 / rate
    return True
