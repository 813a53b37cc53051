# scripted: a kernel whose every answer a test writes (_scripted.pyx).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.kernel cimport Kernel

cdef enum:
    ANSWERS_MAX = 4096
    RECORDS_MAX = 65536
    BYTES_MAX = 67108864       # address space for what was sent; pages only where used
    # Descriptors of a scripted worker; its links' are 0, 1, ...
    LISTENER_FD = 1000
    WAKEUP_FD = 1001

# A sleep that a worker took.
cdef struct Sleep:
    uint64_t began_ns
    uint64_t ended_ns
    bint listens               # a datagram would have ended it

# What one socket's calls answer, and what they were given.  One thread at a time.
cdef struct Script:
    # How many datagrams a send takes, or -errno; beyond the list: all.
    int sends[ANSWERS_MAX]
    uint32_t send_count
    uint32_t send_at
    # How many datagrams a receive gives at most, or -errno; beyond the list: all.
    int receives[ANSWERS_MAX]
    uint32_t receive_count
    uint32_t receive_at
    uint32_t refusals          # entries in the error queue
    int origin                 # of them (<linux/errqueue.h>)
    int mtu                    # of the path, or -1
    bint fragments             # what allow_fragments last said
    unsigned char *sent        # the datagrams taken, one behind the other
    size_t sent_size
    uint32_t sizes[RECORDS_MAX]
    bint in_fragments[RECORDS_MAX]
    int fds[RECORDS_MAX]
    uint32_t sent_count
    const unsigned char *input[RECORDS_MAX]   # the datagrams to give
    size_t input_sizes[RECORDS_MAX]
    # When each is there; 0: at once.  In their order.
    uint64_t input_ns[RECORDS_MAX]
    uint32_t input_count
    uint32_t input_at
    # Time stands still but for sleeps and for what each call takes (_scripted.pyx).
    uint64_t clock_ns
    uint64_t sent_ns[RECORDS_MAX]    # when each datagram was taken
    Sleep sleeps[RECORDS_MAX]
    uint32_t sleep_count
    uint32_t wakeups_taken
    bint is_woken                    # the eventfd is readable
    # The order to stop: when it comes, what it says, where; NULL: none.
    uint64_t stop_at_ns
    uint64_t stop_by_ns
    uint64_t *stop_word

cdef Script *open_script() except NULL
cdef void close_script(Script *script) noexcept
cdef void use_script(Script *script) noexcept nogil
cdef void forget_script(Script *script) noexcept nogil
cdef const Kernel *scripted_kernel() noexcept nogil

cdef class Scripted:
    cdef Script *script
    cdef list inputs    # keeps the bytes of `script.input`
