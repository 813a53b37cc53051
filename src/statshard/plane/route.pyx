"""Route: a line's backend, by an immutable table that Python builds and publishes as one pointer.

    line -> key_of -> key -> hash_of -> hash -> place -> index of a backend
            name             xxh64              one load from 65 536 slots        rendezvous
            embedded         djb2               modulo the number of backends     djb2

The last step is a second call, so that a worker can hash several lines while the slot of the first is on its way from
memory. A hash or a key is one row of the tables below. Must not know: sockets, addresses, health, who publishes.
"""
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from statshard.plane.hash cimport djb2, xxh64
from statshard.plane.key cimport Scratch, Span, embedded_key, name_key
from statshard.plane.line cimport Line
from statshard.plane.slots cimport SLOT_COUNT, SLOT_SHIFT
from statshard.plane.sys.cache cimport prefetch


cdef uint64_t hash_line(const RoutingTable *table, const Line *line, Scratch *scratch) noexcept nogil:
    """Return the number that `place` takes for a judged line; what that will read is fetched meanwhile."""
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


cdef uint64_t xxh64_of(const unsigned char *start, const unsigned char *end) noexcept nogil:
    """Return XXH64 with seed 0."""
    return xxh64(start, end, 0)


cdef RoutingTable *open_table(bytes hash_name, bytes shard_by, uint32_t count) except NULL:
    """Allocate a table for a hash and a key; its slots, where it has any, are still to be filled.

    Raises ValueError for a name that is not in the tables, MemoryError without memory.
    """
    cdef RoutingTable *table
    if shard_by not in (b"name", b"embedded") or hash_name not in (b"rendezvous", b"djb2"):
        raise ValueError(f"no such hash or key: {hash_name!r}, {shard_by!r}")
    table = <RoutingTable *> calloc(1, sizeof(RoutingTable))
    if table == NULL:
        raise MemoryError
    table.count = count
    table.key_of = name_key if shard_by == b"name" else embedded_key
    if hash_name == b"djb2":
        table.hash_of = djb2
        table.place = place_by_modulo
    else:
        table.hash_of = xxh64_of
        table.place = place_by_slot
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
