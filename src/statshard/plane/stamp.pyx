"""Stamp: a line's number and the time at which it was sent, as a StatsD value.

    load.0000042:1000123456012345678|c|#t0:v3
                 1 000123456 0123456 78
                 |     |        |     '- check: (number x 10^7 + us) modulo 97
                 |     |        '------- us of the monotonic clock, modulo 10 s
                 |     '---------------- number of the line, from 0, in all of the run
                 '---------------------- so that no zero leads

19 digits: a whole number below 2^63, so that it is a value to every server, also to one
that reads integers. Sender and name are no part of it: they follow from the number
(traffic). One changed digit never passes the check (97 is a prime). Must not know:
lines, clocks.
"""
from libc.stdint cimport uint64_t

cdef enum:
    CHECK = 97


cdef void write_digits(
    unsigned char *to, uint64_t value, unsigned int width
) noexcept nogil:
    """Write a number in decimal, with leading zeros."""
    cdef unsigned int i
    for i in range(width):
        to[width - 1 - i] = <unsigned char> (c'0' + value % 10)
        value = value // 10


cdef void write_stamp(unsigned char *to, Stamp stamp) noexcept nogil:
    """Write the STAMP_SIZE digits."""
    cdef uint64_t both = stamp.number * WRAP_US + stamp.sent_us
    to[0] = c'1'
    write_digits(to + 1, stamp.number, 9)
    write_digits(to + 10, stamp.sent_us, 7)
    write_digits(to + 17, both % CHECK, 2)


cdef bint read_stamp(const unsigned char *start, Stamp *stamp) noexcept nogil:
    """Read STAMP_SIZE bytes; False where they are no stamp."""
    cdef uint64_t value = 0
    cdef int i
    if start[0] != c'1':
        return False
    for i in range(1, STAMP_SIZE):
        if not c'0' <= start[i] <= c'9':
            return False
        value = value * 10 + (start[i] - c'0')
    if value % 100 != value // 100 % CHECK:
        return False
    stamp.number = value // 100 // WRAP_US
    stamp.sent_us = value // 100 % WRAP_US
    return True
