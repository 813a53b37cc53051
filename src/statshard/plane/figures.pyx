"""Figures: what a flush computes of a timer's values, to etsy's last digit.

    values, sorted    1   2   3   4   5   6   7   8   9  10
    sums              1   3   6  10  15  21  28  36  45  55       from the smallest up
    percentile 90     '----------- the lowest 9 ------'           sum 45, upper 9
    percentile -10                                      '-- the highest 1

    row    | count mean bound sum sum_squares, for each percentile
           | std upper lower times times/s sum sum_squares mean median | bins |

`bound` is the highest of the lowest values, the lowest of the highest; the part of a
percentile that takes no value is 0. The order of operations is that of etsy/statsd's
lib/process_metrics.js, whose figures these are; but where a negative percentile takes
all values, which is NaN there. Must not know: series, clocks, what figures are called.
"""
from libc.math cimport INFINITY, fabs, floor, sqrt
from libc.string cimport memcpy, memset

cdef enum: RUN = 16      # values sorted by insertion before runs are merged

# Where a timer's values and their sums lie.
cdef struct Sorted:
    const double *values
    size_t count
    double *sums         # of the first 1, 2, ... values
    double *squares      # of their squares


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


cdef size_t write_row(
    double *row,
    const Asked *asked,
    const double *values,
    size_t count,
    double times,
    double *room,
) noexcept nogil:
    """Write the figures of sorted values, at least one, that came so many times.

    `room` holds twice as many again. Return how many figures that is.
    """
    cdef Sorted of = Sorted(values, count, room, room + count)
    cdef double *at = row
    cdef size_t i
    sum_up(&of)
    for i in range(asked.percentile_count):
        write_part(at, &of, asked.percentiles[i])
        at += PART_WIDTH
    write_whole(at, &of, times, asked.interval_s)
    at += WHOLE_WIDTH
    write_bins(at, &of, asked.limits, asked.limit_count)
    return at + asked.limit_count - row


cdef void sum_up(Sorted *of) noexcept nogil:
    """Write the sums, from the smallest value up."""
    cdef double total = of.values[0]
    cdef double square = of.values[0] * of.values[0]
    cdef size_t i
    of.sums[0] = total
    of.squares[0] = square
    for i in range(1, of.count):
        total = of.values[i] + total
        square = of.values[i] * of.values[i] + square
        of.sums[i] = total
        of.squares[i] = square


cdef void write_part(double *part, const Sorted *of, double percentile) noexcept nogil:
    """Write the figures of the lowest k values; below 0, of the highest."""
    cdef size_t count = of.count
    cdef size_t k = count_taken(percentile, count)
    if k == 0:
        memset(part, 0, PART_WIDTH * sizeof(double))
        return
    part[0] = k
    if percentile > 0:
        part[2] = of.values[k - 1]
        part[3] = of.sums[k - 1]
        part[4] = of.squares[k - 1]
    else:
        part[2] = of.values[count - k]
        part[3] = of.sums[count - 1]
        part[4] = of.squares[count - 1]
        if k < count:
            part[3] -= of.sums[count - k - 1]
            part[4] -= of.squares[count - k - 1]
    part[1] = part[3] / k


cdef size_t count_taken(double percentile, size_t count) noexcept nogil:
    """Return how many of so many values a percentile takes.

    |percentile| / 100 of them, rounded half up; all, where there is one.
    """
    if count <= 1:
        return count
    return round_half_up(min(fabs(percentile) / 100 * count, <double> count))


cdef size_t round_half_up(double number) noexcept nogil:
    """Return what JavaScript's Math.round does for a number of at least 0."""
    cdef double below = floor(number)
    return <size_t> below + (number - below >= 0.5)


cdef void write_whole(
    double *whole, const Sorted *of, double times, double interval_s
) noexcept nogil:
    """Write the figures of all values.

    std is of the whole population; the median of an even number of values is the mean
    of the two in the middle.
    """
    cdef size_t count = of.count
    cdef size_t half = count // 2
    cdef double mean = of.sums[count - 1] / count
    cdef double differences = 0
    cdef size_t i
    for i in range(count):
        differences += (of.values[i] - mean) * (of.values[i] - mean)
    whole[0] = sqrt(differences / count)
    whole[1] = of.values[count - 1]
    whole[2] = of.values[0]
    whole[3] = times
    whole[4] = times / interval_s
    whole[5] = of.sums[count - 1]
    whole[6] = of.squares[count - 1]
    whole[7] = mean
    whole[8] = of.values[half]
    if count % 2 == 0:
        whole[8] = (of.values[half - 1] + of.values[half]) / 2


cdef void write_bins(
    double *bins, const Sorted *of, const double *limits, size_t count
) noexcept nogil:
    """Count the values below each limit that no bin before took; infinity takes all."""
    cdef size_t i = 0
    cdef size_t bin_, before
    for bin_ in range(count):
        before = i
        while i < of.count and (
            limits[bin_] == INFINITY or of.values[i] < limits[bin_]
        ):
            i += 1
        bins[bin_] = i - before
