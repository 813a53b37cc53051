"""Sketch figures: what a flush computes of a timer that is a sketch.

    levels, ascending    0.98 x 3   1.01 x 40   1.03 x 52   ...      (ddsketch.pyx)
    row                  as figures.pyx has it

    exact        count, count_ps, upper, lower, count_P; sum, sum_squares, mean and std
                 but for rounding; all figures of a percentile that takes every value
    within 1 %   upper_P, lower_topP, and the one or two values that the median is of
    of what is added (1 % of a value, 2.01 % of a square, whatever its sign)
                 sum_P, mean_P, sum_squares_P
    bins         a value that is less than 1 % off a limit may stand beyond it

Which values a percentile takes, and what the figures mean, is as in figures.pyx. Must
not know: series, clocks, what figures are called.
"""
from libc.math cimport INFINITY, sqrt
from libc.stdint cimport uint64_t
from libc.string cimport memset

from statshard.plane.ddsketch cimport DDSketch, Level, list_levels
from statshard.plane.figures cimport PART_WIDTH, WHOLE_WIDTH, Asked, count_taken

# A sketch and its levels.
cdef struct Told:
    const DDSketch *sketch
    const Level *levels
    size_t count             # of levels


cdef size_t write_sketch_row(
    double *row, const Asked *asked, const DDSketch *sketch, double times, Level *room
) noexcept nogil:
    """Write the figures of a sketch's values, at least one, that came so many times.

    `room` is for LEVELS_MAX. Return how many figures that is.
    """
    cdef Told of = Told(sketch, room, list_levels(sketch, room))
    cdef double *at = row
    cdef size_t i
    for i in range(asked.percentile_count):
        write_part(at, &of, asked.percentiles[i])
        at += PART_WIDTH
    write_whole(at, &of, times, asked.interval_s)
    at += WHOLE_WIDTH
    write_bins(at, &of, asked.limits, asked.limit_count)
    return at + asked.limit_count - row


cdef void write_part(double *part, const Told *of, double percentile) noexcept nogil:
    """Write the figures of the lowest k values; below 0, of the highest."""
    cdef uint64_t k = count_taken(percentile, of.sketch.count)
    memset(part, 0, PART_WIDTH * sizeof(double))
    if k == 0:
        return
    if k == of.sketch.count:
        part[2] = of.sketch.highest if percentile > 0 else of.sketch.lowest
        part[3] = of.sketch.sum
        part[4] = of.sketch.sum_squares
    else:
        add_up(part, of, k, percentile > 0)
    part[0] = k
    part[1] = part[3] / k


cdef void add_up(
    double *part, const Told *of, uint64_t k, bint is_from_below
) noexcept nogil:
    """Write the bound and the sums of k values, from one end."""
    cdef size_t at = 0
    cdef const Level *level
    cdef uint64_t taken
    while k > 0:
        level = &of.levels[at if is_from_below else of.count - 1 - at]
        taken = min(k, level.count)
        part[2] = level.value
        part[3] += taken * level.value
        part[4] += taken * (level.value * level.value)
        k -= taken
        at += 1


cdef void write_whole(
    double *whole, const Told *of, double times, double interval_s
) noexcept nogil:
    """Write the figures of all values."""
    cdef const DDSketch *sketch = of.sketch
    cdef uint64_t half = sketch.count // 2
    whole[0] = sqrt(sketch.deviations / sketch.count)
    whole[1] = sketch.highest
    whole[2] = sketch.lowest
    whole[3] = times
    whole[4] = times / interval_s
    whole[5] = sketch.sum
    whole[6] = sketch.sum_squares
    whole[7] = sketch.sum / sketch.count
    whole[8] = value_at(of, half)
    if sketch.count % 2 == 0:
        whole[8] = (value_at(of, half - 1) + whole[8]) / 2


cdef double value_at(const Told *of, uint64_t rank) noexcept nogil:
    """Return what the value of a rank, the first is 0, is told as."""
    cdef const Level *level = of.levels
    while rank >= level.count:
        rank -= level.count
        level += 1
    return level.value


cdef void write_bins(
    double *bins, const Told *of, const double *limits, size_t count
) noexcept nogil:
    """Count the values below each limit that no bin before took; infinity takes all."""
    cdef size_t at = 0
    cdef size_t bin_
    cdef uint64_t inside
    for bin_ in range(count):
        inside = 0
        while at < of.count and (
            limits[bin_] == INFINITY or of.levels[at].value < limits[bin_]
        ):
            inside += of.levels[at].count
            at += 1
        bins[bin_] = inside
