# traffic: which line is the n-th of a run, and its bytes (traffic.pyx has the rules).
from libc.stdint cimport uint32_t, uint64_t

cdef enum:
    BLOCK = 32             # datagrams that one sender sends before the next one does
    QUANTILES = 4096       # pieces of the curve that names are drawn by
    RANK_BITS = 16         # fraction bits of a rank on that curve
    NAMES_MAX = 10_000_000
    PROCESSES_MAX = 64     # that send
    NO_TEXT = 0xFFFFFFFF   # no place in `texts`

cdef struct Text:
    const unsigned char *start
    size_t size            # bytes

# Immutable once it is open; the bytes stay their owner's.
cdef struct Traffic:
    uint64_t lines         # in each datagram
    uint64_t processes     # that send, a block each in turn
    uint64_t senders       # of all processes; a multiple of them
    uint64_t names         # names, or texts, that are drawn from
    bint ends_with_lf      # one more LF at the end of each datagram
    # The place of the n-th line's name, or of its text.
    uint32_t (*pick)(const Traffic *traffic, uint64_t number) noexcept nogil
    # Write the n-th line; return its bytes.
    size_t (*write_line)(
        const Traffic *traffic, uint64_t number, uint64_t sent_us, unsigned char *to
    ) noexcept nogil
    # Drawn: ranks, in 1 / 2^RANK_BITS, at equal steps of their share.
    uint64_t quantiles[QUANTILES + 1]
    # Stamped lines: head, digits of the name, ':', stamp, suffix.
    Text head
    uint32_t digits        # of the name's number
    Text *suffixes         # owned; taken by the name, in turn
    uint32_t suffix_count
    # Lines as they are given:
    Text *texts            # owned; `names` of them, each once
    uint32_t *groups       # owned; by text: which texts share a key
    uint32_t *order        # owned; the texts in the order of a file
    uint64_t order_count
    uint32_t *finder       # owned; open addressing: text + 1, or 0
    uint64_t finder_mask

cdef void close_traffic(Traffic *traffic) noexcept nogil
cdef int index_texts(Traffic *traffic) noexcept nogil
cdef uint32_t find_text(
    const Traffic *traffic, const unsigned char *start, const unsigned char *end
) noexcept nogil
cdef uint32_t pick_drawn(const Traffic *traffic, uint64_t number) noexcept nogil
cdef uint32_t pick_in_order(const Traffic *traffic, uint64_t number) noexcept nogil
cdef size_t write_stamped(
    const Traffic *traffic, uint64_t number, uint64_t sent_us, unsigned char *to
) noexcept nogil
cdef size_t write_text(
    const Traffic *traffic, uint64_t number, uint64_t sent_us, unsigned char *to
) noexcept nogil
cdef uint64_t datagram_of(
    const Traffic *traffic, uint64_t process, uint64_t turn
) noexcept nogil
cdef uint32_t sender_of(const Traffic *traffic, uint64_t number) noexcept nogil
cdef bint is_stamped(const Traffic *traffic) noexcept nogil
cdef size_t write_datagram(
    const Traffic *traffic, uint64_t datagram, uint64_t sent_us, unsigned char *to
) noexcept nogil
