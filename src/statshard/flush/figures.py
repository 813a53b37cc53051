"""Figures: the names of what a timer comes to, which of them are told, and the bins.

The compiled fold gives each timer one row of doubles. This table says what they are:

    row   count mean bound sum sum_squares, for each percentile; then the nine of BASE;
          then one count for each bin

    90     count_90     mean_90     upper_90     sum_90     sum_squares_90
    99.9   count_99_9   mean_99_9   upper_99_9   ...
    -10    count_top10  mean_top10  lower_top10  ...

Rules, from etsy/statsd (lib/process_metrics.js): a percentile that no value falls into
(its count is 0) is left out; a timer without values tells count_ps and count, both 0;
the first histogram rule whose text is part of the key gives the bins. `chosen` is
calculatedTimerMetrics: percentiles go by `upper_percent` and the like, those with a
decimal point by no name at all. Must not know: arithmetic, sinks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import inf
from typing import NamedTuple, Protocol

from statshard.flush.js_number import number_text

PERCENTILE_WIDTH = 5
BASE = (
    "std",
    "upper",
    "lower",
    "count",
    "count_ps",
    "sum",
    "sum_squares",
    "mean",
    "median",
)
IDLE = ("count_ps", "count")


class Figured(Protocol):
    """What one timer comes to, whoever made it."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in order."""

    @property
    def values(self) -> Sequence[float]:
        """One value for each name."""


class Figures(NamedTuple):
    """What one timer comes to."""

    names: tuple[str, ...]  # shared by all timers that tell the same
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class HistogramRule:
    """Which timers are counted in which bins."""

    part: str  # of the key; empty: any
    bins: tuple[float, ...]  # exclusive upper limits, ascending; none: no histogram


@dataclass(frozen=True, slots=True)
class _Choice:
    """What is told of rows of one shape."""

    names: tuple[str, ...]
    places: tuple[int, ...]
    is_whole: bool  # all, as they stand


@dataclass(frozen=True)
class FigureTable:
    """The names of all figures under one configuration."""

    percentiles: tuple[float, ...] = (90.0,)
    rules: tuple[HistogramRule, ...] = ()
    chosen: frozenset[str] = frozenset()
    _choices: dict[tuple[int, bytes], _Choice] = field(default_factory=dict)

    def rule_of(self, key: str) -> int:
        """Return the number of the rule that meets a timer, -1 for none."""
        return next((n for n, rule in enumerate(self.rules) if rule.part in key), -1)

    def read(self, key: str, row: Sequence[float]) -> Figures:
        """Return the figures of a timer that has values, from its row."""
        counts = row[: PERCENTILE_WIDTH * len(self.percentiles) : PERCENTILE_WIDTH]
        shape = (self.rule_of(key), bytes(count > 0 for count in counts))
        choice = self._choices.get(shape)
        if choice is None:
            choice = self._choices[shape] = self._choose(*shape)
        if choice.is_whole:
            return Figures(choice.names, row)
        return Figures(choice.names, tuple(row[place] for place in choice.places))

    def idle(self) -> Figures:
        """Return the figures of a timer that has no values."""
        names = tuple(name for name in IDLE if self._is_told(name))
        return Figures(names, (0.0,) * len(names))

    def _choose(self, rule: int, present: bytes) -> _Choice:
        bins = self.rules[rule].bins if rule >= 0 else ()
        every = list(self._list_names(bins))
        width = PERCENTILE_WIDTH * len(present)
        places = tuple(
            place
            for place, name in enumerate(every)
            if (place >= width or present[place // PERCENTILE_WIDTH])
            and self._is_told(name)
        )
        names = tuple(every[place] for place in places)
        return _Choice(names, places, len(places) == len(every))

    def _list_names(self, bins: Sequence[float]) -> Iterator[str]:
        percentiles = (percentile_names(each) for each in self.percentiles)
        return chain(chain.from_iterable(percentiles), BASE, map(bin_name, bins))

    def _is_told(self, name: str) -> bool:
        return not self.chosen or general_name(name) in self.chosen


def percentile_names(percentile: float) -> tuple[str, ...]:
    """Return the names of a percentile's figures, in the order of a row."""
    suffix = number_text(percentile).replace(".", "_", 1).replace("-", "top", 1)
    bound = "upper" if percentile > 0 else "lower"
    return tuple(
        f"{word}_{suffix}" for word in ("count", "mean", bound, "sum", "sum_squares")
    )


def bin_name(limit: float) -> str:
    """Return 0.01 -> "histogram.bin_0_01", inf -> "histogram.bin_inf"."""
    text = "inf" if limit == inf else number_text(limit).replace(".", "_", 1)
    return f"histogram.bin_{text}"


def general_name(name: str) -> str:
    """Return the name by which a figure is chosen."""
    return re.sub(r"_(top)?[0-9]+$", "_percent", name.partition(".")[0])
