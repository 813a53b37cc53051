"""Fold: what the workers' tables hold of one interval, into the totals.

    worker 0   a: 3    t: 5 1    g: set to 10 at 12:00:01, +1 at :02
    worker 1   a: 4    t: 2      g: +5 at 12:00:00, +7 at :03
    total      a: 7    t: 1 2 5  g: 10 + 1 + 7

In the order of the workers:
  counters   sums are added, from 0
  timers     all values, sorted; how many times they came is added
  sets       the members of all, each once
             of either, where these are more than the bounds: one sketch of all
  gauges     the set that came last wins (of several at one time, the last worker's);
             then the deltas of its worker that followed it, and those of others that
             came later, in the order of time. None was set: all deltas, on the value
             that the gauge had.

Which total each series belongs to, gathering.pyx says.

With one table each total is what adding one sample after another gives, to the last
bit; whether it is exact does not depend on how many tables there are. A fold eats the
tables: empty them afterwards. Must not know: clocks, figures, what becomes of series
without samples.
"""
from libc.math cimport isnan
from libc.stdint cimport UINT64_MAX, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from statshard.plane.arena cimport empty_arena
from statshard.plane.figures cimport sort_values
from statshard.plane.gathering cimport gather_sources
from statshard.plane.hitters cimport HITTERS_MAX
from statshard.plane.members cimport empty_members
from statshard.plane.offenders cimport empty_offenders
from statshard.plane.overflow cimport is_overflow, settle_gauge
from statshard.plane.series cimport (
    GAUGES,
    SERIES_TYPE_COUNT,
    SETS,
    TIMERS,
    Delta,
    Series,
    SeriesTable,
)
from statshard.plane.totals cimport Total, Totals, drop_forgotten, key_of
from statshard.plane.uniting cimport unite_many
from statshard.plane.values cimport Piece, first_item, items_of, take_first


cdef int fold_tables(
    Totals *totals, SeriesTable **tables, uint32_t count
) noexcept nogil:
    """Begin with empty totals, and fold; 0, or -1 without memory.

    After -1 the tables are whole: it can be tried again. The totals are then those of
    an interval without samples, in which no time has passed.
    """
    cdef uint32_t known = totals.count
    cdef uint32_t i
    begin_interval(totals)
    if not gather_tables(totals, tables, count):
        # Of what was gathered nothing may stay: counts without values, tables' series.
        begin_interval(totals)
        forget_after(totals, known)
        return -1
    totals.has_forgotten = False
    for i in range(totals.count):
        totals.all[i].idle += 1
        if totals.all[i].sources != NULL:
            totals.all[i].idle = 0
            fold_series(totals, totals.all[i])
    return 0


cdef bint gather_tables(
    Totals *totals, SeriesTable **tables, uint32_t count
) noexcept nogil:
    """Take in all that needs memory; False without it."""
    cdef uint32_t i
    if not gather_sources(totals, tables, count):
        return False
    for i in range(totals.count):
        if not unite_many(totals, totals.all[i]):
            return False
    return give_room(totals)


cdef void forget_after(Totals *totals, uint32_t known) noexcept nogil:
    """Know no more series than so many, the first."""
    cdef uint32_t i
    if totals.count == known:
        return
    for i in range(known, totals.count):
        totals.all[i].is_forgotten = True
    drop_forgotten(totals)


cdef void begin_interval(Totals *totals) noexcept nogil:
    """Let nothing be left of the last interval, but for where gauges stand."""
    cdef uint32_t i
    cdef int type_
    cdef Total *total
    for type_ in range(SERIES_TYPE_COUNT):
        totals.overflowed[type_].samples = 0
        empty_offenders(&totals.overflowed[type_].offenders, HITTERS_MAX)
    for i in range(totals.count):
        total = totals.all[i]
        if total.type != GAUGES:
            total.number = 0
        total.count = 0
        total.is_new = total.is_sketched = False
        total.values = NULL
        total.sketch = NULL
        total.members.first = total.members.last = NULL
        total.members.count = 0
        total.sources = total.last_source = NULL
    free(totals.values)
    totals.values = NULL
    totals.levels = NULL
    totals.most = 0
    empty_members(&totals.members)
    empty_arena(&totals.arena)


cdef bint give_room(Totals *totals) noexcept nogil:
    """Share out the room for the timers' values, and some to sort and sum in.

    False without memory.
    """
    cdef uint64_t values = 0
    cdef double *at
    cdef uint32_t i
    for i in range(totals.count):
        values += exact_values(totals.all[i])
        totals.most = max(totals.most, exact_values(totals.all[i]))
    if values == 0:
        return True
    totals.values = <double *> malloc((values + 2 * totals.most) * sizeof(double))
    if totals.values == NULL:
        return False
    at = totals.values + 2 * totals.most
    for i in range(totals.count):
        totals.all[i].values = at
        at += exact_values(totals.all[i])
    return True


cdef uint64_t exact_values(const Total *total) noexcept nogil:
    """Return how many values of a series are told one by one."""
    return total.count if total.type == TIMERS and not total.is_sketched else 0


cdef void fold_series(Totals *totals, Total *total) noexcept nogil:
    """Fold what the workers have of one series, but for a set."""
    cdef Series *source = total.sources
    if total.type == GAUGES:
        settle_strangers(total)
        fold_gauge(total)
    elif total.type != SETS:
        while source != NULL:
            total.number += source.number
            source = source.next
        if exact_values(total) > 0:
            fold_values(total)
            sort_values(total.values, total.count, totals.values)


cdef void fold_values(Total *total) noexcept nogil:
    """Copy a timer's values from all workers."""
    cdef Series *source = total.sources
    cdef Piece *piece
    cdef double *at = total.values
    while source != NULL:
        piece = source.content.values.first
        while piece != NULL:
            memcpy(at, items_of(piece), piece.count * sizeof(double))
            at += piece.count
            piece = piece.next
        source = source.next


cdef void settle_strangers(Total *total) noexcept nogil:
    """Settle those gauges that have another name than their total: they overflowed."""
    cdef Series *source = total.sources
    if not is_overflow(key_of(total), total.key_size):
        return
    while source != NULL:
        if not is_overflow(source.key, source.key_size):
            settle_gauge(source)
        source = source.next


cdef void fold_gauge(Total *total) noexcept nogil:
    """Say where a gauge stands after all that the workers saw."""
    cdef Series *last = find_last_set(total)
    cdef Series *source
    if last != NULL:
        total.number = last.number
        source = total.sources
        while source != NULL:
            if source != last:
                drop_until(source, last.set_ns)
            source = source.next
    source = find_earliest(total)
    while source != NULL:
        change_number(total, take_delta(source))
        source = find_earliest(total)


cdef void change_number(Total *total, double change) noexcept nogil:
    """Change where a gauge stands; from what is no number, to the change."""
    total.number = change if isnan(total.number) else total.number + change


cdef Series *find_last_set(Total *total) noexcept nogil:
    """Return the worker's gauge that was set last; NULL where none was."""
    cdef Series *last = NULL
    cdef Series *source = total.sources
    while source != NULL:
        if source.set_ns > 0 and (last == NULL or source.set_ns >= last.set_ns):
            last = source
        source = source.next
    return last


cdef void drop_until(Series *gauge, uint64_t at_ns) noexcept nogil:
    """Drop the deltas that came no later."""
    while first_ns(gauge) <= at_ns:
        take_delta(gauge)


cdef Series *find_earliest(Total *total) noexcept nogil:
    """Return the worker's gauge whose next delta is the earliest; NULL: none is left.

    Of several at one time, the first worker's.
    """
    cdef Series *earliest = NULL
    cdef Series *source = total.sources
    cdef uint64_t least = UINT64_MAX
    while source != NULL:
        if first_ns(source) < least:
            least = first_ns(source)
            earliest = source
        source = source.next
    return earliest


cdef uint64_t first_ns(const Series *gauge) noexcept nogil:
    """Return when the next delta came; UINT64_MAX: none is left."""
    cdef const Delta *delta
    delta = <const Delta *> first_item(&gauge.content.values, sizeof(Delta))
    return UINT64_MAX if delta == NULL else delta.at_ns


cdef double take_delta(Series *gauge) noexcept nogil:
    """Take the next delta, which there must be, off."""
    cdef Delta *delta = <Delta *> first_item(&gauge.content.values, sizeof(Delta))
    take_first(&gauge.content.values)
    return delta.change
