# packer: lines into datagrams (packer.pyx has the rules and the drawing).
from libc.stdint cimport uint32_t

cdef enum:
    DATAGRAM_MAX = 65535    # bytes: no UDP datagram is longer
    DEPTH_MAX = 64          # datagrams that one link packs before it sends

cdef struct Packed:
    size_t start         # offset of the datagram's first byte
    size_t size          # bytes
    uint32_t lines

# Owned and written by one worker.
cdef struct Packer:
    unsigned char *bytes
    size_t capacity      # bytes
    size_t used          # bytes
    size_t limit         # bytes of a datagram of several lines
    Packed *datagrams    # the last one is open
    uint32_t count       # datagrams begun
    uint32_t depth       # datagrams that there is room for
    uint32_t lines       # in all of them

cdef int open_packer(Packer *packer, size_t limit) noexcept nogil
cdef void close_packer(Packer *packer) noexcept nogil
cdef bint append_line(
    Packer *packer, const unsigned char *start, const unsigned char *end
) noexcept nogil
cdef void clear_packer(Packer *packer) noexcept nogil
cdef size_t cut_datagram(
    const unsigned char *start, size_t size, size_t limit, uint32_t *lines
) noexcept nogil
