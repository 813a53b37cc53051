"""Link: one worker's way to one backend.

Every line that is given to it is forwarded, waits, or is dropped by reason.

    forward_line -> packer --flush--> kernel              while the backend takes it
                           `--------> waiting -> kernel   while it does not: first in,
                                                          first out

What an error of a send means here (udp(7), ip(7)); the socket has IP_RECVERR, so that
ENOBUFS is told at all:
  EAGAIN ENOBUFS ENOMEM     it cannot take it now: the datagram waits
  ECONNREFUSED              the echo of an earlier datagram: count it, send the same one
                            again
  EMSGSIZE                  the path has become narrower: cut at line ends; one longer
                            line goes alone, in fragments
  EHOSTUNREACH and others   perhaps an echo: send once more; a second time it is dropped
                            as unreachable

Must not know: which lines come here and why, clocks (the time is handed in).
"""
from libc.errno cimport EAGAIN, ECONNREFUSED, EMSGSIZE, ENOBUFS, ENOMEM
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memset

from statshard.plane.batch cimport (
    Datagram,
    Outbox,
    put_datagram,
    send,
    take_refusals,
)
from statshard.plane.counters cimport (
    EXPIRED,
    QUEUE_FULL,
    SHUTDOWN,
    TOO_LONG,
    UNREACHABLE,
    LinkCounters,
    Reason,
)
from statshard.plane.kernel cimport Kernel
from statshard.plane.packer cimport (
    DEPTH_MAX,
    append_line,
    clear_packer,
    close_packer,
    cut_datagram,
    open_packer,
)
from statshard.plane.waiting cimport (
    close_waiting,
    expire_waiting,
    list_waiting,
    open_waiting,
    pop_waiting,
    push_waiting,
    trim_front,
)

cdef enum:
    LINE_MAX_IPV4 = 65_507          # bytes: 65 535 less the headers of IPv4 and UDP
    LINE_MAX_IPV6 = 65_527          # bytes: 65 535 less that of UDP
    HEADERS_IPV4 = 28               # bytes of IPv4 and UDP headers
    HEADERS_IPV6 = 48               # bytes of IPv6 and UDP headers
    # Tries in a row, before a datagram waits rather than be sent again.
    # How long a waiting datagram takes in later lines, at most.
    JOIN_NS = 1_000_000_000
    FAILURES_MAX = 16
    # How long the kernel keeps a path MTU (ip-sysctl, mtu_expires).
    NARROW_NS = 600_000_000_000

# What to do after a send that failed.
cdef enum Verdict:
    SEND_AGAIN
    LET_WAIT
    DROP_TOO_LONG
    DROP_UNREACHABLE

# What was tried with the datagram at the front.
cdef struct Attempt:
    int error             # of the last try, 0 for none
    uint32_t failures     # in a row
    # The kernel may cut it: EMSGSIZE came, and the path is no narrower than we knew.
    bint in_fragments


cdef int open_link(
    Link *link,
    const LinkSettings *settings,
    const Kernel *kernel,
    Outbox *outbox,
    LinkCounters *counters,
) noexcept nogil:
    """Set up a link on a connected socket, which stays the caller's.

    Return 0, or -1 without memory.
    """
    memset(link, 0, sizeof(Link))
    link.kernel = kernel
    link.outbox = outbox
    link.counters = counters
    link.fd = settings.fd
    link.is_ipv6 = settings.is_ipv6
    link.max_payload = link.limit = settings.max_payload
    link.queue_age_ns = settings.queue_age_ns
    open_waiting(
        &link.waiting,
        settings.queue_bytes,
        min(<uint64_t> JOIN_NS, settings.queue_age_ns // 8),
    )
    return open_packer(&link.packer, settings.max_payload)


cdef void close_link(Link *link) noexcept nogil:
    """Free what open_link allocated."""
    close_packer(&link.packer)
    close_waiting(&link.waiting)


cdef void forward_line(
    Link *link, const unsigned char *start, const unsigned char *end, uint64_t now_ns
) noexcept nogil:
    """Take one carried line: it is packed, and sent once the packer is full."""
    if end - start > (LINE_MAX_IPV6 if link.is_ipv6 else LINE_MAX_IPV4):
        link.counters.dropped_lines[TOO_LONG] += 1
        return
    if not append_line(&link.packer, start, end):
        flush_link(link, now_ns)
        append_line(&link.packer, start, end)


cdef void flush_link(Link *link, uint64_t now_ns) noexcept nogil:
    """Send all that is packed, behind what waits; the packer is empty afterwards."""
    cdef Datagram datagrams[DEPTH_MAX]
    cdef uint32_t count = link.packer.count
    cdef uint32_t done = 0
    cdef uint32_t i
    if link.limit < link.max_payload and now_ns - link.narrowed_ns > NARROW_NS:
        link.limit = link.max_payload
    for i in range(count):
        datagrams[i] = Datagram(
            link.packer.bytes + link.packer.datagrams[i].start,
            link.packer.datagrams[i].size,
            link.packer.datagrams[i].lines,
        )
    if link.waiting.count == 0 or send_waiting(link, now_ns):
        done = deliver(link, datagrams, count, now_ns)
    for i in range(done, count):
        link.counters.dropped_lines[QUEUE_FULL] += push_waiting(
            &link.waiting, &datagrams[i], link.limit, now_ns
        )
    clear_packer(&link.packer)
    link.packer.limit = link.limit


cdef void abandon_waiting(Link *link) noexcept nogil:
    """Drop what still waits, because the proxy has to stop; count the last refusals."""
    link.counters.dropped_lines[SHUTDOWN] += link.waiting.lines
    close_waiting(&link.waiting)
    link.counters.refused_datagrams += take_refusals(link.kernel, link.fd)


cdef bint is_waiting(const Link *link) noexcept nogil:
    """Tell whether something waits for this backend."""
    return link.waiting.count > 0


cdef bint send_waiting(Link *link, uint64_t now_ns) noexcept nogil:
    """Send what waits, the oldest first; True where nothing is left of it."""
    cdef Datagram datagrams[DEPTH_MAX]
    cdef uint32_t listed, done
    link.counters.dropped_lines[EXPIRED] += expire_waiting(
        &link.waiting, link.queue_age_ns, now_ns
    )
    while link.waiting.count > 0:
        listed = list_waiting(&link.waiting, datagrams, DEPTH_MAX)
        done = deliver(link, datagrams, listed, now_ns)
        for _ in range(done):
            pop_waiting(&link.waiting)
        if done < listed:
            settle_front(link, &datagrams[done])
            return False
    return True


cdef void settle_front(Link *link, const Datagram *rest) noexcept nogil:
    """Trim the oldest datagram to what `deliver` has left of it."""
    cdef Datagram front
    list_waiting(&link.waiting, &front, 1)
    trim_front(&link.waiting, rest.start - front.start, front.lines - rest.lines)


cdef uint32_t deliver(
    Link *link, Datagram *datagrams, uint32_t count, uint64_t now_ns
) noexcept nogil:
    """Send datagrams in order until all are settled or one has to wait.

    Return how many are settled: the kernel took them, or they were dropped and counted.
    The one after those may have been sent in part: it is trimmed to its unsent lines.
    """
    cdef Datagram piece
    cdef uint32_t done = 0
    cdef Attempt attempt = Attempt(0, 0, False)
    cdef Verdict verdict
    cdef Reason reason
    cdef uint32_t run
    cdef int sent
    while done < count:
        run = put_run(link, datagrams + done, count - done, &piece)
        sent = send_run(link, run, piece.size > link.limit or attempt.in_fragments)
        if sent > 0:
            count_forwarded(link, &piece, datagrams + done, sent)
            done += sent - 1 + cut_front(&datagrams[done], &piece)
            attempt = Attempt(0, 0, False)
            continue
        verdict = judge_error(link, -sent, &piece, &attempt, now_ns)
        if verdict == LET_WAIT:
            break
        if verdict == DROP_TOO_LONG or verdict == DROP_UNREACHABLE:
            reason = TOO_LONG if verdict == DROP_TOO_LONG else UNREACHABLE
            link.counters.dropped_lines[reason] += piece.lines
            done += cut_front(&datagrams[done], &piece)
            attempt = Attempt(0, 0, False)
    return done


cdef uint32_t put_run(
    Link *link, const Datagram *datagrams, uint32_t count, Datagram *piece
) noexcept nogil:
    """Lay out one call; return how many datagrams it sends.

    The leading datagrams that fit the limit, or else the first piece of the first one.
    `piece` is what goes first.
    """
    cdef uint32_t run = 1
    piece[0] = datagrams[0]
    if piece.size > link.limit:
        piece.size = cut_datagram(
            datagrams[0].start, datagrams[0].size, link.limit, &piece.lines
        )
        put_datagram(link.outbox, 0, piece.start, piece.size)
        return 1
    put_datagram(link.outbox, 0, piece.start, piece.size)
    while run < count and datagrams[run].size <= link.limit:
        put_datagram(link.outbox, run, datagrams[run].start, datagrams[run].size)
        run += 1
    return run


cdef int send_run(Link *link, uint32_t run, bint in_fragments) noexcept nogil:
    """Send what is laid out; return as `send` does.

    Count what the network refused of earlier datagrams.
    """
    cdef int sent
    cdef uint32_t refused
    if in_fragments:
        link.kernel.allow_fragments(link.fd, link.is_ipv6, True)
    sent = send(link.kernel, link.fd, link.outbox, run)
    if in_fragments:
        link.kernel.allow_fragments(link.fd, link.is_ipv6, False)
    if sent < <int> run:
        # Where it stopped short, the kernel has swallowed the error; its queue tells.
        refused = take_refusals(link.kernel, link.fd)
        refused = max(refused, <uint32_t> (sent == -ECONNREFUSED))
        link.counters.refused_datagrams += refused
    return sent


cdef Verdict judge_error(
    Link *link, int error, const Datagram *piece, Attempt *attempt, uint64_t now_ns
) noexcept nogil:
    """Say what to do with a piece whose send failed.

    By the error, and by what was tried with it before. Error 0: nothing was sent.
    """
    cdef int before = attempt.error
    attempt.error = error
    attempt.failures += 1
    if attempt.failures > FAILURES_MAX:
        return LET_WAIT
    if error == EAGAIN or error == ENOBUFS or error == ENOMEM or error == 0:
        return LET_WAIT
    if error == ECONNREFUSED:
        return SEND_AGAIN
    if error == EMSGSIZE:
        if narrow_path(link, now_ns) and piece.size > link.limit:
            attempt.error = 0
            return SEND_AGAIN
        if attempt.in_fragments or piece.size > link.limit:
            if piece.lines == 1:
                return DROP_TOO_LONG
            # Nobody says how much the path takes: try half of it.
            link.limit = piece.size // 2
            link.narrowed_ns = now_ns
            attempt[0] = Attempt(0, 0, False)
            return SEND_AGAIN
        attempt.in_fragments = True
        return SEND_AGAIN
    return DROP_UNREACHABLE if error == before else SEND_AGAIN


cdef bint narrow_path(Link *link, uint64_t now_ns) noexcept nogil:
    """Lower the limit to the path MTU that the kernel knows; False if it is no less."""
    cdef int mtu = link.kernel.path_mtu(link.fd, link.is_ipv6)
    cdef int payload = mtu - (HEADERS_IPV6 if link.is_ipv6 else HEADERS_IPV4)
    if payload <= 0 or <size_t> payload >= link.limit:
        return False
    link.limit = payload
    link.narrowed_ns = now_ns
    return True


cdef void count_forwarded(
    Link *link, const Datagram *piece, const Datagram *datagrams, int sent
) noexcept nogil:
    """Count what the kernel took: the piece, and the datagrams behind it."""
    cdef int i
    link.counters.forwarded_datagrams += sent
    link.counters.forwarded_lines += piece.lines
    link.counters.forwarded_bytes += piece.size
    for i in range(1, sent):
        link.counters.forwarded_lines += datagrams[i].lines
        link.counters.forwarded_bytes += datagrams[i].size


cdef uint32_t cut_front(Datagram *datagram, const Datagram *piece) noexcept nogil:
    """Take the settled piece, and the LF behind it, off a datagram.

    Return 1 where nothing is left of it, else 0.
    """
    if piece.size == datagram.size:
        return 1
    datagram.start += piece.size + 1
    datagram.size -= piece.size + 1
    datagram.lines -= piece.lines
    return 0
