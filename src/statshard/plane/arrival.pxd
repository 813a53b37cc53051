# arrival: when the kernel took a datagram in (arrival.pyx has the rules).
from libc.stdint cimport uint64_t

from statshard.plane.batch cimport INBOX_MAX, Inbox

cdef enum:
    CONTROL_WORDS = 8    # of 64 bits: a timespec and its header, with room to spare

# Owned by one checker.
cdef struct Arrivals:
    # Where the kernel writes the time of each slot of an inbox; words, to be aligned.
    uint64_t controls[INBOX_MAX][CONTROL_WORDS]
    uint64_t behind_ns     # what the monotonic clock is behind the wall clock; 0: unset

cdef void expect_arrivals(Arrivals *arrivals, Inbox *inbox) noexcept nogil
cdef void compare_clocks(Arrivals *arrivals) noexcept nogil
cdef uint64_t arrived_at(
    const Arrivals *arrivals, Inbox *inbox, unsigned int index, uint64_t read_ns
) noexcept nogil
