"""Totals: the series that a server knows, each with what the last interval came to.

    all    | * | * | * |     the order in which they became known
             |   |   '-> | uniques set: 765, 42, a b    |
             |   '-> | glork timer: 320, 330 (sorted)   |
             '-> | gorets counter: 11                   |

A series stays known, with nothing in it, when no samples come, until it is forgotten.
Where a gauge stands, it stands. So many of a type may be known, and as many bytes of
all; the series of what overflows (overflow.pyx) counts for neither. Must not know: what
idle ones mean, figures, names.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcmp, memcpy, memset

from statshard.plane.arena cimport close_arena, open_arena
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
from statshard.plane.members cimport close_members, open_members
from statshard.plane.overflow cimport is_overflow, overflow_key
from statshard.plane.series cimport OVERFLOW_SIZE, SERIES_TYPE_COUNT, SeriesType

cdef enum:
    FIRST_ROOM = 64       # series
    CHUNKS_MAX = 65536    # of memory for members and sketches


cdef int open_totals(
    Totals *totals, uint32_t series_max, uint64_t bytes_max
) noexcept nogil:
    """Know nothing yet, and never more than that; 0, or -1 without memory."""
    totals.all = NULL
    totals.count = totals.room = 0
    totals.values = NULL
    totals.levels = NULL
    totals.most = 0
    totals.series_max = series_max
    totals.bytes_max = bytes_max
    totals.bytes = 0
    totals.has_forgotten = False
    totals.told = NULL
    memset(totals.counts, 0, sizeof(totals.counts))
    open_arena(&totals.arena, CHUNKS_MAX)
    totals.overflowed = <Overflowed *> calloc(SERIES_TYPE_COUNT, sizeof(Overflowed))
    if totals.overflowed == NULL:
        return -1
    if open_index(&totals.index) < 0 or open_members(&totals.members) < 0:
        return -1
    return 0


cdef void close_totals(Totals *totals) noexcept nogil:
    """Free all."""
    cdef uint32_t i
    for i in range(totals.count):
        free(totals.all[i])
    free(totals.all)
    free(totals.values)
    free(totals.overflowed)
    totals.all = NULL
    totals.values = NULL
    totals.count = 0
    close_members(&totals.members)
    close_index(&totals.index)
    close_arena(&totals.arena)


cdef Total *find_total(
    const Totals *totals,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil:
    """Return the series of a type and key, whose hash it is; NULL: not known."""
    cdef uint32_t at = 0
    cdef uint32_t number = find_first(&totals.index, hash, &at)
    cdef size_t size = end - start
    cdef Total *total
    while number != NOWHERE:
        total = totals.all[number]
        if (
            total.key_size == size
            and total.type == type_
            and memcmp(key_of(total), start, size) == 0
        ):
            return total
        number = find_next(&totals.index, hash, &at)
    return NULL


cdef Total *know_total(
    Totals *totals,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil:
    """Return the series of a type and key, known from now on; NULL without memory."""
    cdef Total *total = find_total(totals, type_, start, end, hash)
    cdef size_t size = end - start
    if total != NULL:
        return total
    if not has_room(totals) or not grow_index(&totals.index):
        return NULL
    total = <Total *> calloc(1, sizeof(Total) + size)
    if total == NULL:
        return NULL
    memcpy(key_of(total), start, size)
    total.key_size = <uint32_t> size
    total.hash = total.members.hash = hash
    total.type = type_
    put_number(&totals.index, hash, totals.count)
    totals.all[totals.count] = total
    totals.count += 1
    count_total(totals, total, 1)
    return total


cdef Total *know_within(
    Totals *totals,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
    uint32_t hash,
) noexcept nogil:
    """Return what know_total does, where there is no room the overflow of the type."""
    cdef size_t size = end - start
    if (
        find_total(totals, type_, start, end, hash) != NULL
        or is_overflow(start, size)
        or may_know(totals, type_, size)
    ):
        return know_total(totals, type_, start, end, hash)
    return know_overflow(totals, type_)


cdef Total *know_overflow(Totals *totals, SeriesType type_) noexcept nogil:
    """Return the series of what overflows of a type; NULL without memory."""
    cdef const unsigned char *start = overflow_key()
    return know_total(
        totals,
        type_,
        start,
        start + OVERFLOW_SIZE,
        totals.overflow_hashes[<int> type_],
    )


cdef bint may_know(
    const Totals *totals, SeriesType type_, size_t key_size
) noexcept nogil:
    """Tell whether there is room for one more of a type, its key of so many bytes."""
    return (
        totals.counts[type_] < totals.series_max
        and totals.bytes + bytes_of(key_size) <= totals.bytes_max
    )


cdef uint64_t bytes_of(size_t key_size) noexcept nogil:
    """Return what memory a series with a key of so many bytes takes."""
    return SERIES_BYTES + 2 * key_size


cdef void count_total(Totals *totals, const Total *total, int more) noexcept nogil:
    """Count a series as known (1), or as known no longer (-1)."""
    if not is_overflow(key_of(total), total.key_size):
        totals.counts[total.type] += more
        totals.bytes += more * <int64_t> bytes_of(total.key_size)


cdef bint has_room(Totals *totals) noexcept nogil:
    """Make room for one more in the list; False without memory."""
    cdef uint32_t room = max(2 * totals.room, <uint32_t> FIRST_ROOM)
    cdef Total **longer
    if totals.count < totals.room:
        return True
    longer = <Total **> realloc(totals.all, room * sizeof(Total *))
    if longer == NULL:
        return False
    totals.all = longer
    totals.room = room
    return True


cdef void drop_forgotten(Totals *totals) noexcept nogil:
    """Know no longer what is marked as forgotten; the others keep their order."""
    cdef uint32_t kept = 0
    cdef uint32_t i
    for i in range(totals.count):
        if totals.all[i].is_forgotten:
            count_total(totals, totals.all[i], -1)
            free(totals.all[i])
        else:
            totals.all[kept] = totals.all[i]
            kept += 1
    totals.count = kept
    totals.has_forgotten = True
    empty_index(&totals.index)
    for i in range(kept):
        # There is room: as many were in it, or no more than a quarter of its slots.
        put_number(&totals.index, totals.all[i].hash, i)
