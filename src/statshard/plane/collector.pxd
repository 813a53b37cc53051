# collector: what sets a collecting duty up, for the face and the doors of tests.
from libc.stdint cimport uint64_t

from statshard.plane.collecting cimport Collecting
from statshard.plane.interval cimport Interval

cdef int open_collecting(
    Collecting *duty, Interval interval, str compat, bint sanitizes, bytes hash_key
) except -1
cdef tuple intake_of(const uint64_t *words)
