"""Hitters: the heaviest of any number of names, counted in fixed memory.

    room 3:   api. 7   web. 4   db. 2        one that is counted gains its weight
    + job.:   api. 7   web. 4   job. 3 (2)   another takes the place of the lightest,
                                             with its weight, so much too much at most

Space-Saving: with room for k names and a total weight of n, every name that weighs
more than n / k is counted, and none is too much by more than n / k, which holds of
merged ones too. Of several that are equally light the first gives way.

Sources: Metwally, Agrawal and El Abbadi, "Efficient computation of frequent and top-k
elements in data streams", ICDT 2005; merging: Cafaro, Pulimeno and Tempesta, "A
parallel space saving algorithm for frequent items and the Hurwitz zeta distribution",
Information Sciences 329 (2016). Must not know: what the names are of.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from statshard.plane.jump cimport fnv1a_64
from statshard.plane.sys.literals cimport FNV_OFFSET


cdef void empty_hitters(Hitters *hitters, uint32_t room) noexcept nogil:
    """Count none, from now on so many at once."""
    hitters.room = room
    hitters.count = 0
    hitters.total = 0


cdef void add_weight(
    Hitters *hitters,
    const unsigned char *start,
    const unsigned char *end,
    uint64_t weight,
) noexcept nogil:
    """Add to the weight of a name, of which the first HITTER_BYTES count."""
    cdef size_t size = min(<size_t> (end - start), <size_t> HITTER_BYTES)
    cdef uint32_t hash_ = <uint32_t> fnv1a_64(start, start + size, FNV_OFFSET)
    cdef uint32_t at = find_hitter(hitters, start, size, hash_)
    hitters.total += weight
    if at == hitters.count:
        if at < hitters.room:
            put_hitter(hitters, at, start, size, hash_)
            hitters.weights[at] = 0
            hitters.overs[at] = 0
            hitters.count += 1
        else:
            at = find_lightest(hitters)
            put_hitter(hitters, at, start, size, hash_)
            hitters.overs[at] = hitters.weights[at]
    hitters.weights[at] += weight


cdef void merge_hitters(Hitters *hitters, const Hitters *others) noexcept nogil:
    """Add what others counted: the heaviest of both are counted then.

    What one of both does not count may weigh as much as the lightest that it counts.
    """
    cdef uint64_t floor = floor_of(hitters)
    cdef uint64_t floor_of_others = floor_of(others)
    cdef uint64_t met = 0        # a bit for each of the others: counted by both
    cdef uint32_t at
    cdef uint32_t i
    for i in range(hitters.count):
        at = find_hitter(
            others, hitters.names[i], hitters.sizes[i], hitters.hashes[i]
        )
        if at < others.count:
            met |= (<uint64_t> 1) << at
            hitters.weights[i] += others.weights[at]
            hitters.overs[i] += others.overs[at]
        else:
            hitters.weights[i] += floor_of_others
            hitters.overs[i] += floor_of_others
    for i in range(others.count):
        if not (met >> i) & 1:
            offer_hitter(hitters, others, i, floor)
    hitters.total += others.total


cdef void offer_hitter(
    Hitters *hitters, const Hitters *others, uint32_t i, uint64_t floor
) noexcept nogil:
    """Count one of the others too, if there is room or a lighter one."""
    cdef uint64_t weight = others.weights[i] + floor
    cdef uint32_t at = hitters.count
    if at < hitters.room:
        hitters.count += 1
    else:
        at = find_lightest(hitters)
        if hitters.weights[at] >= weight:
            return
    put_hitter(hitters, at, others.names[i], others.sizes[i], others.hashes[i])
    hitters.weights[at] = weight
    hitters.overs[at] = others.overs[i] + floor


cdef uint32_t find_hitter(
    const Hitters *hitters, const unsigned char *start, size_t size, uint32_t hash_
) noexcept nogil:
    """Return the place of a name; `count`: it is not counted."""
    cdef uint32_t i
    for i in range(hitters.count):
        if (
            hitters.hashes[i] == hash_
            and hitters.sizes[i] == size
            and memcmp(hitters.names[i], start, size) == 0
        ):
            return i
    return hitters.count


cdef uint32_t find_lightest(const Hitters *hitters) noexcept nogil:
    """Return the place of the first of the lightest, of which there must be one."""
    cdef uint32_t lightest = 0
    cdef uint32_t i
    for i in range(1, hitters.count):
        if hitters.weights[i] < hitters.weights[lightest]:
            lightest = i
    return lightest


cdef uint64_t floor_of(const Hitters *hitters) noexcept nogil:
    """Return what a name that is not counted may weigh."""
    if hitters.count < hitters.room:
        return 0
    return hitters.weights[find_lightest(hitters)]


cdef void put_hitter(
    Hitters *hitters,
    uint32_t at,
    const unsigned char *start,
    size_t size,
    uint32_t hash_,
) noexcept nogil:
    """Write a name to a place."""
    memcpy(hitters.names[at], start, size)
    hitters.sizes[at] = <unsigned short> size
    hitters.hashes[at] = hash_


# === Python face ===

assert HITTERS_MAX <= 64     # bits of `met`
