"""Many values told to within 1 %: the plain twin of the DDSketch.

    value 1.03   50 log = 1.478   bin 2: (e^0.02, e^0.04]   told as e^0.03 / cosh 0.01

Rules:

- a value above 0 is counted in bin ceil(50 log x), one below 0 in that of its magnitude
  among the negative; 0 and the infinities are counted alone;
- pages are of 128 bins; of each sign only the 16 highest that have values are kept, and
  all that is below them is counted in the lowest bin of the lowest of them;
- a bin is told as (2 g^i) / (g + 1), g = e^0.02, but never beyond lowest and highest;
- the deviation by Welford, merged as by Chan, Golub and LeVeque.

Source: Masson, Rim and Lee, "DDSketch", PVLDB 12(12), 2019.
"""

import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ALPHA = 0.01
LEAST_BIN = -37_376
PAGE_BINS = 128
PAGES_MAX = 16
COSH_OF_A_HUNDREDTH = 1.0000500004166681


@dataclass
class Sketch:
    """One sketch."""

    negative: Counter[int] = field(default_factory=Counter)
    positive: Counter[int] = field(default_factory=Counter)
    others: Counter[float] = field(default_factory=Counter)  # 0 and the infinities
    count: int = 0
    lowest: float = math.inf
    highest: float = -math.inf
    sum: float = 0.0
    sum_squares: float = 0.0
    mean: float = 0.0
    deviations: float = 0.0

    def add(self, values: Iterable[float]) -> None:
        """Take values in, in order."""
        for value in values:
            self._add_moments(value)
            self.lowest = min(self.lowest, value)
            self.highest = max(self.highest, value)
            if value == 0 or math.isinf(value):
                self.others[value] += 1
            elif value > 0:
                self.positive[bin_of(value)] += 1
            else:
                self.negative[bin_of(-value)] += 1

    def merge(self, other: "Sketch") -> None:
        """Take in all that another one has."""
        if not other.count:
            return
        share = other.count / (self.count + other.count)
        difference = other.mean - self.mean
        if self.count:
            self.mean += difference * share
            self.deviations += difference * difference * share * self.count
        else:
            self.mean = other.mean
        self.deviations += other.deviations
        self.count += other.count
        self.sum += other.sum
        self.sum_squares += other.sum_squares
        self.lowest = min(self.lowest, other.lowest)
        self.highest = max(self.highest, other.highest)
        self.negative += other.negative
        self.positive += other.positive
        self.others += other.others

    def bins(self) -> tuple[dict[int, int], dict[int, int]]:
        """Return bin -> count of the negative and of the positive values."""
        return collapsed(self.negative), collapsed(self.positive)

    def levels(self) -> list[tuple[float, int]]:
        """Return the (value, count) of each level, ascending."""
        negative, positive = self.bins()
        told = [(-middle_of(at), n) for at, n in reversed(negative.items())]
        told += [(0.0, self.others[0.0])]
        told += [(middle_of(at), n) for at, n in positive.items()]
        told = [(-math.inf, self.others[-math.inf]), *told]
        told += [(math.inf, self.others[math.inf])]
        return [(max(self.lowest, min(x, self.highest)), n) for x, n in told if n]

    def moments(self) -> tuple[int, float, float, float, float, float, float]:
        """Return count, lowest, highest, sum, sum of squares, mean, deviations."""
        sums = (self.sum, self.sum_squares, self.mean, self.deviations)
        return (self.count, self.lowest, self.highest, *sums)

    def _add_moments(self, value: float) -> None:
        difference = value - self.mean
        self.count += 1
        self.sum += value
        self.sum_squares += value * value
        self.mean += difference / self.count
        self.deviations += difference * (value - self.mean)


def bin_of(magnitude: float) -> int:
    """Return the bin of what is finite and above 0."""
    return math.ceil(math.log(magnitude) * 50) - LEAST_BIN


def middle_of(bin_: int) -> float:
    """Return what a bin is told as."""
    try:
        told = math.exp((bin_ + LEAST_BIN - 0.5) / 50) / COSH_OF_A_HUNDREDTH
    except OverflowError:
        told = math.inf
    return min(told, sys.float_info.max)


def collapsed(bins: Mapping[int, int]) -> dict[int, int]:
    """Return bins without those below the highest pages, which are in the lowest."""
    pages = sorted({at // PAGE_BINS for at in bins})[-PAGES_MAX:]
    kept: Counter[int] = Counter()
    for at, count in bins.items():
        kept[max(at, pages[0] * PAGE_BINS)] += count
    return dict(sorted(kept.items()))
