"""Gathering: which total each series of the workers' tables belongs to.

    table 0   a  x  y  | what overflowed there     a         -> a: 0, 1
    table 1   b  a  z  | "                         x  y  b  -> new ones, as long as
                                                                there is room
                                                   z  | |    -> _overflow: 0, 0, 1, 1

Tables in order, in each its rows in order and then what overflowed there. A series that
is not known, and for which there is no room, goes to the overflow of its type; its
samples are counted, and what it is named. Where series were forgotten and there may be
too little room, those come first that were known behind the last fold: what is told of
in each interval never gives way to what is new. Must not know: what series come to.
"""
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.known cimport is_known
from statshard.plane.offenders cimport merge_offenders, note_name
from statshard.plane.overflow cimport is_overflow
from statshard.plane.rows cimport row_at
from statshard.plane.series cimport (
    SERIES_TYPE_COUNT,
    TIMERS,
    Overflow,
    Series,
    SeriesTable,
    is_empty,
    samples_of,
)
from statshard.plane.totals cimport (
    Overflowed,
    Total,
    Totals,
    bytes_of,
    find_total,
    know_overflow,
    know_total,
    may_know,
)

# Which rows of the tables are gathered.
ctypedef unsigned int Round

cdef enum:
    ALL
    RETURNING
    OTHERS


cdef bint gather_sources(
    Totals *totals, SeriesTable **tables, uint32_t count
) noexcept nogil:
    """Put each series of the tables on its total's list; False without memory."""
    cdef Round last = ALL
    cdef uint32_t i
    if is_crowded(totals, tables, count):
        last = OTHERS
        for i in range(count):
            if not gather_rows(totals, tables[i], RETURNING):
                return False
    for i in range(count):
        if not gather_rows(totals, tables[i], last):
            return False
        if not gather_overflow(totals, tables[i]):
            return False
    return True


cdef bint is_crowded(
    const Totals *totals, SeriesTable **tables, uint32_t count
) noexcept nogil:
    """Tell whether series that were forgotten may find no room again."""
    cdef uint64_t size_bytes = totals.bytes
    cdef uint64_t series
    cdef int type_
    cdef uint32_t i
    if not totals.has_forgotten:
        return False
    for type_ in range(SERIES_TYPE_COUNT):
        series = totals.counts[type_]
        for i in range(count):
            series += tables[i].counts[type_]
            size_bytes += tables[i].counts[type_] * bytes_of(0)
        if series > totals.series_max:
            return True
    for i in range(count):
        size_bytes += bytes_of(tables[i].key_bytes) - bytes_of(0)
    return size_bytes > totals.bytes_max


cdef bint gather_rows(Totals *totals, SeriesTable *table, Round round_) noexcept nogil:
    """Gather the rows of a table that are due in a round; False without memory."""
    cdef Series *series
    cdef uint32_t i
    for i in range(table.rows.count):
        series = <Series *> row_at(&table.rows, i)
        if round_ != ALL and is_returning(totals, series) != (round_ == RETURNING):
            continue
        if not gather_series(totals, series):
            return False
    return True


cdef bint is_returning(const Totals *totals, const Series *series) noexcept nogil:
    """Tell whether a series is known, was so behind the last fold, or needs no room.

    In both rounds alike: what becomes known meanwhile does not count.
    """
    cdef const unsigned char *end = series.key + series.key_size
    cdef const Total *total
    if is_overflow(series.key, series.key_size) or is_known(totals.told, series.hash):
        return True
    total = find_total(totals, series.type, series.key, end, series.hash)
    return total != NULL and not total.is_new


cdef bint gather_overflow(Totals *totals, SeriesTable *table) noexcept nogil:
    """Gather what overflowed in a table; False without memory."""
    cdef Overflow *overflow
    cdef Overflowed *overflowed
    cdef int type_
    for type_ in range(SERIES_TYPE_COUNT):
        overflow = &table.overflow[type_]
        if overflow.samples == 0:
            continue
        overflow.series.hash = totals.overflow_hashes[type_]
        if not gather_series(totals, &overflow.series):
            return False
        overflowed = &totals.overflowed[type_]
        overflowed.samples += overflow.samples
        merge_offenders(&overflowed.offenders, &table.reserve.offenders[type_])
    return True


cdef bint gather_series(Totals *totals, Series *series) noexcept nogil:
    """Put a series on its total's list, or the overflow's; False without memory."""
    cdef Total *total
    if is_empty(series):
        return True
    total = total_for(totals, series)
    if total == NULL:
        return False
    if series.type == TIMERS:
        total.count += series.content.values.count
    link_source(total, series)
    return True


cdef Total *total_for(Totals *totals, const Series *series) noexcept nogil:
    """Return where a series belongs, known from now on; NULL without memory."""
    cdef const unsigned char *start = series.key
    cdef const unsigned char *end = start + series.key_size
    cdef Overflowed *overflowed = &totals.overflowed[series.type]
    cdef Total *total = find_total(totals, series.type, start, end, series.hash)
    cdef size_t size = series.key_size
    if total != NULL:
        return total
    if is_overflow(start, size) or may_know(totals, series.type, size):
        total = know_total(totals, series.type, start, end, series.hash)
        if total != NULL:
            total.is_new = True
        return total
    overflowed.samples += samples_of(series)[0]
    note_name(&overflowed.offenders, start, end, samples_of(series)[0])
    return know_overflow(totals, series.type)


cdef void link_source(Total *total, Series *series) noexcept nogil:
    """Put a worker's series at the end of its total's list."""
    series.next = NULL
    if total.sources == NULL:
        total.sources = series
    else:
        total.last_source.next = series
    total.last_source = series
