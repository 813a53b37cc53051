# offenders: which prefixes many names have in common (offenders.pyx has the drawing).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.hitters cimport Hitters

cdef enum: PREFIX_LEVELS = 4

# Owned by one thread at a time.
cdef struct Offenders:
    Hitters levels[PREFIX_LEVELS]

cdef void empty_offenders(Offenders *offenders, uint32_t room) noexcept nogil
cdef void note_name(
    Offenders *offenders,
    const unsigned char *start,
    const unsigned char *end,
    uint64_t weight,
) noexcept nogil
cdef void merge_offenders(
    Offenders *offenders, const Offenders *others
) noexcept nogil
