"""Route: a line's backend, by an immutable table.

    line -> key_of -> key -> hash_of -> hash -> slot_of -> slot -> owners -> backend
            name             xxh64              the top 16 bits      rendezvous
            series           djb2               modulo positions     djb2, murmur3, sdbm
            raw              FNV-1a             jump                 jump
            embedded         md5                the next point       etsy, ketama, ...

Any key goes with any hash. Python builds the table (build.pyx fills it), and publishes
it as one pointer. Lines are hashed some at a time, and placed in a second step: so what
the first will read is on its way from memory while the next ones are hashed, and
digests are taken eight at a time.

Where backends are out, functions that go by position look at who is, in the second step
(`settle`), and at the key once more where it decides:
    djb2, jump, murmur3   the slots of rendezvous over those in, by XXH64 of the key
                          (without a prefix), for the keys of one that is out
    sdbm                  its walk (sdbm.pyx)
    all                   NO_BACKEND where no backend is in
Must not know: sockets, addresses, health, who publishes.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from statshard.plane.hash cimport djb2, xxh64
from statshard.plane.jump cimport fnv1a_64, jump
from statshard.plane.key cimport Scratch, Span, embedded_key, name_key, raw_key
from statshard.plane.line cimport Line
from statshard.plane.md5 cimport (
    LANE_BLOCKS,
    MD5_LANES,
    Lanes,
    blocks_of,
    lay_key,
    md5_first,
    md5_firsts,
)
from statshard.plane.murmur3 cimport murmur3_32
from statshard.plane.ring cimport (
    ETSY,
    KETAMA,
    LIBKETAMA,
    RingKind,
    close_ring,
    find_point,
)
from statshard.plane.sdbm cimport sdbm, walk
from statshard.plane.series_key cimport series_key
from statshard.plane.slots cimport SLOT_SHIFT
from statshard.plane.sys.cache cimport prefetch
from statshard.plane.sys.literals cimport FNV_OFFSET

cdef enum:
    DJB2_SEED = 5381
    MURMUR3_SEED = 0xACCD3D34     # of lyft/statsrelay and uber/statsrelay


cdef void hash_lines(
    const RoutingTable *table, Placing *lines, uint32_t count, Scratch *scratch
) noexcept nogil:
    """Set the hashes of judged lines; `backend_of` places them.

    What it will read is fetched meanwhile.
    """
    cdef uint32_t i
    if table.row.hash_of == md5_first:
        hash_in_lanes(table, lines, count, scratch)
        return
    for i in range(count):
        lines[i].hash = hash_line(table, &lines[i].line, scratch)


cdef uint64_t hash_line(
    const RoutingTable *table, const Line *line, Scratch *scratch
) noexcept nogil:
    """Return the hash of one judged line, and fetch what will be read."""
    cdef Span key = table.key_of(line, scratch)
    cdef uint64_t hash = table.row.hash_of(key.start, key.end, table.seed)
    fetch_slot(table, hash)
    return hash


cdef uint32_t place_line(
    const RoutingTable *table, const Line *line, Scratch *scratch
) noexcept nogil:
    """Return the index of one judged line's backend, or NO_BACKEND."""
    cdef Placing placing
    placing.line = line[0]
    placing.hash = hash_line(table, line, scratch)
    return backend_of(table, &placing, scratch)


cdef void hash_in_lanes(
    const RoutingTable *table, Placing *lines, uint32_t count, Scratch *scratch
) noexcept nogil:
    """Do as hash_lines, with the digests of eight keys taken at a time."""
    cdef Lanes lanes
    cdef Placing *of_lane[MD5_LANES]
    cdef int used = 0
    cdef uint32_t i
    cdef Span key
    for i in range(count):
        key = table.key_of(&lines[i].line, scratch)
        if blocks_of(key.start, key.end) > LANE_BLOCKS:
            lines[i].hash = md5_first(key.start, key.end, 0)
            fetch_slot(table, lines[i].hash)
            continue
        lay_key(&lanes, used, key.start, key.end)
        of_lane[used] = &lines[i]
        used += 1
        if used == MD5_LANES:
            hash_lanes(table, &lanes, &of_lane[0], used)
            used = 0
    if used > 0:
        hash_lanes(table, &lanes, &of_lane[0], used)


cdef void hash_lanes(
    const RoutingTable *table, const Lanes *lanes, Placing **of_lane, int used
) noexcept nogil:
    """Set the hashes of the lines whose keys are in so many lanes."""
    cdef uint32_t firsts[MD5_LANES]
    cdef int i
    md5_firsts(lanes, used, &firsts[0])
    for i in range(used):
        of_lane[i].hash = firsts[i]
        fetch_slot(table, firsts[i])


cdef inline void fetch_slot(const RoutingTable *table, uint64_t hash) noexcept nogil:
    """Fetch what will be read first for a hash."""
    if table.fetched != NULL:
        prefetch(table.fetched + (hash >> table.fetch_shift) * table.fetch_size)


# === From a hash to a slot ===


cdef uint32_t slot_by_top(const RoutingTable *table, uint64_t hash) noexcept nogil:
    """Return the top 16 bits."""
    return <uint32_t> (hash >> SLOT_SHIFT)


cdef uint32_t slot_by_point(const RoutingTable *table, uint64_t hash) noexcept nogil:
    """Return the index of the point that a 32-bit hash belongs to."""
    return find_point(&table.ring, <uint32_t> hash)


cdef uint32_t slot_by_modulo(const RoutingTable *table, uint64_t hash) noexcept nogil:
    """Return the hash modulo the number of positions."""
    return <uint32_t> (hash % table.slots)


cdef uint32_t slot_by_jump(const RoutingTable *table, uint64_t hash) noexcept nogil:
    """Return the position that the hash jumps to."""
    return jump(hash, table.slots)


# === Where backends are out ===


cdef uint32_t settle_by_spares(
    const RoutingTable *table, const Line *line, uint64_t hash, Scratch *scratch
) noexcept nogil:
    """Return the backend, or where it is out its spare; none without a line."""
    cdef uint32_t backend = table.owners[table.row.slot_of(table, hash)]
    cdef Span key
    if not table.is_out[backend]:
        return backend
    if line == NULL:
        return NO_BACKEND
    key = table.key_of(line, scratch)
    return table.spares[xxh64(key.start, key.end, 0) >> SLOT_SHIFT]


cdef uint32_t settle_by_walk(
    const RoutingTable *table, const Line *line, uint64_t hash, Scratch *scratch
) noexcept nogil:
    """Return the first live backend on the walk."""
    return walk(hash, table.slots, table.is_out, scratch)


cdef uint32_t settle_nowhere(
    const RoutingTable *table, const Line *line, uint64_t hash, Scratch *scratch
) noexcept nogil:
    """Return that there is no backend."""
    return NO_BACKEND


# === The tables of keys and hashes, and what is built from them ===

cdef KeyOf KEY_ROWS[4]
KEY_ROWS[0] = name_key
KEY_ROWS[1] = series_key
KEY_ROWS[2] = raw_key
KEY_ROWS[3] = embedded_key

cdef HashRow HASH_ROWS[8]
HASH_ROWS[0] = row(xxh64, 0, slot_by_top, OF_SLOTS, 0, NULL)
HASH_ROWS[1] = row(djb2, DJB2_SEED, slot_by_modulo, OF_POSITIONS, 0, settle_by_spares)
HASH_ROWS[2] = row(
    fnv1a_64, FNV_OFFSET, slot_by_jump, OF_POSITIONS, 0, settle_by_spares
)
HASH_ROWS[3] = row(md5_first, 0, slot_by_point, OF_POINTS, ETSY, NULL)
HASH_ROWS[4] = row(
    murmur3_32, MURMUR3_SEED, slot_by_modulo, OF_POSITIONS, 0, settle_by_spares
)
HASH_ROWS[5] = row(md5_first, 0, slot_by_point, OF_POINTS, KETAMA, NULL)
HASH_ROWS[6] = row(md5_first, 0, slot_by_point, OF_POINTS, LIBKETAMA, NULL)
HASH_ROWS[7] = row(sdbm, 0, slot_by_modulo, OF_POSITIONS, 0, settle_by_walk)

# The names of the rows, in their order.
cdef tuple KEYS = ("name", "series", "raw", "embedded")
cdef tuple HASHES = (
    "rendezvous", "djb2", "jump", "etsy", "murmur3", "ketama", "libketama", "sdbm",
)


cdef HashRow row(
    HashOf hash_of, uint64_t seed, SlotOf slot_of, int slots, RingKind ring,
    Settle settle,
) noexcept nogil:
    """Return a row of its fields."""
    return HashRow(hash_of, seed, slot_of, slots, ring, settle)


cdef RoutingTable *open_table(str hash_name, str shard_by) except NULL:
    """Allocate a table for a hash and a key, which build.pyx fills.

    Raises ValueError for a name that has no row, MemoryError without memory.
    """
    cdef RoutingTable *table
    if shard_by not in KEYS or hash_name not in HASHES:
        raise ValueError(f"no such hash or key: {hash_name!r}, {shard_by!r}")
    table = <RoutingTable *> calloc(1, sizeof(RoutingTable))
    if table == NULL:
        raise MemoryError
    table.row = &HASH_ROWS[<size_t> HASHES.index(hash_name)]
    table.key_of = KEY_ROWS[<size_t> KEYS.index(shard_by)]
    table.seed = table.row.seed
    return table


cdef void close_table(RoutingTable *table) noexcept nogil:
    """Free a table that no worker reads any more."""
    if table != NULL:
        close_ring(&table.ring)
        free(table.owners)
        free(table.is_out)
        free(table.spares)
        free(table)
