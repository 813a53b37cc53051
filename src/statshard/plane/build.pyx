"""Build: a routing table's slots, from the backends.

    OF_SLOTS       owners: rendezvous over those in
    OF_POINTS      owners: of each point of a ring of those in
    OF_POSITIONS   owners: the backends in their order, or as a shard_map has them;
                   spares: rendezvous over those in that it names

Long work, so nothing here needs the GIL. A table that follows another of the same hash
takes over which backend owns a slot, where the backends concerned are the same.

Spares cost as much as all of rendezvous (0.6 s for 1 000 backends), so a first table
has none while nobody is out. One that follows another always has them: whoever must be
quick when a backend fails lets a second table follow the first before that. Must not
know: Python, lines, who publishes.
"""
from libc.stdint cimport uint16_t, uint32_t
from libc.stdlib cimport calloc, malloc
from libc.string cimport memset

from statshard.plane.ring cimport open_ring
from statshard.plane.route cimport (
    OF_POINTS,
    OF_SLOTS,
    RoutingTable,
    settle_by_walk,
    settle_nowhere,
)
from statshard.plane.slots cimport (
    SLOT_COUNT,
    SLOT_SHIFT,
    Contender,
    fill_slots,
    refill_slots,
)


cdef int fill_table(
    RoutingTable *table,
    Contender *contenders,
    size_t count,
    const Positions *positions,
    const Former *former,
) noexcept nogil:
    """Fill a table that open_table made; 0, -1 without memory, or ring's TOO_MANY.

    Positions that are not named by `positions` are out from then on.
    """
    cdef int status
    table.count = <uint32_t> count
    if table.row.slots == OF_SLOTS:
        status = fill_with_slots(table, contenders, former)
    elif table.row.slots == OF_POINTS:
        status = fill_with_points(table, contenders)
    else:
        status = fill_with_positions(table, contenders, positions, former)
    if status == 0 and table.live == 0:
        table.settle = settle_nowhere
    return status


cdef int fill_with_slots(
    RoutingTable *table, const Contender *contenders, const Former *former
) noexcept nogil:
    """Fill by rendezvous."""
    table.live = count_live(contenders, table.count)
    table.slots = SLOT_COUNT
    table.owners = <uint16_t *> calloc(SLOT_COUNT, sizeof(uint16_t))
    if table.owners == NULL:
        return -1
    table.fetched = <const unsigned char *> table.owners
    table.fetch_shift = SLOT_SHIFT
    table.fetch_size = sizeof(uint16_t)
    return run_for_slots(table.owners, former, owners_of(former), contenders, table)


cdef int fill_with_points(
    RoutingTable *table, const Contender *contenders
) noexcept nogil:
    """Fill with a ring's points."""
    cdef int status
    table.live = count_live(contenders, table.count)
    if table.live == 0:
        return 0
    status = open_ring(
        &table.ring, &table.owners, table.row.ring, contenders, table.count
    )
    if status < 0:
        return status
    table.slots = table.ring.count
    table.fetched = <const unsigned char *> table.ring.buckets
    table.fetch_shift = table.ring.shift
    table.fetch_size = sizeof(uint32_t)
    if table.ring.count == 0:    # their weights round to no point at all
        table.live = 0
    return 0


cdef int fill_with_positions(
    RoutingTable *table,
    Contender *contenders,
    const Positions *positions,
    const Former *former,
) noexcept nogil:
    """Fill with the backends as they stand, and with spares where they are needed."""
    cdef uint32_t named
    cdef uint32_t i
    table.slots = positions.count
    table.owners = <uint16_t *> malloc(positions.count * sizeof(uint16_t))
    table.is_out = <unsigned char *> malloc(table.count)
    if table.owners == NULL or table.is_out == NULL:
        return -1
    memset(table.is_out, 1, table.count)
    for i in range(positions.count):
        table.owners[i] = <uint16_t> positions.backends[i]
        table.is_out[positions.backends[i]] = 0
    named = table.count
    for i in range(table.count):
        named -= table.is_out[i]
        table.is_out[i] |= contenders[i].is_out
        contenders[i].is_out = table.is_out[i]
    table.live = count_live(contenders, table.count)
    if table.live < named:
        table.settle = table.row.settle
    if not needs_spares(table, former):
        return 0
    table.spares = <uint16_t *> calloc(SLOT_COUNT, sizeof(uint16_t))
    if table.spares == NULL:
        return -1
    return run_for_slots(table.spares, former, spares_of(former), contenders, table)


cdef bint needs_spares(
    const RoutingTable *table, const Former *former
) noexcept nogil:
    """Tell whether spares are read, or prepared."""
    if table.row.settle == settle_by_walk:
        return False
    return table.settle != NULL or former.table != NULL


cdef const uint16_t *owners_of(const Former *former) noexcept nogil:
    """Return the owners of slots of then; NULL where there was no table."""
    return NULL if former.table == NULL else former.table.owners


cdef const uint16_t *spares_of(const Former *former) noexcept nogil:
    """Return the spares of then, or NULL."""
    return NULL if former.table == NULL else former.table.spares


cdef int run_for_slots(
    uint16_t *owners,
    const Former *former,
    const uint16_t *before,
    const Contender *contenders,
    const RoutingTable *table,
) noexcept nogil:
    """Fill slots from those of a former table, or from nothing; 0, or -1."""
    if table.live == 0:
        return 0
    if before == NULL or former.table.live == 0:
        return fill_slots(owners, contenders, table.count)
    return refill_slots(owners, before, former.now_of, contenders, table.count)


cdef uint32_t count_live(const Contender *contenders, size_t count) noexcept nogil:
    """Return how many are in."""
    cdef uint32_t live = 0
    cdef size_t i
    for i in range(count):
        live += not contenders[i].is_out
    return live
