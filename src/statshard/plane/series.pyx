"""Series: a table of series, each with all that came for it in one interval.

    index    hash of key and type -> number of a row
    rows     | gorets counter | glork timer | gaugor gauge | uniques set | ...
               sum 11           |             | set to 333    |
    arena    samples, keys      |             at 12:00:01.2   '-> 765 -> 42 -> a b
                                '-> 320 -> 330 -> ...
             events and checks as they came

Rows stand in the order in which series first came. Nothing is worked out here: a
timer's values are all kept, and a gauge's deltas since it was last set, with their
times, so that the tables of several workers can be folded exactly (fold.pyx). But for
what is too much: beyond `bounds` a timer goes over to a DDSketch, a set to a
HyperLogLog, until the table is emptied. Memory comes from one arena; without it a
sample is refused, never the process. So many series of a type begin and no more, nor
any in the last quarter of the memory, but for those that the server knows; what the
others get, overflow.pyx says. Must not know: how lines look, who folds.
"""
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset

from statshard.plane.arena cimport (
    close_arena,
    empty_arena,
    is_tight,
    open_arena,
    take,
)
from statshard.plane.ddsketch cimport DDSketch, add_value
from statshard.plane.hyperloglog cimport HyperLogLog, add_hash
from statshard.plane.index cimport (
    NOWHERE,
    close_index,
    empty_index,
    find_first,
    find_next,
    grow_index,
    open_index,
    put_number,
)
from statshard.plane.known cimport Known, is_known
from statshard.plane.members cimport (
    add_member,
    close_members,
    empty_members,
    open_members,
)
from statshard.plane.overflow cimport empty_overflow, is_overflow, open_overflow
from statshard.plane.rows cimport add_row, close_rows, empty_rows, open_rows, row_at
from statshard.plane.siphash cimport SipKey
from statshard.plane.sketching cimport (
    count_members,
    sketch_values,
    take_hyperloglog,
    take_sketch,
)
from statshard.plane.sys.atomic cimport load_pointer
from statshard.plane.sys.cache cimport prefetch
from statshard.plane.values cimport add_item, empty_values


cdef int open_series(
    SeriesTable *table, uint32_t most_chunks, uint32_t series_max, Bounds bounds
) noexcept nogil:
    """Make an empty table of at most so many chunks of memory; 0, or -1 without any.

    So many series of a type begin, and beyond them those that are known.
    """
    open_arena(&table.arena, most_chunks)
    open_rows(&table.rows, sizeof(Series))
    table.raw = NULL
    table.raw_size = 0
    table.generation = 0
    table.bounds = bounds
    table.series_max = series_max
    table.known = NULL
    table.reserve = <Reserve *> calloc(1, sizeof(Reserve))
    if table.reserve == NULL:
        return -1
    memset(table.counts, 0, sizeof(table.counts))
    table.key_bytes = 0
    open_overflow(table)
    if open_index(&table.index) < 0 or open_members(&table.members) < 0:
        return -1
    return 0


cdef void close_series(SeriesTable *table) noexcept nogil:
    """Free all."""
    free(table.reserve)
    close_members(&table.members)
    close_rows(&table.rows)
    close_index(&table.index)
    close_arena(&table.arena)


cdef void empty_series(SeriesTable *table) noexcept nogil:
    """Forget all series, for another interval; what it used is used again."""
    empty_members(&table.members)
    empty_rows(&table.rows)
    empty_index(&table.index)
    empty_arena(&table.arena)
    memset(table.counts, 0, sizeof(table.counts))
    table.key_bytes = 0
    empty_overflow(table)
    table.raw = NULL
    table.raw_size = 0


cdef Series *find_series(
    SeriesTable *table,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil:
    """Return the series of a type and key, a new one if need be.

    `hash` is that of both. NULL without memory or room.
    """
    cdef uint32_t at = 0
    cdef uint32_t number = find_first(&table.index, hash, &at)
    cdef size_t size = end - start
    cdef Series *series
    while number != NOWHERE:
        series = <Series *> row_at(&table.rows, number)
        if (
            series.key_size == size
            and series.type == type_
            and memcmp(series.key, start, size) == 0
        ):
            return series
        number = find_next(&table.index, hash, &at)
    return new_series(table, type_, start, end, hash)


cdef Series *peek_series(const SeriesTable *table, uint32_t hash) noexcept nogil:
    """Return the series that is most likely meant, at hand soon; NULL: none is."""
    cdef uint32_t at = 0
    cdef uint32_t number = find_first(&table.index, hash, &at)
    if number == NOWHERE:
        return NULL
    prefetch(row_at(&table.rows, number))
    return <Series *> row_at(&table.rows, number)


cdef Series *new_series(
    SeriesTable *table,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil:
    """Add a series; NULL without memory or room."""
    cdef size_t size = end - start
    cdef bint is_own = is_overflow(start, size)
    cdef uint64_t *samples
    cdef Series *series
    if not (is_own or may_begin(table, type_, hash)) or not grow_index(&table.index):
        return NULL
    samples = <uint64_t *> take(&table.arena, sizeof(uint64_t) + size)
    if samples == NULL:
        return NULL
    series = <Series *> add_row(&table.rows, &table.arena)
    if series == NULL:
        return NULL
    samples[0] = 0
    memcpy(samples + 1, start, size)
    series.key = <const unsigned char *> (samples + 1)
    series.key_size = <unsigned short> size
    series.hash = hash
    series.type = <unsigned char> type_
    if type_ == SETS:
        series.content.members.hash = hash
    put_number(&table.index, hash, table.rows.count - 1)
    if not is_own:
        table.counts[type_] += 1
        table.key_bytes += size
    return series


cdef bint may_begin(
    const SeriesTable *table, SeriesType type_, uint32_t hash
) noexcept nogil:
    """Tell whether a series of a type and hash may begin."""
    if table.counts[type_] < table.series_max and not is_tight(&table.arena):
        return True
    return is_known(<const Known *> load_pointer(<void **> &table.known), hash)


cdef bint set_gauge(Series *series, double value, uint64_t at_ns) noexcept nogil:
    """Set a gauge; what changed it before counts no longer. Always True."""
    series.number = value
    series.set_ns = at_ns
    empty_values(&series.content.values)
    return True


cdef bint change_gauge(
    SeriesTable *table, Series *series, double change, uint64_t at_ns
) noexcept nogil:
    """Change a gauge by so much; False without memory."""
    cdef Delta *delta = <Delta *> add_item(
        &series.content.values, &table.arena, sizeof(Delta)
    )
    if delta == NULL:
        return False
    delta[0] = Delta(at_ns, change)
    return True


cdef bint add_time(
    SeriesTable *table, Series *series, double value, double times
) noexcept nogil:
    """Give a timer a value that came so many times; False without memory."""
    cdef double *item
    if series.is_sketched or series.content.values.count >= table.bounds.timer_values:
        return add_beyond(table, series, value, times)
    item = <double *> add_item(&series.content.values, &table.arena, sizeof(double))
    if item == NULL:
        return False
    item[0] = value
    series.number += times
    return True


cdef bint add_beyond(
    SeriesTable *table, Series *series, double value, double times
) noexcept nogil:
    """Do what add_time does for a timer that is a sketch, or becomes one now."""
    if not series.is_sketched and not sketch_timer(table, series):
        return False
    add_value(<DDSketch *> series.content.sketched.sketch, value)
    series.content.values.count += 1
    series.number += times
    return True


cdef bint add_to_set(
    SeriesTable *table,
    Series *series,
    const unsigned char *start,
    const unsigned char *end,
    uint64_t hash,
    const SipKey *key,
) noexcept nogil:
    """See that the bytes, whose hash under a key it is, are a member.

    False without memory.
    """
    cdef Set *set_ = &series.content.members
    if series.is_sketched or set_.count > table.bounds.set_members:
        if series.is_sketched or sketch_set(table, series, key):
            add_hash(<HyperLogLog *> series.content.sketched.sketch, hash)
            return True
        # Without memory for one it stays a list, and is told as a sketch all the same:
        # the fold goes by how many there are.
    return add_member(&table.members, &table.arena, set_, start, end, <uint32_t> hash)


cdef bint sketch_timer(SeriesTable *table, Series *series) noexcept nogil:
    """Go over to a sketch of the values so far; False without memory."""
    cdef DDSketch *sketch = take_sketch(&table.arena)
    if sketch == NULL:
        return False
    sketch_values(sketch, &series.content.values)
    series.content.sketched = Sketched(NULL, sketch)
    series.is_sketched = True
    return True


cdef bint sketch_set(
    SeriesTable *table, Series *series, const SipKey *key
) noexcept nogil:
    """Go over to a sketch of the members so far, hashed under a key.

    False without memory.
    """
    cdef HyperLogLog *counted = take_hyperloglog(&table.arena)
    if counted == NULL:
        return False
    count_members(counted, &series.content.members, key)
    series.content.sketched = Sketched(NULL, counted)
    series.is_sketched = True
    return True


cdef bint keep_raw(
    SeriesTable *table, const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Keep an event or a check as it is; False where there is no more room."""
    cdef size_t size = end - start
    if table.raw == NULL:
        table.raw = <unsigned char *> take(&table.arena, RAW_MAX)
    if table.raw == NULL or table.raw_size + size + 1 > RAW_MAX:
        return False
    memcpy(table.raw + table.raw_size, start, size)
    table.raw[table.raw_size + size] = c'\n'
    table.raw_size += <uint32_t> size + 1
    return True


cdef bint is_empty(const Series *series) noexcept nogil:
    """Tell whether memory failed before the series had got anything."""
    if series.type == COUNTERS:
        return False
    if series.type == SETS:
        return series.content.members.count == 0 and not series.is_sketched
    return series.content.values.count == 0 and series.set_ns == 0


# === Python face ===

assert sizeof(Series) == 64
