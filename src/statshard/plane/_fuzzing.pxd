# fuzzing: what must hold of any line (_fuzzing.pyx).
from libc.stdint cimport uint8_t

# What does not hold, NUL-terminated, or NULL where all does.
ctypedef const char *Fault

cdef Fault fault_of_lines(const uint8_t *octets, size_t size) noexcept nogil
cdef Fault fault_of_heads(const uint8_t *octets, size_t size) noexcept nogil
