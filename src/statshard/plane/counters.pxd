# counters: what is counted, and where each number stands (counters.pyx has the table
# and the drawing).
from libc.stdint cimport uint64_t

# Why a line is not forwarded.  The first is not a refusal.
ctypedef unsigned int Reason

cdef enum:
    CARRIED
    NO_COLON
    EMPTY_NAME
    BAD_EVENT
    BAD_CHECK
    TRUNCATED
    TOO_LONG
    QUEUE_FULL
    EXPIRED
    UNREACHABLE
    SHUTDOWN
    REASONS

cdef enum: REASON_COUNT = REASONS

# All fields: counted since the start, written by the worker that owns the block, in
# lines unless said otherwise.
cdef struct ListenerCounters:
    uint64_t received_datagrams       # datagrams
    uint64_t received_lines
    uint64_t receive_errors           # calls that failed: not for want of datagrams
    uint64_t truncated_datagrams      # datagrams: longer than the receive buffer

# Of a duty that forwards: WorkerCounters, then LinkCounters for each link.
cdef struct LinkCounters:
    uint64_t forwarded_lines
    uint64_t forwarded_datagrams      # datagrams
    uint64_t forwarded_bytes          # bytes of payload
    # Datagrams: ICMP errors that came back for what had been forwarded.
    uint64_t refused_datagrams
    # Now, not since the start: packed or queued, not yet with the kernel.
    uint64_t waiting_lines
    # Now: those of them that the backend could not take when they were sent.
    uint64_t queued_lines
    uint64_t dropped_lines[REASON_COUNT]

cdef struct WorkerCounters:
    uint64_t dropped_lines[REASON_COUNT]    # for which no backend was chosen

# The structs' sizes in words (checked at import: C cannot take sizeof here).
cdef enum:
    WORKER_WORDS = REASON_COUNT
    LISTENER_WORDS = 4
    LINK_WORDS = 6 + REASON_COUNT

# One worker's numbers: its own, and the copy that other threads read.
cdef struct Block:
    # The listeners', then those of the worker's duty; plain words, the worker alone
    # touches them.
    uint64_t *own
    # The same words as of the end of a batch; one writer (the worker), any reader,
    # through `sequence`.
    uint64_t *published
    size_t words           # in each of the two
    size_t duty_at         # where the duty's begin
    uint64_t sequence      # odd while `published` is written; one writer (the worker)

cdef int open_block(Block *block, size_t listeners, size_t duty_words) noexcept nogil
cdef void close_block(Block *block) noexcept nogil
cdef WorkerCounters *worker_counters(Block *block) noexcept nogil
cdef ListenerCounters *listener_counters(Block *block, size_t index) noexcept nogil
cdef LinkCounters *link_counters(Block *block, size_t index) noexcept nogil
cdef void publish_block(Block *block) noexcept nogil
cdef bint read_block(Block *block, uint64_t *out) noexcept nogil
