"""Timer rows: the figures of a store's timers as rows for Python, and their bins.

    total   values, sorted -> figures.pyx           \
            a sketch       -> sketch_figures.pyx    -> array of doubles; None: no values

What a row holds stands at Store.timers. Must not know: how series are found.
"""
from cpython cimport array

from statshard.plane.figures cimport PART_WIDTH, WHOLE_WIDTH, Asked, write_row
from statshard.plane.sketch_figures cimport write_sketch_row
from statshard.plane.totals cimport Total, Totals

import array

DOUBLES = array.array("d")


cdef tuple limits_of(object limits):
    """Return the limits of a histogram's bins."""
    if len(limits) > BINS_MAX:
        raise ValueError(f"{len(limits)} limits of bins: at most {BINS_MAX}")
    return tuple(limits)


cdef tuple bins_for(str name, list rules):
    """Return the limits of the first rule whose text is in a name."""
    for text, limits in rules:
        if text in name:
            return limits
    return ()


cdef size_t fill(double *limits, tuple numbers) except? 0xFFFF:
    """Write the limits of bins; return how many there are."""
    for i, number in enumerate(numbers):
        limits[i] = number
    return len(numbers)


cdef array.array row_of(Totals *totals, const Total *total, const Asked *asked):
    """Return the figures of a timer, None without values."""
    cdef array.array row
    cdef size_t width = asked.percentile_count * PART_WIDTH + WHOLE_WIDTH
    if total.count == 0:
        return None
    row = array.clone(DOUBLES, width + asked.limit_count, False)
    if total.is_sketched:
        write_sketch_row(
            row.data.as_doubles, asked, total.sketch, total.number, totals.levels
        )
    else:
        write_row(
            row.data.as_doubles, asked, total.values, total.count, total.number,
            totals.values,
        )
    return row
