"""Keys: which bytes of a line decide its backend (`shard_by`).

    name        gorets,env=a:1|c           the metric name, without tags
                ~~~~~~
                go[env=a]rets:1|c          ... and without a SignalFx group
                ~~       ~~~~
                _sc|db.up|0                the check's name
                    ~~~~~
                _e{5,4}:title|text|k:agg   the event's aggregation key, else its title
                                     ~~~
    embedded    gorets,b=2,a=1:1|c         name, then the tags before the ':' sorted
             -> gorets,a=1,b=2             by bytes (the rule of
                                           alanszlosek/rust-sharding-statsd-proxy)
    raw         gorets,b=2,a=1:1|c         all before the first ':'
                ~~~~~~~~~~~~~~
    series      series_key.pyx

A key is a run of the line's own bytes wherever that is possible; otherwise it is put
together in the scratch room. The line itself is never changed. Lines are judged before
(`judge_line` sets their colon); every line has a key, carried or not. Must not know:
kernel, clock, ring.
"""
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memchr, memcmp, memcpy

from statshard.plane.line cimport Event, Line, is_check, is_event, parse_event
from statshard.plane.sys.literals cimport EACH_BYTE


cdef Scratch *open_scratch() noexcept nogil:
    """Allocate a room of zeros, or return NULL without memory."""
    return <Scratch *> calloc(1, sizeof(Scratch))


cdef void close_scratch(Scratch *scratch) noexcept nogil:
    """Free a room, if there is one."""
    free(scratch)


cdef Span name_key(const Line *line, Scratch *scratch) noexcept nogil:
    """Return the name without any tags; a check's name; an event's `k:` or title."""
    cdef const unsigned char *at
    cdef Event event
    if line.start < line.end and line.start[0] == c'_':
        if is_check(line):
            return up_to(line.start + 4, line.end, c'|')
        if is_event(line) and parse_event(line, &event):
            return event_key(&event, line.end)
    if not may_have_tags(line.start, line.colon):
        return Span(line.start, line.colon)
    at = line.start
    while at < line.colon:
        if at[0] == c',' or at[0] == c';' or at[0] == c'#':
            break
        if at[0] == c'[':
            return ungrouped_name(line.start, at, line.colon, scratch)
        at += 1
    return Span(line.start, at)


cdef Span embedded_key(const Line *line, Scratch *scratch) noexcept nogil:
    """Return the name, then `,tag` for each tag before the ':', in order of bytes."""
    cdef Span name = up_to(line.start, line.colon, c',')
    cdef size_t count
    if name.end == line.colon:
        return name
    count = cut_tags(line, name.end + 1, &scratch.pieces[0])
    sort_spans(&scratch.pieces[0], count)
    return joined(name, &scratch.pieces[0], count, &scratch.bytes[0])


cdef Span raw_key(const Line *line, Scratch *scratch) noexcept nogil:
    """Return all before the first ':', or the whole line where there is none."""
    return Span(line.start, line.colon)


cdef bint may_have_tags(
    const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Tell whether one of , ; # [ may be in [start, end).

    False is certain, True is not. Eight bytes at a time, tested are bytes below 0x2D,
    which takes in '#' and ',', and bytes that are 0x7B once 0x60 is set: ';' and '['.
    The two tests of a word are from graphics.stanford.edu/~seander/bithacks.html,
    "hasless" and "haszero".
    """
    cdef const unsigned char *at = start
    cdef uint64_t found = 0
    if end - start < 8:
        return True
    while end - at > 8:
        found |= tag_bytes(read_word(at))
        at += 8
    return (found | tag_bytes(read_word(end - 8))) != 0


cdef inline uint64_t read_word(const unsigned char *at) noexcept nogil:
    """Read eight bytes at any alignment; their order does not matter here."""
    cdef uint64_t word = 0
    memcpy(&word, at, 8)
    return word


cdef inline uint64_t tag_bytes(uint64_t word) noexcept nogil:
    """Return a word that is not 0 if a byte of `word` passes one of the tests above."""
    # A byte of this word is 0 where `word` has ';' or '['.
    cdef uint64_t zeroed = (word | (EACH_BYTE * 0x60)) ^ (EACH_BYTE * 0x7B)
    cdef uint64_t low = (word - EACH_BYTE * 0x2D) & ~word
    return (low | ((zeroed - EACH_BYTE) & ~zeroed)) & (EACH_BYTE * 0x80)


cdef Span up_to(
    const unsigned char *start, const unsigned char *end, unsigned char byte
) noexcept nogil:
    """Return [start, the first such byte), or [start, end) where there is none."""
    cdef const unsigned char *found
    found = <const unsigned char *> memchr(start, byte, end - start)
    if found == NULL:
        found = end
    return Span(start, found)


cdef Span event_key(const Event *event, const unsigned char *end) noexcept nogil:
    """Return the first non-empty `k:` field of an event, else its title."""
    cdef const unsigned char *at = event.fields
    cdef Span field
    while at < end:                       # `at` stands on the '|' before a field
        field = up_to(at + 1, end, c'|')
        if field.end - field.start > 2 and memcmp(field.start, b"k:", 2) == 0:
            return Span(field.start + 2, field.end)
        at = field.end
    return Span(event.title, event.title_end)


cdef Span ungrouped_name(
    const unsigned char *start,
    const unsigned char *bracket,
    const unsigned char *colon,
    Scratch *scratch,
) noexcept nogil:
    """Return the name [start, colon) without its `[...]` group.

    A '[' that nothing closes is a byte like any other.
    """
    cdef const unsigned char *closing = up_to(bracket, colon, c']').end
    cdef bint is_group = closing < colon
    cdef const unsigned char *rest = closing + 1 if is_group else bracket
    cdef const unsigned char *at = rest
    cdef size_t head = bracket - start
    while at < colon and at[0] != c',' and at[0] != c';' and at[0] != c'#':
        at += 1
    if not is_group:
        return Span(start, at)
    memcpy(&scratch.bytes[0], start, head)
    memcpy(&scratch.bytes[head], rest, at - rest)
    return Span(&scratch.bytes[0], &scratch.bytes[head + (at - rest)])


cdef size_t cut_tags(
    const Line *line, const unsigned char *at, Span *pieces
) noexcept nogil:
    """Cut [at, first ':' after it) at commas; return how many pieces there are.

    Without a ':' the piece that no comma closes does not count. Source: the proxy named
    above adds a piece when it meets the ',' or ':' behind it.
    """
    cdef const unsigned char *colon = up_to(at, line.end, c':').end
    cdef size_t count = 0
    cdef Span piece
    while True:
        piece = up_to(at, colon, c',')
        if piece.end == line.end:
            return count
        pieces[count] = piece
        count += 1
        if piece.end == colon:
            return count
        at = piece.end + 1


cdef void sort_spans(Span *spans, size_t count) noexcept nogil:
    """Sort by bytes, in place, without allocation.

    Shell's sort, an insertion sort for up to four spans. Gaps 1, 4, 13, 40, ... (Knuth,
    The Art of Computer Programming 3, 5.2.1): O(n^1.5) at worst, so that a line of
    65 000 tags is no attack.
    """
    cdef size_t gap = 1
    cdef size_t i, j
    cdef Span moving
    while gap < count // 3:
        gap = gap * 3 + 1
    while gap > 0:
        for i in range(gap, count):
            moving = spans[i]
            j = i
            while j >= gap and is_before(&moving, &spans[j - gap]):
                spans[j] = spans[j - gap]
                j -= gap
            spans[j] = moving
        gap //= 3


cdef bint is_before(const Span *one, const Span *other) noexcept nogil:
    """Tell whether one span sorts before another, by bytes; a prefix comes first."""
    cdef size_t size = one.end - one.start
    cdef size_t other_size = other.end - other.start
    cdef size_t common = size if size < other_size else other_size
    cdef int order = memcmp(one.start, other.start, common)
    return order < 0 or (order == 0 and size < other_size)


cdef Span joined(
    Span name, const Span *pieces, size_t count, unsigned char *out
) noexcept nogil:
    """Write the name, then ',' and a piece for each piece; the name may stand there."""
    cdef unsigned char *at = out
    cdef size_t i, size = name.end - name.start
    if name.start != out:
        memcpy(at, name.start, size)
    at += size
    for i in range(count):
        at[0] = c','
        size = pieces[i].end - pieces[i].start
        memcpy(at + 1, pieces[i].start, size)
        at += 1 + size
    return Span(out, at)
