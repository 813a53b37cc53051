"""Overflow: one series of each type, `_overflow`, for samples whose own found no room.

    new.1:1|c  new.2:5|c     the table is full    _overflow counter: sum 6
    new.3:7|g  new.4:+1|g                         _overflow gauge: 1, at 12:00:01.2
                                                  and which prefixes the names have

Counters add up, values of timers go into one DDSketch and members of sets into one
HyperLogLog. A gauge is what any of those gauges was given last, a change being one from
0: bounded, and no more than a sign of life. Room for it all is there from the start. A
series that a sender names so is the same one at the end, but has a row of its own. Must
not know: lines, which series are known, what is told.
"""
from libc.math cimport isnan
from libc.string cimport memcmp, memcpy, memset

from statshard.plane.ddsketch cimport open_sketch
from statshard.plane.hitters cimport HITTERS_MAX
from statshard.plane.hyperloglog cimport open_hyperloglog
from statshard.plane.offenders cimport empty_offenders, note_name
from statshard.plane.series cimport (
    OVERFLOW_SIZE,
    SERIES_TYPE_COUNT,
    SETS,
    TIMERS,
    Delta,
    Overflow,
    samples_of,
)
from statshard.plane.values cimport empty_values, first_item, take_first


cdef void open_overflow(SeriesTable *table) noexcept nogil:
    """Make the series of each type; what they need is zeros as yet."""
    cdef Overflow *overflow
    cdef int type_
    memset(table.overflow, 0, sizeof(table.overflow))
    for type_ in range(SERIES_TYPE_COUNT):
        overflow = &table.overflow[type_]
        memcpy(overflow.key, overflow_key(), OVERFLOW_SIZE)
        overflow.series.key = overflow.key
        overflow.series.key_size = OVERFLOW_SIZE
        overflow.series.type = <unsigned char> type_
        empty_offenders(&table.reserve.offenders[type_], HITTERS_MAX)
    open_sketch(&table.reserve.sketch)
    become_sketch(&table.overflow[<int> TIMERS].series, &table.reserve.sketch)
    become_sketch(&table.overflow[<int> SETS].series, &table.reserve.counted)


cdef void empty_overflow(SeriesTable *table) noexcept nogil:
    """Let nothing have overflowed."""
    if table.overflow[<int> SETS].samples > 0:
        open_hyperloglog(&table.reserve.counted)
    open_overflow(table)


cdef void become_sketch(Series *series, void *sketch) noexcept nogil:
    """Let a series be a sketch."""
    series.content.sketched.list = NULL
    series.content.sketched.sketch = sketch
    series.is_sketched = True


cdef bint is_overflow(const unsigned char *start, size_t size) noexcept nogil:
    """Tell whether a key is that of what overflows."""
    return size == OVERFLOW_SIZE and memcmp(start, overflow_key(), size) == 0


cdef void note_overflow(
    SeriesTable *table,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
) noexcept nogil:
    """Count a sample that went to the series of a type, and what it is named."""
    samples_of(&table.overflow[type_].series)[0] += 1
    note_name(&table.reserve.offenders[type_], start, end, 1)


cdef void settle_gauge(Series *gauge) noexcept nogil:
    """Let a gauge that has no room be set, at the time of its last change.

    Its changes were of what it was set to, or of 0.
    """
    cdef const Delta *delta
    if gauge.set_ns == 0:
        gauge.number = 0
    while gauge.content.values.count > 0:
        delta = <const Delta *> first_item(&gauge.content.values, sizeof(Delta))
        gauge.set_ns = delta.at_ns
        gauge.number = (
            delta.change if isnan(gauge.number) else gauge.number + delta.change
        )
        take_first(&gauge.content.values)
    empty_values(&gauge.content.values)
