# episode: what must hold of any datagrams and answers (_episode.pyx).
from libc.stdint cimport uint8_t

from statshard.plane._fuzzing cimport Fault

cdef Fault fault_of_episode(const uint8_t *octets, size_t size) noexcept nogil
