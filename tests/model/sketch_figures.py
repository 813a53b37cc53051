"""The figures of a timer of which a sketch is left: the plain twin.

    levels (5.0, 3) (7.1, 2)   percentile 60   count 3  upper 5.0  sum 15.0  mean 5.0

Rules: what a percentile takes and what figures mean is as in figures.py, of the values
as the sketch's levels tell them; count, sums, bounds, mean and std are those that the
sketch has kept beside, for a percentile that takes all values too.
"""

import math
from collections.abc import Sequence

from tests.model.ddsketch import Sketch
from tests.model.figures import round_half_up


def sketch_row(
    sketch: Sketch,
    times: float,
    interval_s: float,
    percentiles: Sequence[float],
    bins: Sequence[float] = (),
) -> list[float]:
    """Return five figures for each percentile, 0 where it takes no value, the nine of
    all values, and the bins.
    """
    row = [x for each in percentiles for x in part_of(sketch, each)]
    told = [value for value, count in sketch.levels() for _ in range(count)]
    half = len(told) // 2
    median = told[half] if len(told) % 2 else (told[half - 1] + told[half]) / 2
    row += [math.sqrt(sketch.deviations / sketch.count), sketch.highest, sketch.lowest]
    row += [times, times / interval_s, sketch.sum, sketch.sum_squares]
    row += [sketch.sum / sketch.count, median]
    for limit in bins:
        inside = [x for x in told if x < limit or limit == math.inf]
        told = told[len(inside) :]
        row.append(len(inside))
    return [*map(float, row)]


def part_of(sketch: Sketch, percentile: float) -> list[float]:
    """Return the figures of a percentile."""
    n = sketch.count
    k = n if n == 1 else min(round_half_up(abs(percentile) / 100 * n), n)
    if k == 0:
        return [0.0] * 5
    if k == n:
        bound = sketch.highest if percentile > 0 else sketch.lowest
        return [k, sketch.sum / k, bound, sketch.sum, sketch.sum_squares]
    total = squares = bound = 0.0
    left = k
    for value, count in sketch.levels()[:: 1 if percentile > 0 else -1]:
        taken = min(left, count)
        if taken:
            bound = value
            total += taken * value
            squares += taken * (value * value)
            left -= taken
    return [k, total / k, bound, total, squares]
