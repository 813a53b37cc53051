"""Packer: lines, in their order, into datagrams of at most `limit` bytes.

    bytes  |gorets:1|c LF glork:3|ms|a:1|c LF b:1|c LF c:1|c|              |
            ^ datagram 0 (closed)    ^ datagram 1 (open)     ^ used        ^ capacity

A line joins the open datagram if that, an LF and the line fit within the limit;
otherwise it opens the next one. A line longer than the limit has a datagram to itself.
Nothing overshoots: the check comes before the append. Must not know: sockets, backends,
time.
"""
from libc.stdint cimport uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcpy


cdef int open_packer(Packer *packer, size_t limit) noexcept nogil:
    """Allocate room for some datagrams of `limit` bytes, and for any single one.

    Return 0, or -1 without memory.
    """
    cdef size_t wanted = min(limit * DEPTH_MAX, <size_t> 2 * DATAGRAM_MAX)
    packer.limit = limit
    packer.depth = DEPTH_MAX
    packer.capacity = max(<size_t> DATAGRAM_MAX, wanted)
    packer.bytes = <unsigned char *> malloc(packer.capacity)
    packer.datagrams = <Packed *> malloc(DEPTH_MAX * sizeof(Packed))
    clear_packer(packer)
    return -1 if packer.bytes == NULL or packer.datagrams == NULL else 0


cdef void close_packer(Packer *packer) noexcept nogil:
    """Free what open_packer allocated."""
    free(packer.bytes)
    free(packer.datagrams)
    packer.bytes = NULL
    packer.datagrams = NULL


cdef bint append_line(
    Packer *packer, const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Take a line of at most DATAGRAM_MAX bytes; False where there is no room.

    Then send, clear, and call again.
    """
    cdef size_t size = end - start
    cdef Packed *last
    if packer.count > 0:
        last = &packer.datagrams[packer.count - 1]
        if last.size + 1 + size <= packer.limit:
            packer.bytes[packer.used] = c'\n'
            memcpy(packer.bytes + packer.used + 1, start, size)
            packer.used += 1 + size
            last.size += 1 + size
            last.lines += 1
            packer.lines += 1
            return True
    # Room for a whole datagram, so that the open one can always grow to the limit.
    if packer.count == packer.depth:
        return False
    if packer.used + max(size, packer.limit) > packer.capacity:
        return False
    packer.datagrams[packer.count] = Packed(packer.used, size, 1)
    memcpy(packer.bytes + packer.used, start, size)
    packer.used += size
    packer.count += 1
    packer.lines += 1
    return True


cdef void clear_packer(Packer *packer) noexcept nogil:
    """Forget all datagrams."""
    packer.used = 0
    packer.count = 0
    packer.lines = 0


cdef size_t cut_datagram(
    const unsigned char *start, size_t size, size_t limit, uint32_t *lines
) noexcept nogil:
    """Return how many bytes of a packed datagram go first under a smaller limit.

    They are whole lines, counted in `lines`: at least one, though it be longer. What
    follows those bytes is an LF, or nothing.
    """
    cdef const unsigned char *end = start + size
    cdef const unsigned char *cut = start
    cdef const unsigned char *stop
    lines[0] = 0
    while cut < end:
        stop = cut + 1 if lines[0] > 0 else cut
        stop = <const unsigned char *> memchr(stop, c'\n', end - stop)
        if stop == NULL:
            stop = end
        if lines[0] > 0 and <size_t> (stop - start) > limit:
            break
        lines[0] += 1
        cut = stop
    return cut - start
