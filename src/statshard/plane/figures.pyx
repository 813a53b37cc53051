"""Figures: what a flush computes of a timer's values, to etsy's last digit.

    values, sorted    1   2   3   4   5   6   7   8   9  10
    sums              1   3   6  10  15  21  28  36  45  55       from the smallest up
    percentile 90     '----------- the lowest 9 ------'           sum 45, upper 9
    percentile -10                                      '-- the highest 1

The order of operations is that of etsy/statsd's lib/process_metrics.js, whose figures
these are; but where a negative percentile takes all values, which is NaN there. Must
not know: series, clocks, what the figures are called.
"""
from libc.math cimport INFINITY, fabs, floor, sqrt
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

cdef enum: RUN = 16      # values sorted by insertion before runs are merged


cdef void sort_values(double *values, size_t count, double *room) noexcept nogil:
    """Sort, the smallest first; `room` holds as many again.

    Equal values (0 and -0) keep their order. No order of them makes it slow.
    """
    cdef size_t start = 0
    cdef size_t width = RUN
    while start < count:
        sort_run(values + start, min(width, count - start))
        start += width
    while width < count:
        start = 0
        while start + width < count:
            merge_runs(values + start, width, min(2 * width, count - start), room)
            start += 2 * width
        width *= 2


cdef void sort_run(double *values, size_t count) noexcept nogil:
    """Sort a few values by insertion."""
    cdef size_t i, at
    cdef double value
    for i in range(1, count):
        value = values[i]
        at = i
        while at > 0 and values[at - 1] > value:
            values[at] = values[at - 1]
            at -= 1
        values[at] = value


cdef void merge_runs(
    double *values, size_t middle, size_t count, double *room
) noexcept nogil:
    """Merge the sorted [0, middle) and [middle, count)."""
    cdef size_t left = 0
    cdef size_t right = middle
    cdef size_t at = 0
    if values[middle - 1] <= values[middle]:
        return
    memcpy(room, values, middle * sizeof(double))
    while left < middle:
        if right < count and values[right] < room[left]:
            values[at] = values[right]
            right += 1
        else:
            values[at] = room[left]
            left += 1
        at += 1


cdef void sum_up(
    const double *values, size_t count, double *sums, double *squares
) noexcept nogil:
    """Write the sums of the first 1, 2, ... values, and of their squares."""
    cdef double total = values[0]
    cdef double square = values[0] * values[0]
    cdef size_t i
    sums[0] = total
    squares[0] = square
    for i in range(1, count):
        total = values[i] + total
        square = values[i] * values[i] + square
        sums[i] = total
        squares[i] = square


cdef Figures all_figures(
    const double *values, size_t count, const double *sums, const double *squares
) noexcept nogil:
    """Return the figures of sorted values, at least one, and their sums.

    std is of the whole population; the median of an even number of values is the mean
    of the two in the middle.
    """
    cdef Figures figures
    cdef double differences = 0
    cdef size_t half = count // 2
    cdef size_t i
    figures.sum = sums[count - 1]
    figures.sum_squares = squares[count - 1]
    figures.mean = figures.sum / count
    for i in range(count):
        differences += (values[i] - figures.mean) * (values[i] - figures.mean)
    figures.std = sqrt(differences / count)
    figures.upper = values[count - 1]
    figures.lower = values[0]
    figures.median = values[half]
    if count % 2 == 0:
        figures.median = (values[half - 1] + values[half]) / 2
    return figures


cdef Part part_figures(
    const double *values,
    size_t count,
    const double *sums,
    const double *squares,
    double percentile,
) noexcept nogil:
    """Return the figures of the lowest k values; below 0, of the highest.

    k is |percentile| / 100 of `count`, rounded half up; all, where there is one.
    """
    cdef size_t k = count
    cdef Part part = Part(0, 0, 0, 0, 0)
    if count > 1:
        k = round_half_up(min(fabs(percentile) / 100 * count, <double> count))
    part.count = k
    if k == 0:
        return part
    if percentile > 0:
        part.bound = values[k - 1]
        part.sum = sums[k - 1]
        part.sum_squares = squares[k - 1]
    else:
        part.bound = values[count - k]
        part.sum = sums[count - 1]
        part.sum_squares = squares[count - 1]
        if k < count:
            part.sum -= sums[count - k - 1]
            part.sum_squares -= squares[count - k - 1]
    part.mean = part.sum / k
    return part


cdef size_t round_half_up(double number) noexcept nogil:
    """Return what JavaScript's Math.round does for a number of at least 0."""
    cdef double below = floor(number)
    return <size_t> below + (number - below >= 0.5)


cdef void fill_bins(
    const double *values, size_t count, const double *limits, size_t bins, uint64_t *out
) noexcept nogil:
    """Count the sorted values below each limit that no bin before took.

    Infinity as a limit takes all. Limits ascend.
    """
    cdef size_t i = 0
    cdef size_t before, bin_
    for bin_ in range(bins):
        before = i
        while i < count and (limits[bin_] == INFINITY or values[i] < limits[bin_]):
            i += 1
        out[bin_] = i - before
