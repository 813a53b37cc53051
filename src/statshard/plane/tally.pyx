"""Tally: each line that arrives, held against the one that was sent.

    stamped  number readable?   no --> altered (and its own number stays lost)
             begins as the names here do?   no --> foreign: another load's
             its bytes are those of that number?   no --> altered, not lost
             number seen before?  yes --> duplicated
             below the highest of its sender and name, and not misplaced (two ports
             are not read in the order of arrival)?  yes --> out_of_order
    given    a text that was sent?  no --> altered; else one more copy of it;
             `settle` compares the copies with those sent: missing ones are lost,
             more than were sent duplicated; order and delay cannot be told
    both     not on the port of the name's first line --> misplaced
             not on the port that the routing table says, if there is one --> wrong

A CR before an LF, and empty lines, are no part of lines. Must not know: sockets,
clocks (the time of arrival is handed in).
"""
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memchr, memcmp

from statshard.plane.key cimport close_scratch, open_scratch
from statshard.plane.line cimport Line, judge_line, next_line
from statshard.plane.packer cimport DATAGRAM_MAX
from statshard.plane.route cimport RoutingTable, place_line
from statshard.plane.stamp cimport (
    NUMBERS,
    STAMP_SIZE,
    WRAP_US,
    Stamp,
    read_stamp,
)
from statshard.plane.sys cimport memory
from statshard.plane.traffic cimport (
    NO_TEXT,
    Text,
    datagram_of,
    find_text,
    is_stamped,
    sender_of,
)

cdef enum:
    MISPLACED = 0x8000    # a name, seen on a second port
    EXACT_US = 128        # delays below have a bucket each; above, 64 for each doubling


cdef int open_tally(
    Tally *tally, const Traffic *traffic, const RoutingTable *table
) noexcept nogil:
    """Allocate for a traffic; return 0, or -1 without memory.

    `table` may be NULL, and has to outlive the tally.
    """
    tally.traffic = traffic
    tally.table = table
    if table != NULL:
        tally.scratch = open_scratch()
        if tally.scratch == NULL:
            return -1
    tally.homes = <uint16_t *> calloc(traffic.names, sizeof(uint16_t))
    if not is_stamped(traffic):
        tally.copies = <uint32_t *> calloc(traffic.names, sizeof(uint32_t))
        return -1 if tally.homes == NULL or tally.copies == NULL else 0
    tally.newest = <uint32_t *> calloc(
        traffic.names * traffic.senders, sizeof(uint32_t)
    )
    # Address space for all numbers; pages only where lines arrive.
    tally.seen = <unsigned char *> memory.mmap(
        NULL,
        NUMBERS // 8,
        memory.PROT_READ | memory.PROT_WRITE,
        memory.MAP_PRIVATE | memory.MAP_ANONYMOUS | memory.MAP_NORESERVE,
        -1,
        0,
    )
    if tally.seen == memory.MAP_FAILED:
        tally.seen = NULL
    if tally.homes == NULL or tally.newest == NULL or tally.seen == NULL:
        return -1
    return 0


cdef void close_tally(Tally *tally) noexcept nogil:
    """Free what open_tally allocated."""
    close_scratch(tally.scratch)
    free(tally.homes)
    free(tally.copies)
    free(tally.newest)
    if tally.seen != NULL:
        memory.munmap(tally.seen, NUMBERS // 8)


cdef void tally_datagram(
    Tally *tally,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t port,
    uint64_t at_us,
) noexcept nogil:
    """Take in a datagram that arrived at a port, by its place, at a time."""
    cdef const unsigned char *at = start
    cdef Line line
    tally.counts.datagrams += 1
    tally.counts.size += end - start
    while next_line(&at, end, &line):
        tally.counts.lines += 1
        if is_stamped(tally.traffic):
            tally_stamped(tally, &line, port, at_us)
        else:
            tally_given(tally, &line, port)


cdef void tally_stamped(
    Tally *tally, Line *line, uint32_t port, uint64_t at_us
) noexcept nogil:
    """Take in a line of stamped traffic."""
    cdef Stamp stamp
    cdef bint is_first, is_home
    if not find_stamp(line, &stamp):
        tally.counts.altered += 1
        return
    if not is_own(tally.traffic, line):
        tally.counts.foreign += 1
        return
    is_first = not has_arrived(tally, stamp.number)
    tally.seen[stamp.number >> 3] |= 1 << (stamp.number & 7)
    tally.counts.found += is_first
    if not is_whole(tally.traffic, line, &stamp):
        tally.counts.altered += 1
        return
    is_home = note_place(
        tally, tally.traffic.pick(tally.traffic, stamp.number), port
    )
    judge_place(tally, line, port)
    if not is_first:
        tally.counts.duplicated += 1
        return
    tally.counts.arrived += 1
    if is_home:
        note_order(tally, stamp.number)
    note_delay(tally, (at_us + WRAP_US - stamp.sent_us) % WRAP_US)


cdef void tally_given(Tally *tally, Line *line, uint32_t port) noexcept nogil:
    """Take in a line of traffic that was given."""
    cdef uint32_t text = find_text(tally.traffic, line.start, line.end)
    if text == NO_TEXT:
        tally.counts.altered += 1
        return
    tally.copies[text] += 1
    note_place(tally, tally.traffic.groups[text], port)
    judge_place(tally, line, port)


cdef bint find_stamp(const Line *line, Stamp *stamp) noexcept nogil:
    """Read the stamp behind a line's first colon; False where there is none."""
    cdef const unsigned char *colon
    colon = <const unsigned char *> memchr(line.start, c':', line.end - line.start)
    if colon == NULL or line.end - colon < 1 + STAMP_SIZE:
        return False
    return read_stamp(colon + 1, stamp)


cdef bint is_own(const Traffic *traffic, const Line *line) noexcept nogil:
    """Tell whether a line that has a stamp begins as the names of a traffic do."""
    cdef const Text *head = &traffic.head
    if <size_t> (line.end - line.start) < head.size:
        return False
    return memcmp(line.start, head.start, head.size) == 0


cdef bint is_whole(
    const Traffic *traffic, const Line *line, const Stamp *stamp
) noexcept nogil:
    """Tell whether a line is, byte for byte, the one that was sent as this number."""
    cdef unsigned char expected[DATAGRAM_MAX]
    cdef size_t size
    size = traffic.write_line(traffic, stamp.number, stamp.sent_us, expected)
    if size != <size_t> (line.end - line.start):
        return False
    return memcmp(expected, line.start, size) == 0


cdef bint note_place(Tally *tally, uint32_t name, uint32_t port) noexcept nogil:
    """Count a line that is not where the first of its name was; True where it is."""
    cdef uint16_t *home = &tally.homes[name]
    if home[0] == 0:
        home[0] = port + 1
    if (home[0] & ~MISPLACED) == <int> port + 1:
        return True
    tally.counts.misplaced += 1
    if not home[0] & MISPLACED:
        tally.counts.misplaced_names += 1
        home[0] |= MISPLACED
    return False


cdef void judge_place(Tally *tally, Line *line, uint32_t port) noexcept nogil:
    """Count a line that is not where the routing table says."""
    if tally.table == NULL:
        return
    judge_line(line)
    tally.counts.wrong += place_line(tally.table, line, tally.scratch) != port


cdef void note_order(Tally *tally, uint64_t number) noexcept nogil:
    """Count a line that came after a later one of its sender and name."""
    cdef const Traffic *traffic = tally.traffic
    cdef uint32_t *newest = &tally.newest[
        sender_of(traffic, number) * traffic.names + traffic.pick(traffic, number)
    ]
    if number < newest[0]:
        tally.counts.out_of_order += 1
    else:
        newest[0] = number + 1


cdef void note_delay(Tally *tally, uint64_t delay_us) noexcept nogil:
    """Count a line under its delay."""
    cdef unsigned int doublings = 0
    while delay_us >> doublings >= EXACT_US:
        doublings += 1
    tally.delays[doublings * (EXACT_US // 2) + (delay_us >> doublings)] += 1
    tally.delay_max_us = max(tally.delay_max_us, delay_us)


cdef bint has_arrived(const Tally *tally, uint64_t number) noexcept nogil:
    """Tell whether a stamped line has arrived, be it altered."""
    return tally.seen[number >> 3] >> (number & 7) & 1


cdef int settle(Tally *tally, const uint64_t *sent) noexcept nogil:
    """Compare the copies of given texts with those that were sent.

    `sent`: for each process how many datagrams, its first ones. Sets what arrived and
    what is duplicated; return 0, or -1 without memory.
    """
    cdef const Traffic *traffic = tally.traffic
    cdef uint32_t *wanted
    cdef uint64_t process, turn, number, i
    if is_stamped(traffic):
        return 0
    wanted = <uint32_t *> calloc(traffic.names, sizeof(uint32_t))
    if wanted == NULL:
        return -1
    for process in range(traffic.processes):
        for turn in range(sent[process]):
            number = datagram_of(traffic, process, turn) * traffic.lines
            for i in range(traffic.lines):
                wanted[traffic.pick(traffic, number + i)] += 1
    tally.counts.arrived = 0
    tally.counts.duplicated = 0
    for i in range(traffic.names):
        tally.counts.arrived += min(wanted[i], tally.copies[i])
        if tally.copies[i] > wanted[i]:
            tally.counts.duplicated += tally.copies[i] - wanted[i]
    tally.counts.found = tally.counts.arrived
    free(wanted)
    return 0
