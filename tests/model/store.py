"""The store of an aggregation server, as its face has it: the plain twin.

    take(key, sample) ...   fold()   counters() gauges() timers(...) sets()

Rules: a fold begins anew with what came since the last: counters from 0, timers and
sets from nothing, gauges from where they stood. A series stays, in the order in which
it became known, until it expires; `idle` counts the folds since samples came. A row
is as FigureTable reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.model.figures import bins_for, timer_figures
from tests.model.sample import Sample

NINE = 9  # figures of all values


@dataclass
class Series:
    """One series."""

    idle: int = -1
    number: float = 0.0
    values: list[float] = field(default_factory=list)
    members: list[bytes] = field(default_factory=list)


class Store:
    """All series of a server."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, str], Series] = {}
        self.came: list[tuple[str, Sample]] = []

    def take(self, key: str, sample: Sample) -> None:
        """Take in a sample, for the next fold."""
        self.came.append((key, sample))

    def fold(self) -> None:
        """End an interval."""
        for (kind, _), series in self.series.items():
            series.idle += 1
            if kind != "gauge":
                series.number, series.values, series.members = 0.0, [], []
        for key, sample in self.came:
            kind = sample.kind.removesuffix("_delta")
            series = self.series.setdefault((kind, key), Series())
            series.idle = 0
            _add(series, sample)
        self.came = []

    def counters(self) -> dict[str, float]:
        """Return key -> sum."""
        return {key: each.number for key, each in self._all("counter")}

    def gauges(self) -> dict[str, float]:
        """Return key -> value."""
        return {key: each.number for key, each in self._all("gauge")}

    def sets(self) -> dict[str, int]:
        """Return key -> number of members."""
        return {key: len(each.members) for key, each in self._all("set")}

    def timers(
        self,
        percentiles: tuple[float, ...],
        interval_s: float,
        histograms: tuple[tuple[str, Sequence[float]], ...] = (),
    ) -> dict[str, tuple[float, ...] | None]:
        """Return key -> row of figures, None without values."""
        rows: dict[str, tuple[float, ...] | None] = {}
        for key, each in self._all("timer"):
            bins = bins_for(key, histograms)
            rows[key] = _row(each, percentiles, interval_s, bins)
        return rows

    def sketched(self, type_: str) -> list[str]:
        """Return no keys: all is kept."""
        del type_
        return []

    def values(self, key: str) -> list[float]:
        """Return a timer's values, sorted."""
        return sorted(self.series["timer", key].values)

    def members(self, key: str) -> list[bytes]:
        """Return a set's members."""
        return self.series["set", key].members

    def expire(self, type_: str, idle: int, spared: tuple[str, ...] = ()) -> int:
        """Forget the series of a type without samples in the last so many folds."""
        late = [
            (type_, key)
            for key, each in self._all(type_)
            if each.idle >= idle and not any(text in key for text in spared)
        ]
        for series in late:
            del self.series[series]
        return len(late)

    def _all(self, type_: str) -> list[tuple[str, Series]]:
        return [(key, each) for (of, key), each in self.series.items() if of == type_]


def _add(series: Series, sample: Sample) -> None:
    if sample.kind == "counter":
        series.number += sample.value * sample.scale
    elif sample.kind == "gauge":
        series.number = sample.value
    elif sample.kind == "gauge_delta":
        series.number += sample.value
    elif sample.kind == "timer":
        series.values.append(sample.value)
        series.number += sample.scale
    elif sample.member not in series.members:
        series.members.append(sample.member)


def _row(
    series: Series,
    percentiles: Sequence[float],
    interval_s: float,
    bins: Sequence[float],
) -> tuple[float, ...] | None:
    """Return five figures for each percentile, 0 where it takes no value, the nine of
    all values, and the bins.
    """
    if not series.values:
        return None
    row: list[float] = []
    for percentile in percentiles:
        told = timer_figures(series.values, 0, 1, [percentile])
        row += list(told.values())[:5] if len(told) > NINE else [0] * 5
    told = timer_figures(series.values, series.number, interval_s, (), bins=bins)
    return (*row, *told.values())
