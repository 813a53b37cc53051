# sdbm: a hash, and a walk past backends that are out (sdbm.pyx has both).
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.key cimport Scratch

cdef uint64_t sdbm(
    const unsigned char *start, const unsigned char *end, uint64_t seed
) noexcept nogil
cdef uint32_t walk(
    uint64_t hash, uint32_t count, const unsigned char *is_out, Scratch *scratch
) noexcept nogil
