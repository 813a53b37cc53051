"""Series' names: the key of the series that a line's samples go to.

                                    strict                etsy
    a b/c*:1|c                      a_b-c                 a_b-c
    a:1|c|#k:v,bare                 a;bare;k=v            a;k=v;bare
    a:1|c|#b:2,a:1,b:2              a;a=1;b=2             a;b=2;a=1;b=2
    a,k=v:1|c    a#k=v:1|c          a;k=v                 ak=v
    a[k=v]b:1|c                     ab;k=v                ak=vb

A name, then ";tag" for each tag, in which the first ":" has become "=". Sanitising
makes "_" of a run of spaces and "-" of "/", and deletes what then is none of A-Z a-z
0-9 _ . ; = -.

strict   Tags in the name are tags: behind its first "," ";" or "#", and in a "[...]"
         group before those, each of the three parts them. The name without them is the
         proxy's (`name_key`). All tags are sorted by bytes, each once, none empty; no
         ";" is left in one. The same tags in any order are one series.
etsy     Tags in the name are bytes like any others. Order and repetitions are the
         sender's; of a tag the first ";" becomes "_".

A plain name without tags is the line's own bytes, which is nearly every one. All else
is put together in the room: key and tags are no longer than their line, because every
";" takes the place of a byte. Source of etsy: statsd/statsd, stats.js. Must not know:
kernel, tables, what samples do.
"""
from libc.string cimport memchr, memcmp, memcpy

from statshard.plane.grammar cimport find_compat
from statshard.plane.javascript cimport space_size
from statshard.plane.key cimport Span, sort_spans, up_to
from statshard.plane.sample cimport Samples

# What sanitising makes of a byte: 0 deletes it.
cdef unsigned char[256] CLEAN
mark_each(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.;=-", CLEAN)
CLEAN[c'/'] = c'-'

# Where a run of bytes ends, by what it is a run of: not 0 for each such byte.
cdef unsigned char[256] NAME_ENDS     # a name's first bytes
cdef unsigned char[256] PART_ENDS     # what stands behind a group; a tag in a name
cdef unsigned char[256] TAG_ENDS      # a tag behind "|#"
mark_each(b",;#[", NAME_ENDS)
mark_each(b",;#", PART_ENDS)
mark_each(b",", TAG_ENDS)


cdef Span series_name(
    const Samples *samples, const Naming *naming, NameRoom *room
) noexcept nogil:
    """Return the key of a line's series, by its opened samples.

    It lies in the line or in the room, until that is used again. Its start is NULL
    where a name is needed and none is left: the line is refused (NO_NAME).
    """
    if samples.tags == NULL and is_plain(samples.name, samples.name_end, naming):
        return Span(samples.name, samples.name_end)
    return built_name(samples, naming, room)


cdef inline bint is_plain(
    const unsigned char *at, const unsigned char *end, const Naming *naming
) noexcept nogil:
    """Tell whether each byte of a name stands in a key as it is."""
    cdef unsigned char each = 1
    while at < end:
        each &= naming.plain[at[0]]
        at += 1
    return each


cdef Span built_name(
    const Samples *samples, const Naming *naming, NameRoom *room
) noexcept nogil:
    """Put a key together in the room."""
    cdef Span name = Span(samples.name, samples.name_end)
    cdef unsigned char *end
    room.free = &room.tags[0]
    room.count = 0
    if naming.reads_tags:
        end = split_name(name, naming, room)
    else:
        end = copied(name, &room.key[0])
    if naming.sanitizes:
        end = sanitized(&room.key[0], end)
    if naming.needs_name and end == &room.key[0]:
        return Span(NULL, NULL)
    if samples.tags < samples.tags_end:
        take_tags(Span(samples.tags, samples.tags_end), TAG_ENDS, naming, room)
    if naming.sorts:
        sort_spans(&room.pieces[0], room.count)
        drop_repeats(room)
    return Span(&room.key[0], joined(end, room))


cdef unsigned char *split_name(
    Span name, const Naming *naming, NameRoom *room
) noexcept nogil:
    """Write a name without the tags in it, and take those; return where it ends.

    A '[' that nothing closes is a byte like any other.
    """
    cdef Span head = up_to_one(name.start, name.end, NAME_ENDS)
    cdef Span rest = Span(head.end, name.end)
    cdef Span group
    cdef unsigned char *out = copied(head, &room.key[0])
    if head.end < name.end and head.end[0] == c'[':
        group = up_to(head.end + 1, name.end, c']')
        if group.end < name.end:
            take_tags(group, PART_ENDS, naming, room)
            rest.start = group.end + 1
    rest = up_to_one(rest.start, name.end, PART_ENDS)
    out = copied(rest, out)
    if rest.end < name.end:
        take_tags(Span(rest.end + 1, name.end), PART_ENDS, naming, room)
    return out


cdef void take_tags(
    Span tags, const unsigned char *ends, const Naming *naming, NameRoom *room
) noexcept nogil:
    """Take the tags that stand in a span, each up to one of the bytes `ends`."""
    cdef Span tag = up_to_one(tags.start, tags.end, ends)
    take_tag(tag, naming, room)
    while tag.end < tags.end:
        tag = up_to_one(tag.end + 1, tags.end, ends)
        take_tag(tag, naming, room)


cdef void take_tag(Span tag, const Naming *naming, NameRoom *room) noexcept nogil:
    """Write a tag to the room as it stands in keys."""
    cdef unsigned char *start = room.free
    cdef unsigned char *end = copied(tag, start)
    cdef unsigned char *found
    found = <unsigned char *> memchr(start, c':', end - start)
    if found != NULL:
        found[0] = c'='
    found = <unsigned char *> memchr(start, c';', end - start)
    while found != NULL:
        found[0] = c'_'
        if not naming.cuts_tags:
            break
        found = <unsigned char *> memchr(found, c';', end - found)
    if naming.sanitizes:
        end = sanitized(start, end)
    if end > start or not naming.sorts:
        room.pieces[room.count] = Span(start, end)
        room.count += 1
        room.free = end


cdef unsigned char *sanitized(
    unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Sanitise [start, end) in place; return where it ends then."""
    cdef const unsigned char *at = start
    cdef unsigned char *out = start
    cdef size_t size
    while at < end:
        if CLEAN[at[0]] != 0:             # no space begins with a byte that stays
            out[0] = CLEAN[at[0]]
            out += 1
            at += 1
            continue
        size = space_size(at, end)
        if size > 0:
            out[0] = c'_'
            out += 1
        else:
            at += 1                       # deleted
        while size > 0:
            at += size
            size = space_size(at, end)
    return out


cdef void drop_repeats(NameRoom *room) noexcept nogil:
    """Keep one of each tag; they are sorted."""
    cdef size_t i, kept = 0
    for i in range(room.count):
        if kept > 0 and are_equal(&room.pieces[i], &room.pieces[kept - 1]):
            continue
        room.pieces[kept] = room.pieces[i]
        kept += 1
    room.count = kept


cdef bint are_equal(const Span *one, const Span *other) noexcept nogil:
    """Tell whether two spans hold the same bytes."""
    cdef size_t size = one.end - one.start
    return size == <size_t> (other.end - other.start) and (
        memcmp(one.start, other.start, size) == 0
    )


cdef unsigned char *joined(unsigned char *out, const NameRoom *room) noexcept nogil:
    """Write ';' and the tag for each tag; return where the key ends."""
    cdef size_t i
    for i in range(room.count):
        out[0] = c';'
        out = copied(room.pieces[i], out + 1)
    return out


cdef unsigned char *copied(Span span, unsigned char *out) noexcept nogil:
    """Write a span; return where it ends."""
    cdef size_t size = span.end - span.start
    memcpy(out, span.start, size)
    return out + size


cdef Span up_to_one(
    const unsigned char *start, const unsigned char *end, const unsigned char *ends
) noexcept nogil:
    """Return [start, the first of the bytes `ends`), or [start, end) without one."""
    cdef const unsigned char *at = start
    while at < end and ends[at[0]] == 0:
        at += 1
    return Span(start, at)


cdef void mark_each(const char *letters, unsigned char *table) noexcept nogil:
    """Let each letter stand for itself in a table."""
    cdef const unsigned char *at = <const unsigned char *> letters
    while at[0] != 0:
        table[at[0]] = at[0]
        at += 1


# === The table of namings ===


cdef struct NamingRow:
    bint reads_tags
    bint cuts_tags
    bint sorts
    bint needs_name

# In the order of COMPATS (grammar.pyx).
cdef NamingRow[2] ROWS
ROWS[0] = NamingRow(reads_tags=True, cuts_tags=True, sorts=True, needs_name=True)
ROWS[1] = NamingRow(reads_tags=False, cuts_tags=False, sorts=False, needs_name=False)


cdef int open_naming(Naming *naming, str compat, bint sanitizes) except -1:
    """Set how keys are made; raises ValueError for a `compat` without a row."""
    cdef NamingRow *row = &ROWS[find_compat(compat)]
    naming.sanitizes = sanitizes
    naming.reads_tags = row.reads_tags
    naming.cuts_tags = row.cuts_tags
    naming.sorts = row.sorts
    naming.needs_name = row.needs_name
    for byte in range(256):
        naming.plain[byte] = (
            (not sanitizes or (byte != 0 and CLEAN[byte] == byte))
            and not (row.reads_tags and NAME_ENDS[byte] != 0)
        )
    return 0
