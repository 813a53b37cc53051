"""The figures of a timer: the plain twin of what a flush computes.

    values 1 2 .. 10, one each, 10 s, percentile 90
    count_90 9  mean_90 5  upper_90 9  sum_90 45  sum_squares_90 285
    std 2.8722813232690143  upper 10  lower 1  count 10  count_ps 1  sum 55
    sum_squares 385  mean 5.5  median 5.5  [histogram.bin_*]

Rules, from etsy/statsd's lib/process_metrics.js, in its order of additions:

- sums run over the sorted values from the smallest up;
- a percentile p takes the k lowest values, k = |p| / 100 * n rounded half up; below 0
  the k highest; with one value always that; with k = 0 it is left out;
- std is of the whole population; the median of an even number is the mean of the two;
- a bin holds the values below its limit that no earlier bin took; the rest is dropped;
- no values: `count_ps` and `count`, both 0, in this order.

Otherwise than etsy: the sums of the k highest where k = n, which are NaN there.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from tests.model.js_number import write_number

Figures = dict[str, float]
Rules = Sequence[tuple[str, Sequence[float]]]


def timer_figures(  # noqa: PLR0913 -- a timer and all that is configured about it
    values: Sequence[float],
    weight: float,
    interval_s: float,
    percentiles: Sequence[float],
    *,
    bins: Sequence[float] = (),
    chosen: Sequence[str] = (),
) -> Figures:
    """Return name -> figure in the order of output; `weight` is the sum of 1/rate."""
    if not values:
        return choose({"count_ps": 0.0, "count": 0.0}, chosen)
    ordered = sorted(values)
    n = len(ordered)
    sums = list(accumulate(ordered))
    squares = list(accumulate(value * value for value in ordered))
    figures: Figures = {}
    for percentile in percentiles:
        figures |= _percentile(ordered, sums, squares, percentile)
    mean = sums[-1] / n
    middle = n // 2
    figures["std"] = math.sqrt(left_sum((x - mean) * (x - mean) for x in ordered) / n)
    figures["upper"] = ordered[-1]
    figures["lower"] = ordered[0]
    figures["count"] = weight
    figures["count_ps"] = weight / interval_s
    figures["sum"] = sums[-1]
    figures["sum_squares"] = squares[-1]
    figures["mean"] = mean
    figures["median"] = (
        ordered[middle] if n % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    )
    return choose(figures | _histogram(ordered, bins), chosen)


def choose(figures: Figures, chosen: Sequence[str]) -> Figures:
    """Return the figures that calculatedTimerMetrics names; none named: all.

    `upper_90` and `lower_top10` go by `upper_percent` and `lower_percent`; `upper_99_9`
    by `upper_99_percent`, which nobody asks for; all bins by `histogram`.
    """
    if not chosen:
        return figures
    return {name: x for name, x in figures.items() if general_name(name) in chosen}


def general_name(name: str) -> str:
    """Return the name by which calculatedTimerMetrics chooses a figure."""
    return re.sub(r"_(top)?[0-9]+$", "_percent", name.partition(".")[0])


def bins_for(key: str, rules: Rules) -> Sequence[float]:
    """Return the bins of the first rule whose text is part of the key."""
    return next((bins for part, bins in rules if part in key), ())


def percentile_suffix(percentile: float) -> str:
    """Return 90 -> "90", 99.9 -> "99_9", -10 -> "top10"."""
    return write_number(percentile).replace(".", "_", 1).replace("-", "top", 1)


def left_sum(values: Iterable[float]) -> float:
    """Return the sum from left to right, one rounding each (sum() may do better)."""
    total = 0.0
    for value in values:
        total += value
    return total


def round_half_up(number: float) -> int:
    """Return JavaScript's Math.round for a number that is not negative."""
    below = math.floor(number)
    return below + 1 if number - below >= 0.5 else below


def _percentile(
    ordered: Sequence[float],
    sums: Sequence[float],
    squares: Sequence[float],
    percentile: float,
) -> Mapping[str, float]:
    n = len(ordered)
    k = n if n == 1 else round_half_up(abs(percentile) / 100 * n)
    if k == 0:
        return {}
    if percentile > 0:
        bound, name = ordered[k - 1], "upper"
        total, square = sums[k - 1], squares[k - 1]
    else:
        bound, name = ordered[n - k], "lower"
        total, square = sums[-1], squares[-1]
        if k < n:
            total -= sums[n - k - 1]
            square -= squares[n - k - 1]
    suffix = percentile_suffix(percentile)
    return {
        f"count_{suffix}": float(k),
        f"mean_{suffix}": total / k,
        f"{name}_{suffix}": bound,
        f"sum_{suffix}": total,
        f"sum_squares_{suffix}": square,
    }


def _histogram(ordered: Sequence[float], bins: Sequence[float]) -> Figures:
    counted: Figures = {}
    rest = list(ordered)
    for limit in bins:
        inside = [x for x in rest if x < limit or limit == math.inf]
        rest = rest[len(inside) :]
        counted[f"histogram.{bin_name(limit)}"] = float(len(inside))
    return counted


def bin_name(limit: float) -> str:
    """Return 0.01 -> "bin_0_01", inf -> "bin_inf"."""
    text = "inf" if limit == math.inf else write_number(limit)
    return "bin_" + text.replace(".", "_", 1)
