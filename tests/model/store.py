"""The store of an aggregation server, as its face has it: the plain twin.

    take(key, sample) ...   fold()   counters() gauges() timers(...) sets()

Rules: a fold begins anew with what came since the last: counters from 0, timers and
sets from nothing, gauges from where they stood. A series stays, in the order in which
it became known, until it is forgotten; `idle` counts the folds since samples came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.model.figures import bins_for, timer_figures
from tests.model.sample import Sample

Part = tuple[int, float, float, float, float]
TimerRow = tuple[
    bytes,
    float,
    int,
    tuple[float, ...] | None,
    tuple[Part | None, ...] | None,
    tuple[int, ...] | None,
]
ALL = ("std", "upper", "lower", "sum", "sum_squares", "mean", "median")


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
        self.series: dict[tuple[str, bytes], Series] = {}
        self.came: list[tuple[bytes, Sample]] = []

    def take(self, key: bytes, sample: Sample) -> None:
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

    def counters(self) -> list[tuple[bytes, float, int]]:
        """Return (key, sum, idle)."""
        return [(key, each.number, each.idle) for key, each in self._all("counter")]

    def gauges(self) -> list[tuple[bytes, float, int]]:
        """Return (key, value, idle)."""
        return [(key, each.number, each.idle) for key, each in self._all("gauge")]

    def sets(self) -> list[tuple[bytes, int, int]]:
        """Return (key, number of members, idle)."""
        return [(key, len(each.members), each.idle) for key, each in self._all("set")]

    def timers(
        self,
        percentiles: tuple[float, ...],
        histograms: tuple[tuple[bytes, Sequence[float]], ...] = (),
    ) -> list[TimerRow]:
        """Return (key, times, idle, figures, parts, bins)."""
        rules = [(part.decode(), bins) for part, bins in histograms]
        rows: list[TimerRow] = []
        for key, each in self._all("timer"):
            if not each.values:
                rows.append((key, each.number, each.idle, None, None, None))
                continue
            bins = bins_for(key.decode("utf-8", "surrogateescape"), rules)
            told = timer_figures(each.values, each.number, 1, (), bins=bins)
            rows.append(
                (
                    key,
                    each.number,
                    each.idle,
                    tuple(told[name] for name in ALL),
                    tuple(_part(each.values, percentile) for percentile in percentiles),
                    tuple(int(n) for name, n in told.items() if "bin_" in name),
                )
            )
        return rows

    def values(self, key: bytes) -> list[float]:
        """Return a timer's values, sorted."""
        return sorted(self.series["timer", key].values)

    def members(self, key: bytes) -> list[bytes]:
        """Return a set's members."""
        return self.series["set", key].members

    def forget(self, type_: str, keys: Iterable[bytes]) -> int:
        """Forget some series; return how many were known."""
        gone = [self.series.pop((type_, key), None) for key in keys]
        return len(gone) - gone.count(None)

    def expire(self, type_: str, idle: int) -> int:
        """Forget the series of a type without samples in the last so many folds."""
        late = [key for key, each in self._all(type_) if each.idle >= idle]
        return self.forget(type_, late)

    def _all(self, type_: str) -> list[tuple[bytes, Series]]:
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


def _part(values: Sequence[float], percentile: float) -> Part | None:
    """Return a percentile's figures, None where it takes no value."""
    told = list(timer_figures(values, 0, 1, [percentile]).values())
    count, mean, bound, total, squares = told[:5]
    return (
        (int(count), mean, bound, total, squares) if len(told) > len(ALL) + 2 else None
    )
