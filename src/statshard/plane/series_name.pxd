# series_name: the key of the series that a line's samples go to (series_name.pyx).
from statshard.plane.key cimport KEY_BYTES_MAX, KEY_PIECES_MAX, Span
from statshard.plane.sample cimport Samples

# How keys are made; immutable once opened, any number of workers read it.
cdef struct Naming:
    bint sanitizes           # spaces, '/' and what Graphite stumbles over are replaced
    bint reads_tags          # tags in names are told from the name
    bint cuts_tags           # every ';' in a tag becomes '_', not the first only
    bint sorts               # tags by bytes, each once, and none of no bytes
    bint needs_name          # a line of which no name is left is refused
    # 1 for each byte that stands in a key as it stands in a name.
    unsigned char[256] plain

# Room for keys that are not one run of the line's own bytes: no key is longer than its
# line, nor are its tags.  One per worker; pages are resident only once written.
cdef struct NameRoom:
    unsigned char[KEY_BYTES_MAX] key
    unsigned char[KEY_BYTES_MAX] tags
    Span[KEY_PIECES_MAX] pieces       # the tags of the key, as they stand in `tags`
    size_t count                      # how many of them there are yet
    unsigned char *free               # where the next one goes

cdef int open_naming(Naming *naming, str compat, bint sanitizes) except -1
cdef Span series_name(
    const Samples *samples, const Naming *naming, NameRoom *room
) noexcept nogil
