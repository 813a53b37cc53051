# endian: numbers in the byte order that a format fixes (endian(3)).
# Extern declarations only.
from libc.stdint cimport uint32_t, uint64_t

cdef extern from "<endian.h>" nogil:
    uint32_t le32toh(uint32_t value)
    uint64_t le64toh(uint64_t value)
    uint64_t htole64(uint64_t value)
