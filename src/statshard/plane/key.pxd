# key: the bytes of a line that are hashed (key.pyx has the rules).
from statshard.plane.line cimport Line

cdef struct Span:
    const unsigned char *start
    const unsigned char *end

cdef enum:
    KEY_BYTES_MAX = 65536     # no line is longer than a datagram
    KEY_PIECES_MAX = 65536    # each tag has at least its comma

# Room for keys that are not one run of the line's own bytes.  One per worker; pages are
# resident only once written.
cdef struct Scratch:
    unsigned char bytes[KEY_BYTES_MAX]
    Span pieces[KEY_PIECES_MAX]

ctypedef Span (*KeyOf)(const Line *line, Scratch *scratch) noexcept nogil

cdef Span name_key(const Line *line, Scratch *scratch) noexcept nogil
cdef Span embedded_key(const Line *line, Scratch *scratch) noexcept nogil

# Of the same trade, for those who read tags elsewhere.
cdef Span up_to(
    const unsigned char *start, const unsigned char *end, unsigned char byte
) noexcept nogil
cdef void sort_spans(Span *spans, size_t count) noexcept nogil
