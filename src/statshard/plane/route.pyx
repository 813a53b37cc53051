"""Route: a line's backend, by an immutable table.

    line -> key_of -> key -> hash_of -> hash -> place -> index of a backend
            name             xxh64              one load from 65 536 slots   rendezvous
            embedded         djb2               modulo the backends' number  djb2

Python builds the table, and publishes it as one pointer. The last step is a second
call, so that a worker can hash several lines while the slot of the first is on its way
from memory. Must not know: sockets, addresses, health, who publishes.
"""
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from statshard.plane.hash cimport djb2, xxh64
from statshard.plane.key cimport Scratch, Span, embedded_key, name_key
from statshard.plane.line cimport Line
from statshard.plane.slots cimport SLOT_COUNT, SLOT_SHIFT
from statshard.plane.sys.cache cimport prefetch


cdef uint64_t hash_line(
    const RoutingTable *table, const Line *line, Scratch *scratch
) noexcept nogil:
    """Return the number that `place` takes for a judged line.

    What `place` will read is fetched meanwhile.
    """
    cdef Span key = table.key_of(line, scratch)
    cdef uint64_t hash = table.hash_of(key.start, key.end)
    if table.owners != NULL:
        prefetch(&table.owners[hash >> SLOT_SHIFT])
    return hash


cdef uint32_t place_by_slot(const RoutingTable *table, uint64_t hash) noexcept nogil:
    """Return the owner of the hash's slot."""
    return table.owners[hash >> SLOT_SHIFT]


cdef uint32_t place_by_modulo(const RoutingTable *table, uint64_t hash) noexcept nogil:
    """Return the hash modulo the number of backends."""
    return <uint32_t> (hash % table.count)


cdef uint64_t xxh64_of(
    const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Return XXH64 with seed 0."""
    return xxh64(start, end, 0)


# === The tables of keys and hashes, and what is built from them ===


cdef struct HashRow:
    HashOf hash_of
    Place place
    bint has_slots     # `place` reads RoutingTable.owners

cdef KeyOf KEY_ROWS[2]
KEY_ROWS[0] = name_key
KEY_ROWS[1] = embedded_key

cdef HashRow HASH_ROWS[2]
HASH_ROWS[0].hash_of = xxh64_of
HASH_ROWS[0].place = place_by_slot
HASH_ROWS[0].has_slots = True
HASH_ROWS[1].hash_of = djb2
HASH_ROWS[1].place = place_by_modulo
HASH_ROWS[1].has_slots = False

# The names of the rows, in their order.
cdef tuple KEYS = (b"name", b"embedded")
cdef tuple HASHES = (b"rendezvous", b"djb2")


cdef RoutingTable *open_table(
    bytes hash_name, bytes shard_by, uint32_t count
) except NULL:
    """Allocate a table for a hash and a key; its slots, if any, are still to be filled.

    Raises ValueError for a name that has no row, MemoryError without memory.
    """
    cdef RoutingTable *table
    cdef HashRow *row
    if shard_by not in KEYS or hash_name not in HASHES:
        raise ValueError(f"no such hash or key: {hash_name!r}, {shard_by!r}")
    row = &HASH_ROWS[<size_t> HASHES.index(hash_name)]
    table = <RoutingTable *> calloc(1, sizeof(RoutingTable))
    if table == NULL:
        raise MemoryError
    table.count = count
    table.key_of = KEY_ROWS[<size_t> KEYS.index(shard_by)]
    table.hash_of = row.hash_of
    table.place = row.place
    if row.has_slots:
        table.owners = <uint16_t *> calloc(SLOT_COUNT, sizeof(uint16_t))
        if table.owners == NULL:
            free(table)
            raise MemoryError
    return table


cdef void close_table(RoutingTable *table) noexcept nogil:
    """Free a table that no worker reads any more."""
    if table != NULL:
        free(table.owners)
        free(table)
