"""Exposition: what a Prometheus server is shown, kept from flush to flush. Pure.

    counter   a.b:3|c      a_b_total       the sum since the start
    gauge     g:5|g        g               its value
    set       s:x|s        s               a gauge: distinct members of the last flush
    timer     t:320|ms     t_seconds{quantile="0.9"}     upper_90 of the last flush
                           t_seconds_sum  t_seconds_count          since the start
    timer of a histogram   t_seconds_bucket{le="0.5"}  ..._sum ..._count  likewise

Rules:
- Prometheus takes neither two types of one name nor two series of one name and labels.
  Who comes first has it; later ones are refused, and counted: `conflicting_type`,
  `conflicting_labels`. A name has all that its samples are called, x_sum too;
- a counter that went down would be taken for one that began anew: `negative_counter`;
- sampled values count as 1 / rate in sum, count and buckets alike, so that sum / count
  is the mean. Bins are exclusive (etsy's), `le` is inclusive: a value on a limit stands
  one bucket higher;
- a counter or timer that flushes have not told of for `idle_s` is forgotten, gauges and
  sets at once.

Source: prometheus/docs, "Exposition formats". Must not know: HTTP, the text that comes
of it.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from statshard.sinks.exposition_names import (
    BINS,
    family_name,
    fit_labels,
    le_of,
)
from statshard.sinks.series import Tags, split_series
from statshard.sinks.sink import Figures, Flush

CLOSE = 1e-9  # two that differ less are one, but for rounding

# kind -> what is behind its name in that of each sample; "" is the family's own.
ENDS: Mapping[str, tuple[str, ...]] = {
    "counter": ("", "_total"),
    "gauge": ("",),
    "summary": ("", "_sum", "_count"),
    "histogram": ("", "_bucket", "_sum", "_count"),
}
AT_ONCE = ("gauge", "set")  # are forgotten
OWN_LABEL = {"summary": "quantile", "histogram": "le"}


@dataclass(slots=True)
class Shown:
    """One series, as the next scrape has it."""

    labels: dict[str, str]
    told_s: int = 0  # the time stamp of the flush that last told of it
    turn: int = 0  # and its number
    value: float = 0.0  # of a counter or a gauge
    sum: float = 0.0  # of a timer, as the four below; not divided yet
    count: float = 0.0
    divisor: float = 1.0  # to its unit
    quantiles: tuple[tuple[str, float], ...] = ()
    buckets: dict[str, float] = field(default_factory=dict)  # by le, not yet cumulative


@dataclass(slots=True)
class Family:
    """All series of one name."""

    name: str
    kind: str
    help: str
    unit: str = ""
    series: dict[Tags, tuple[str, str]] = field(default_factory=dict)  # -> (kind, key)


@dataclass(frozen=True, slots=True)
class Units:
    """What unit timers are in, by their keys."""

    divisor: float = 1000.0  # to the unit
    name: str = "seconds"  # "": none
    plain: tuple[str, ...] = ()  # parts of keys whose timers have none

    def of(self, key: str) -> tuple[float, str]:
        """Return the divisor and the unit of a timer."""
        if any(part in key for part in self.plain):
            return 1.0, ""
        return self.divisor, self.name


class Exposition:
    """All that is shown."""

    def __init__(
        self, number: Callable[[float], str], units: Units, idle_s: int
    ) -> None:
        self._number = number
        self._units = units
        self._idle_s = idle_s
        self._families: dict[str, Family] = {}
        self._owners: dict[str, str] = {}  # name of a sample -> its family's
        self._shown: dict[tuple[str, str], tuple[Family, Shown]] = {}
        self._now_s = 0  # the time stamp of the flush that is taken
        self._turn = 0  # and its number
        self.unfit: Counter[str] = Counter()

    def take(self, flush: Flush) -> int:
        """Add a flush; return how many of its series are shown."""
        shown = 0
        self._now_s, self._turn = flush.timestamp, self._turn + 1
        for key, count in flush.counters.items():
            shown += self._take_counter(key, count)
        for key, figures in flush.timers.items():
            shown += self._take_timer(key, figures, flush)
        for kind, values in (("gauge", flush.gauges), ("set", flush.sets)):
            for key, value in values.items():
                series = self._find(kind, key, "gauge")
                if series is not None:
                    series.value = float(value)
                    shown += 1
        self._forget()
        return shown

    def list_families(self) -> Iterator[tuple[Family, list[Shown]]]:
        """Yield each family with its series."""
        for family in self._families.values():
            yield family, [self._shown[at][1] for at in family.series.values()]

    def _take_counter(self, key: str, count: float) -> bool:
        if not math.isfinite(count) or count < 0:
            reason = "negative_counter" if count < 0 else "not_finite"
            self.unfit[reason] += 1
            return False
        series = self._find("counter", key, "counter")
        if series is None:
            return False
        series.value += count
        return True

    def _take_timer(self, key: str, figures: Figures, flush: Flush) -> bool:
        told = dict(zip(figures.names, figures.values, strict=True))
        at = ("timer", key)
        if not told.get("count") and at in self._shown:
            series = self._tell(at)
            series.quantiles = ()
            return True
        if not {"count", "sum", "mean"} <= told.keys():
            # Idle from its first flush on, or not among timer_figures.
            self.unfit["no_figures"] += bool(told.get("count", 1.0))
            return False
        bins = {name: n for name, n in told.items() if name.startswith(BINS)}
        kind = "histogram" if bins else "summary"
        divisor, unit = self._units.of(key)
        found = self._find("timer", key, kind, unit)
        if found is None:
            return False
        weight = weigh(told, bins)
        found.count += told["count"]
        found.divisor = divisor
        found.sum += told["sum"] * weight
        for name, count in bins.items():
            le = le_of(name, divisor)
            found.buckets[le] = found.buckets.get(le, 0.0) + count * weight
        if not bins:
            found.quantiles = tuple(self._quantiles(told, flush.percentiles))
        return True

    def _quantiles(
        self, told: Mapping[str, float], percentiles: Sequence[float]
    ) -> Iterator[tuple[str, float]]:
        for each in percentiles:
            name = "upper_" + self._number(each).replace(".", "_", 1)
            if each > 0 and name in told:
                yield repr(round(each / 100, 12)), told[name]

    def _find(self, source: str, key: str, kind: str, unit: str = "") -> Shown | None:
        """Return the series of a key, new if need be; None: it is refused."""
        at = (source, key)
        if at in self._shown:
            return self._tell(at)
        series = split_series(key)
        labels = fit_labels(series.tags, OWN_LABEL.get(kind, ""))
        name = family_name(series.name, kind, unit)
        family = self._families.get(name) or self._found(name, kind, source, unit)
        if family is None or family.kind != kind or family.unit != unit:
            self.unfit["conflicting_type"] += 1
            return None
        if labels in family.series:
            self.unfit["conflicting_labels"] += 1
            return None
        family.series[labels] = at
        self._shown[at] = family, Shown(dict(labels))
        return self._tell(at)

    def _tell(self, at: tuple[str, str]) -> Shown:
        """Return a series that is shown, noting that it was told of."""
        shown = self._shown[at][1]
        shown.told_s, shown.turn = self._now_s, self._turn
        return shown

    def _found(self, name: str, kind: str, source: str, unit: str) -> Family | None:
        """Found a family; None: another has one of its names."""
        names = [name + end for end in ENDS[kind]]
        if any(each in self._owners for each in names):
            return None
        self._owners |= dict.fromkeys(names, name)
        family = Family(name, kind, f"A {source} of StatsD.", unit)
        self._families[name] = family
        return family

    def _forget(self) -> None:
        """Forget what flushes have not told of for too long."""
        gone = [
            at
            for at, (_, shown) in self._shown.items()
            if shown.turn != self._turn
            and (at[0] in AT_ONCE or self._now_s - shown.told_s > self._idle_s)
        ]
        for at in gone:
            family, shown = self._shown.pop(at)
            del family.series[tuple(shown.labels.items())]
            if not family.series:
                del self._families[family.name]
                for end in ENDS[family.kind]:
                    del self._owners[family.name + end]


def weigh(told: Mapping[str, float], bins: Mapping[str, float]) -> float:
    """Return what one value of a timer counts: 1, but where some were sampled.

    The count is weighted, the bins and the sum are not; how many values there were is
    in the mean, or in the bins where these take every value.
    """
    if BINS + "inf" in bins:
        values = sum(bins.values())
    else:
        values = told["sum"] / told["mean"] if told["mean"] else told["count"]
    weight = told["count"] / values if values else 1.0
    return 1.0 if math.isclose(weight, 1.0, rel_tol=CLOSE) else weight


def cumulated(shown: Shown) -> list[tuple[str, float]]:
    """Return the buckets of a histogram, each with all that is below it."""
    finite = sorted(
        ((le, n) for le, n in shown.buckets.items() if le != "+Inf"),
        key=lambda each: float(each[0]),
    )
    sums = accumulate(count for _, count in finite)
    # By rounding a sum of weights may be above the count.
    below = [
        (le, min(total, shown.count))
        for (le, _), total in zip(finite, sums, strict=True)
    ]
    return [*below, ("+Inf", shown.count)]
