"""series_key: the key `series` of a line, its name and its tags in one canonical order.

    gorets,b=2,a=1:1|c|@0.5|#c:3,b:2           tags in the name, and DogStatsD's
    -> gorets,a=1,b=2,c=3
    go[b=2]rets;a=1:1|c                        all styles of tags in names
    -> gorets,a=1,b=2
    _sc|db.up|2|#env:a                         a check: its name, and its tags
    -> db.up,env=a

Each tag's first ':' is written '='; empty tags and equal ones go; the rest is sorted by
the bytes that then stand there. So every order and every style of the same tags comes
to the same key. What HASHING leaves open is decided here:

  - in a name, each of , ; # ends a tag, inside a group too: what a style would take for
    a part of a value is another tag, which puts more series together and none apart;
  - every field that begins with '#' holds tags, wherever it stands behind the first ':'
    (of an event behind its text, of a check behind its name); a value never does;
  - of an event or a check that is well formed nothing else is a tag.

Tags are copied to the scratch room, since the line is never changed. Their number is
bounded by the bytes of a line, and so is the room. Must not know: kernel, clock, ring.
"""
from libc.string cimport memchr, memcmp

from statshard.plane.key cimport Scratch, Span, joined, name_key, sort_spans, up_to
from statshard.plane.line cimport Event, Line, is_check, is_event, parse_event

# Tags that have been taken, in the scratch room.
cdef struct Tags:
    unsigned char *at    # where the next one goes
    Span *pieces
    size_t count


cdef Span series_key(const Line *line, Scratch *scratch) noexcept nogil:
    """Return the name, then `,tag` for each different tag, in order of bytes."""
    cdef Span name = name_key(line, scratch)
    cdef const unsigned char *fields = line.colon
    cdef Tags tags = Tags(&scratch.tags[0], &scratch.pieces[0], 0)
    cdef Event event
    if line.start < line.end and line.start[0] == c'_' and is_check(line):
        fields = name.end
    elif line.start < line.end and line.start[0] == c'_' and (
        is_event(line) and parse_event(line, &event)
    ):
        fields = event.fields
    elif name.end != line.colon:
        take_name_tags(&tags, line)
    take_field_tags(&tags, fields, line.end)
    if tags.count == 0:
        return name
    sort_spans(tags.pieces, tags.count)
    tags.count = drop_equal(tags.pieces, tags.count)
    return joined(name, tags.pieces, tags.count, &scratch.bytes[0])


cdef void take_name_tags(Tags *tags, const Line *line) noexcept nogil:
    """Take the tags of a name: those of its group, then those behind it."""
    cdef const unsigned char *at = line.start
    cdef const unsigned char *closing
    while at < line.colon and not is_mark(at[0]) and at[0] != c'[':
        at += 1
    if at < line.colon and at[0] == c'[':
        closing = up_to(at, line.colon, c']').end
        if closing < line.colon:
            take_tags(tags, at + 1, closing, True)
            at = closing
    while at < line.colon and not is_mark(at[0]):
        at += 1
    take_tags(tags, at, line.colon, True)


cdef void take_field_tags(
    Tags *tags, const unsigned char *at, const unsigned char *end
) noexcept nogil:
    """Take the tags of each field `|#TAG,TAG` of [at, end)."""
    cdef const unsigned char *bar
    while at < end:
        bar = <const unsigned char *> memchr(at, c'|', end - at)
        if bar == NULL or bar + 1 == end:
            return
        at = bar + 1
        if at[0] == c'#':
            at = take_tags(tags, at + 1, up_to(at, end, c'|').end, False)


cdef const unsigned char *take_tags(
    Tags *tags, const unsigned char *at, const unsigned char *end, bint is_name
) noexcept nogil:
    """Take each tag of [at, end) that is not empty; return the end.

    Between them stands ',', in a name also ';' or '#'.
    """
    cdef unsigned char *start
    cdef unsigned char *to = tags.at
    cdef unsigned char colon
    while at < end:
        start = to
        colon = c'='
        while at < end and at[0] != c',' and not (is_name and is_mark(at[0])):
            to[0] = at[0]
            if at[0] == c':':
                to[0] = colon
                colon = c':'
            to += 1
            at += 1
        if to > start:
            tags.pieces[tags.count] = Span(start, to)
            tags.count += 1
        at += 1
    tags.at = to
    return end


cdef inline bint is_mark(unsigned char byte) noexcept nogil:
    """Tell whether a byte begins a tag in a name."""
    return byte == c',' or byte == c';' or byte == c'#'


cdef size_t drop_equal(Span *spans, size_t count) noexcept nogil:
    """Leave one of each equal spans, which stand side by side; return how many stay."""
    cdef size_t kept = 1
    cdef size_t i, size
    for i in range(1, count):
        size = spans[i].end - spans[i].start
        if size == <size_t> (spans[kept - 1].end - spans[kept - 1].start) and (
            memcmp(spans[i].start, spans[kept - 1].start, size) == 0
        ):
            continue
        spans[kept] = spans[i]
        kept += 1
    return kept
