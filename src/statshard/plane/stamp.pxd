# stamp: a line's number and time of sending as a StatsD value (stamp.pyx has the
# drawing).
from libc.stdint cimport uint64_t

cdef enum:
    NUMBERS = 1_000_000_000    # lines that can be told apart
    WRAP_US = 10_000_000       # us after which the time of sending begins again
    STAMP_SIZE = 19            # bytes

cdef struct Stamp:
    uint64_t number            # below NUMBERS
    uint64_t sent_us           # of the monotonic clock, below WRAP_US

cdef void write_digits(
    unsigned char *to, uint64_t value, unsigned int width
) noexcept nogil
cdef void write_stamp(unsigned char *to, Stamp stamp) noexcept nogil
cdef bint read_stamp(const unsigned char *start, Stamp *stamp) noexcept nogil
