# hyperloglog: how many distinct hashes came, in 16 KiB (hyperloglog.pyx).
from libc.stdint cimport uint8_t, uint64_t

cdef enum:
    INDEX_BITS = 14                      # of a hash, which say its register
    REGISTERS = 1 << INDEX_BITS

# Owned by whoever gave the memory; one thread at a time writes.
cdef struct HyperLogLog:
    uint8_t registers[REGISTERS]         # the highest rank of a hash in each; 0: none

cdef void open_hyperloglog(HyperLogLog *counted) noexcept nogil
cdef void add_hash(HyperLogLog *counted, uint64_t hash) noexcept nogil
cdef void merge_hyperloglog(
    HyperLogLog *into, const HyperLogLog *other
) noexcept nogil
cdef double estimate_distinct(const HyperLogLog *counted) noexcept nogil
