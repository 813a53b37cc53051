"""HyperLogLog: how many distinct members a set has, from their hashes, in 16 KiB.

    hash   | 14 bits: which register | 50 bits: 000001...  |
                                       rank 6: zeros before the first one, and 1
    register = the highest rank that came, 51 where all 50 are zeros

The standard error is 1.04 / sqrt(2^14) = 0.81 % whatever the number, and less below
some ten thousands: two of three estimates are nearer than that, and all but one of
15 000 within four of it. Registers of two merged are those of one that has had the
hashes of both. Hashes must be uniform, and nobody who sends members may foresee them:
SipHash under a key that is drawn at the start. No tables of bias.

Source: Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog", AofA 2007; the estimate is
the improved raw one of Ertl, "New cardinality estimation algorithms for HyperLogLog
sketches", 2017 (arXiv:1702.01284, algorithm 6). Must not know: members, sets.
"""
from libc.math cimport INFINITY, M_LN2, sqrt
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from statshard.plane.sys.bits cimport leading_zeros

cdef enum: RANK_BITS = 64 - INDEX_BITS     # of a hash, which say its rank


cdef void open_hyperloglog(HyperLogLog *counted) noexcept nogil:
    """Make one without hashes of memory with any content."""
    memset(&counted.registers[0], 0, REGISTERS)


cdef void add_hash(HyperLogLog *counted, uint64_t hash) noexcept nogil:
    """Take a hash in; one that came before changes nothing."""
    cdef uint8_t *register = &counted.registers[hash >> RANK_BITS]
    cdef uint64_t rest = (hash << INDEX_BITS) | (<uint64_t> 1 << (INDEX_BITS - 1))
    cdef uint8_t rank = <uint8_t> (leading_zeros(rest) + 1)
    if rank > register[0]:
        register[0] = rank


cdef void merge_hyperloglog(
    HyperLogLog *into, const HyperLogLog *other
) noexcept nogil:
    """Take in all that another one has had."""
    cdef int i
    for i in range(REGISTERS):
        if other.registers[i] > into.registers[i]:
            into.registers[i] = other.registers[i]


cdef double estimate_distinct(const HyperLogLog *counted) noexcept nogil:
    """Return about how many distinct hashes came."""
    cdef uint32_t with_rank[RANK_BITS + 2]
    cdef double total
    cdef int i
    memset(with_rank, 0, sizeof(with_rank))
    for i in range(REGISTERS):
        with_rank[counted.registers[i]] += 1
    total = REGISTERS * tau(1 - <double> with_rank[RANK_BITS + 1] / REGISTERS)
    for i in range(RANK_BITS, 0, -1):
        total = 0.5 * (total + with_rank[i])
    total += REGISTERS * sigma(<double> with_rank[0] / REGISTERS)
    return REGISTERS / (2 * M_LN2) * REGISTERS / total


cdef double sigma(double empty) noexcept nogil:
    """Return what the share of registers without a hash adds: x + sum x^(2^k) 2^(k-1).

    Infinity where all are: nothing came.
    """
    cdef double total = empty
    cdef double factor = 1
    cdef double before = -1
    if empty == 1:
        return INFINITY
    while total != before:
        before = total
        empty *= empty
        total += empty * factor
        factor += factor
    return total


cdef double tau(double below) noexcept nogil:
    """Return what the share of registers below the highest rank adds.

    (1 - x - sum (1 - x^(2^-k))^2 2^-k) / 3
    """
    cdef double total = 1 - below
    cdef double factor = 1
    cdef double before = -1
    if below == 0 or below == 1:
        return 0
    while total != before:
        before = total
        below = sqrt(below)
        factor *= 0.5
        total -= (1 - below) * (1 - below) * factor
    return total / 3
