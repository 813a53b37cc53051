"""Traffic: which line is the n-th of a run, who sends it, and what its bytes are.

    number n --> datagram n / lines --> block b = datagram / 32
             --> sender b modulo senders, of the process b modulo processes
             --> name: drawn by the bits of n, or the n-th of a file
             --> bytes: stamped   head | digits of the name | : | stamp | suffix
                        given     the text, as it is

All of it follows from the number, so a receiver that reads the number knows the whole
line and compares it byte for byte. Nothing here changes once a traffic is open, so any
thread may ask. Must not know: sockets, clocks (the time of sending is handed in).
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy

from statshard.plane.hash cimport xxh64
from statshard.plane.stamp cimport STAMP_SIZE, Stamp, write_digits, write_stamp
from statshard.plane.sys.literals cimport PRIME_1, PRIME_2


cdef void close_traffic(Traffic *traffic) noexcept nogil:
    """Free what a traffic owns."""
    free(traffic.suffixes)
    free(traffic.texts)
    free(traffic.groups)
    free(traffic.order)
    free(traffic.finder)


cdef int index_texts(Traffic *traffic) noexcept nogil:
    """Make the index by which a text is found; return 0, or -1 without memory."""
    cdef uint64_t size = 16
    cdef uint64_t slot
    cdef uint32_t i
    while size < 2 * traffic.names:
        size *= 2
    traffic.finder_mask = size - 1
    traffic.finder = <uint32_t *> calloc(size, sizeof(uint32_t))
    if traffic.finder == NULL:
        return -1
    for i in range(traffic.names):
        slot = hash_text(traffic.texts[i].start, traffic.texts[i].size)
        while traffic.finder[slot & traffic.finder_mask] != 0:
            slot += 1
        traffic.finder[slot & traffic.finder_mask] = i + 1
    return 0


cdef uint32_t find_text(
    const Traffic *traffic, const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Return the place of a text, or NO_TEXT."""
    cdef size_t size = end - start
    cdef uint64_t slot = hash_text(start, size)
    cdef const Text *text
    cdef uint32_t found
    while True:
        found = traffic.finder[slot & traffic.finder_mask]
        if found == 0:
            return NO_TEXT
        text = &traffic.texts[found - 1]
        if text.size == size and memcmp(text.start, start, size) == 0:
            return found - 1
        slot += 1


cdef uint64_t hash_text(const unsigned char *start, size_t size) noexcept nogil:
    """Return where the search for a text begins."""
    return xxh64(start, start + size, 0)


cdef uint32_t pick_drawn(const Traffic *traffic, uint64_t number) noexcept nogil:
    """Draw a name by the bits of a number.

    Between two quantiles the curve is taken as straight.
    """
    cdef uint64_t bits = mixed(number)
    cdef uint64_t piece = bits >> 52
    cdef uint64_t low = traffic.quantiles[piece]
    cdef uint64_t width = traffic.quantiles[piece + 1] - low
    cdef uint64_t fraction = bits >> 30 & 0x3FFFFF    # 22 bits below the 12 of piece
    return (low + (width * fraction >> 22)) >> RANK_BITS


cdef uint32_t pick_in_order(const Traffic *traffic, uint64_t number) noexcept nogil:
    """Return the text of a number: the file, from its first line on, again and again.
    """
    return traffic.order[number % traffic.order_count]


cdef size_t write_stamped(
    const Traffic *traffic, uint64_t number, uint64_t sent_us, unsigned char *to
) noexcept nogil:
    """Write a line that carries its number and time; return its bytes."""
    cdef uint32_t name = traffic.pick(traffic, number)
    cdef const Text *suffix = &traffic.suffixes[name % traffic.suffix_count]
    cdef unsigned char *at = to
    memcpy(at, traffic.head.start, traffic.head.size)
    at += traffic.head.size
    write_digits(at, name, traffic.digits)
    at += traffic.digits
    at[0] = c':'
    write_stamp(at + 1, Stamp(number, sent_us))
    at += 1 + STAMP_SIZE
    memcpy(at, suffix.start, suffix.size)
    return at + suffix.size - to


cdef size_t write_text(
    const Traffic *traffic,
    uint64_t number,
    uint64_t sent_us,    # no part of it
    unsigned char *to,
) noexcept nogil:
    """Write a line as it was given; return its bytes."""
    cdef const Text *text = &traffic.texts[traffic.pick(traffic, number)]
    memcpy(to, text.start, text.size)
    return text.size


cdef uint64_t datagram_of(
    const Traffic *traffic, uint64_t process, uint64_t turn
) noexcept nogil:
    """Return the number of a process's datagram, by its turn there, from 0."""
    cdef uint64_t block = turn // BLOCK * traffic.processes + process
    return block * BLOCK + turn % BLOCK


cdef uint32_t sender_of(const Traffic *traffic, uint64_t number) noexcept nogil:
    """Return which sender sends a line."""
    return number // traffic.lines // BLOCK % traffic.senders


cdef bint is_stamped(const Traffic *traffic) noexcept nogil:
    """Tell whether the lines carry their numbers."""
    return traffic.texts == NULL


cdef size_t write_datagram(
    const Traffic *traffic, uint64_t datagram, uint64_t sent_us, unsigned char *to
) noexcept nogil:
    """Write the lines of a datagram, by its number; return its bytes.

    One LF more than those may be written behind it.
    """
    cdef uint64_t first = datagram * traffic.lines
    cdef unsigned char *at = to
    cdef uint64_t i
    for i in range(traffic.lines):
        at += traffic.write_line(traffic, first + i, sent_us, at)
        at[0] = c'\n'
        at += 1
    return at - to - (0 if traffic.ends_with_lf else 1)


cdef inline uint64_t mixed(uint64_t number) noexcept nogil:
    """Scatter a number over 64 bits: the last steps of XXH64."""
    number = (number + 1) * PRIME_1
    number = (number ^ (number >> 33)) * PRIME_2
    number = (number ^ (number >> 29)) * PRIME_1
    return number ^ (number >> 32)
