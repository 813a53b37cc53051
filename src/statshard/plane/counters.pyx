"""Counters: the one table of what is counted, and the words a worker counts in.

    a worker's block

    | listener 0 | listener 1 | ... | by reason, no backend | link 0 | link 1 | ... |
      ListenerCounters                WorkerCounters          LinkCounters
                                      '-- of the duty, here: forwarding ------------'

The worker counts in plain words of its own, and at the end of each batch copies them to
the published words between two steps of a sequence number (a seqlock: Boehm, "Can
seqlocks get along with programming language memory models?", MSPC 2012). A reader
copies them out and tries again where the number was odd or has moved, so what it sees
is the state between two batches, in which the balance closes:

    received = forwarded + dropped + waiting        in lines, exact

Must not know: sockets, Python's threads, what the numbers are shown in.
"""
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free

from typing import NamedTuple

from statshard.plane.sys.atomic cimport (
    load_acquire,
    load_relaxed,
    store_release,
    store_relaxed,
)


cdef int open_block(Block *block, size_t listeners, size_t duty_words) noexcept nogil:
    """Allocate a block of zeros; 0, or -1 without memory."""
    block.duty_at = listeners * LISTENER_WORDS
    block.words = block.duty_at + duty_words
    block.sequence = 0
    block.own = <uint64_t *> calloc(block.words, sizeof(uint64_t))
    block.published = <uint64_t *> calloc(block.words, sizeof(uint64_t))
    return -1 if block.own == NULL or block.published == NULL else 0


cdef void close_block(Block *block) noexcept nogil:
    """Free what open_block allocated."""
    free(block.own)
    free(block.published)
    block.own = block.published = NULL


cdef WorkerCounters *worker_counters(Block *block) noexcept nogil:
    """Return the worker's own words for lines without a backend."""
    return <WorkerCounters *> (block.own + block.duty_at)


cdef ListenerCounters *listener_counters(Block *block, size_t index) noexcept nogil:
    """Return the worker's own words for one listener."""
    return <ListenerCounters *> (block.own + index * LISTENER_WORDS)


cdef LinkCounters *link_counters(Block *block, size_t index) noexcept nogil:
    """Return the worker's own words for one link."""
    cdef uint64_t *links = block.own + block.duty_at + WORKER_WORDS
    return <LinkCounters *> (links + index * LINK_WORDS)


cdef void publish_block(Block *block) noexcept nogil:
    """Show the worker's words to other threads. Only the worker calls this."""
    cdef uint64_t sequence = load_relaxed(&block.sequence)
    cdef size_t i
    store_relaxed(&block.sequence, sequence + 1)
    for i in range(block.words):
        # Released one by one, so that whoever sees a new word also sees the odd number:
        # no fence, which ThreadSanitizer could not follow.
        store_release(&block.published[i], block.own[i])
    store_release(&block.sequence, sequence + 2)


cdef bint read_block(Block *block, uint64_t *out) noexcept nogil:
    """Copy the published words, from any thread.

    False where the worker wrote meanwhile: call again.
    """
    cdef uint64_t sequence = load_acquire(&block.sequence)
    cdef size_t i
    if sequence & 1:
        return False
    for i in range(block.words):
        out[i] = load_acquire(&block.published[i])
    return load_relaxed(&block.sequence) == sequence


# === Python face ===

assert sizeof(WorkerCounters) == WORKER_WORDS * sizeof(uint64_t)
assert sizeof(ListenerCounters) == LISTENER_WORDS * sizeof(uint64_t)
assert sizeof(LinkCounters) == LINK_WORDS * sizeof(uint64_t)


class DropReason(NamedTuple):
    """Why a line was not forwarded: a `reason` of statshard_dropped_lines_total."""

    name: str
    at: str  # "line": no backend was chosen for it; "backend": on its way to one
    help: str


class Counter(NamedTuple):
    """One number that statshard gives of itself, under its Prometheus name."""

    name: str
    unit: str
    labels: tuple
    help: str


cdef dict _REASONS = {
    NO_COLON: DropReason(
        "no_colon", "line",
        "no ':' in the line, and it is neither event nor check",
    ),
    EMPTY_NAME: DropReason(
        "empty_name", "line",
        "nothing before the first ':'",
    ),
    BAD_EVENT: DropReason(
        "bad_event", "line",
        "starts with _e{ but is no well-formed DogStatsD event",
    ),
    BAD_CHECK: DropReason(
        "bad_check", "line",
        "starts with _sc| but is no well-formed DogStatsD service check",
    ),
    TRUNCATED: DropReason(
        "truncated", "line",
        "the cut tail of a datagram longer than the receive buffer",
    ),
    TOO_LONG: DropReason(
        "too_long", "backend",
        "a line longer than a datagram can be, or than its path takes in fragments",
    ),
    QUEUE_FULL: DropReason(
        "queue_full", "backend",
        "the oldest of more than queue_bytes that waited, or no memory to wait in",
    ),
    EXPIRED: DropReason(
        "expired", "backend",
        "waited longer than queue_age_s",
    ),
    UNREACHABLE: DropReason(
        "unreachable", "backend",
        "the kernel refused it: no route, no permission, or the like",
    ),
    SHUTDOWN: DropReason(
        "shutdown", "backend",
        "still waiting when the proxy had to stop",
    ),
}

# In the order of the enum; CARRIED has no row.
REASONS_TABLE = tuple(_REASONS[reason] for reason in range(CARRIED + 1, REASON_COUNT))

cdef tuple OF_LISTENER = ("listener",)
cdef tuple OF_BACKEND = ("group", "backend")

COUNTERS_TABLE = (
    Counter(
        "statshard_received_datagrams_total", "datagrams", OF_LISTENER,
        "Datagrams read, empty ones too.",
    ),
    Counter(
        "statshard_received_lines_total", "lines", OF_LISTENER,
        "Lines in them, refused ones too.",
    ),
    Counter(
        "statshard_receive_errors_total", "calls", OF_LISTENER,
        "Reads of the socket that failed, not for want of datagrams.",
    ),
    Counter(
        "statshard_truncated_datagrams_total", "datagrams", OF_LISTENER,
        "Datagrams longer than the 65 535 bytes that are read of one; "
        "their last, cut line is dropped as truncated.",
    ),
    Counter(
        "statshard_kernel_dropped_datagrams_total", "datagrams", OF_LISTENER,
        "Datagrams that the kernel dropped before they were read "
        "(the receive buffer was full): loss.",
    ),
    Counter(
        "statshard_forwarded_lines_total", "lines", OF_BACKEND,
        "Lines that the kernel took.",
    ),
    Counter(
        "statshard_forwarded_datagrams_total", "datagrams", OF_BACKEND,
        "Datagrams that it took.",
    ),
    Counter(
        "statshard_forwarded_bytes_total", "bytes", OF_BACKEND,
        "Payload bytes in them.",
    ),
    Counter(
        "statshard_dropped_lines_total", "lines", (*OF_BACKEND, "reason"),
        "Lines not forwarded, by reason; "
        "backend is empty where none was chosen: loss, or refused input.",
    ),
    Counter(
        "statshard_waiting_lines", "lines", OF_BACKEND,
        "Lines packed or queued now.",
    ),
    Counter(
        "statshard_backend_refused_datagrams_total", "datagrams", OF_BACKEND,
        "ICMP errors for datagrams that had been forwarded: "
        "the backend's host did not take them. Beside the balance.",
    ),
)

# The words of a struct of counters.pxd, in its order; a link's reasons follow them.
LISTENER_FIELDS = (
    "received_datagrams",
    "received_lines",
    "receive_errors",
    "truncated_datagrams",
)
LINK_FIELDS = (
    "forwarded_lines",
    "forwarded_datagrams",
    "forwarded_bytes",
    "refused_datagrams",
    "waiting_lines",
    "queued_lines",
)
