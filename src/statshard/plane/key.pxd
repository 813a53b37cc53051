# key: the bytes of a line that are hashed (key.pyx has the rules).
from libc.stdint cimport uint16_t

from statshard.plane.line cimport Line

cdef struct Span:
    const unsigned char *start
    const unsigned char *end

cdef enum:
    KEY_BYTES_MAX = 65536     # no line is longer than a datagram
    KEY_PIECES_MAX = 65536    # each tag has at least its comma
    POSITIONS_MAX = 65536     # of backends

# Room for keys that are not one run of the line's own bytes, and for what else a
# placement has to write down.  One per worker; pages are resident only once written.
cdef struct Scratch:
    unsigned char bytes[KEY_BYTES_MAX]      # a key
    unsigned char tags[KEY_BYTES_MAX]       # its tags, one behind the other
    Span pieces[KEY_PIECES_MAX]             # each of them
    uint16_t order[POSITIONS_MAX]           # of sdbm's walk; all 0 between two walks
    uint16_t swapped[POSITIONS_MAX]         # what that walk has swapped

ctypedef Span (*KeyOf)(const Line *line, Scratch *scratch) noexcept nogil

cdef Scratch *open_scratch() noexcept nogil
cdef void close_scratch(Scratch *scratch) noexcept nogil
cdef Span name_key(const Line *line, Scratch *scratch) noexcept nogil
cdef Span embedded_key(const Line *line, Scratch *scratch) noexcept nogil
cdef Span raw_key(const Line *line, Scratch *scratch) noexcept nogil

# Parts that other keys are made of.
cdef Span up_to(
    const unsigned char *start, const unsigned char *end, unsigned char byte
) noexcept nogil
cdef void sort_spans(Span *spans, size_t count) noexcept nogil
cdef Span joined(
    Span name, const Span *pieces, size_t count, unsigned char *out
) noexcept nogil
