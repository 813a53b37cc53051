# sample_fuzzing: what must hold of any line's samples (_sample_fuzzing.pyx).
from libc.stdint cimport uint8_t

from statshard.plane._fuzzing cimport Fault

cdef Fault fault_of_samples(const uint8_t *octets, size_t size) noexcept nogil
