"""Gather: from what the store holds after a fold to the record that sinks are given.

    store  -- idle series forgotten -->  rows of each kind  -- named, rated -->  Flush
    own counts, lag, events and checks ------------------------------------------'

The arithmetic was done by the compiled fold; here keys become text, rows figures, and
the server's own series are put beside the others. Runs in a thread of its own: nothing
else may use the store meanwhile. Must not know: workers, sinks, clocks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from statshard.flush.clock import Interval
from statshard.flush.figures import PERCENTILE_WIDTH, Figures, FigureTable
from statshard.flush.idle import IdleRules, Kind
from statshard.flush.snapshot import Flush, Own, with_lag, with_own_counters

Part = tuple[int, float, float, float, float]
TimerRow = tuple[
    bytes,  # key
    float,  # times: the sum of 1 / rate
    int,  # idle
    tuple[float, ...] | None,  # std upper lower sum sum_squares mean median
    tuple[Part | None, ...] | None,  # for each percentile
    tuple[int, ...] | None,  # bins
]
NO_PART = (0,) * PERCENTILE_WIDTH


class Store(Protocol):
    """What is asked of the plane's Store."""

    def counters(self) -> list[tuple[bytes, float, int]]:
        """Return (key, sum, idle)."""

    def gauges(self) -> list[tuple[bytes, float, int]]:
        """Return (key, value, idle)."""

    def sets(self) -> list[tuple[bytes, int, int]]:
        """Return (key, distinct members, idle)."""

    def timers(
        self,
        percentiles: tuple[float, ...],
        histograms: tuple[tuple[bytes, Sequence[float]], ...] = ...,
    ) -> Sequence[TimerRow]:
        """Return the rows of all timers."""

    def values(self, key: bytes) -> list[float]:
        """Return a timer's values, ascending."""

    def members(self, key: bytes) -> list[bytes]:
        """Return a set's members."""

    def forget(self, type_: str, keys: Iterable[bytes]) -> int:
        """Forget some series."""

    def expire(self, type_: str, idle: int) -> int:
        """Forget series that have been idle for so long."""


@dataclass(frozen=True)
class Recipe:
    """What of the settings a flush is made by."""

    figures: FigureTable = field(default_factory=FigureTable)
    idle: IdleRules = field(default_factory=IdleRules)
    prefix_stats: str = "statsd"
    # Rates of an interval of another length than it should have are of what it had;
    # etsy's are always of what it should.
    rates_by_elapsed: bool = False
    wants_values: bool = False  # for a sink that shows them


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a flush tells beside the series of the store."""

    own: Own = field(default_factory=Own)
    lag_s: float | None = None  # None: the first flush
    raw: Sequence[bytes] = ()  # events and checks, as they came
    is_last: bool = False


def gather(store: Store, recipe: Recipe, interval: Interval, beside: Beside) -> Flush:
    """Return the record of an interval; forgets what has been idle for too long."""
    forget_idle(store, recipe.idle)
    by_elapsed = recipe.rates_by_elapsed and interval.is_irregular
    interval_s = interval.elapsed_s if by_elapsed else interval.nominal_s
    counters = {text_of(key): total for key, total, _ in store.counters()}
    gauges = {text_of(key): value for key, value, _ in store.gauges()}
    sets = [(key, size) for key, size, _ in store.sets()]
    timers = _read_timers(store, recipe.figures, interval_s)
    values, members = {}, {}
    if recipe.wants_values:
        values = {key: store.values(octets_of(key)) for key in timers}
        members = {
            text_of(key): [text_of(each) for each in store.members(key)]
            for key, _ in sets
        }
    return Flush(
        timestamp=interval.timestamp,
        interval_s=interval_s,
        counters=with_own_counters(beside.own, recipe.prefix_stats, counters),
        timers=timers,
        gauges=with_lag(gauges, recipe.prefix_stats, beside.lag_s),
        sets={text_of(key): size for key, size in sets},
        timer_values=values,
        set_members=members,
        percentiles=recipe.figures.percentiles,
        is_irregular=interval.is_irregular,
        is_last=beside.is_last,
        events=tuple(line for line in beside.raw if line.startswith(b"_e{")),
        checks=tuple(line for line in beside.raw if line.startswith(b"_sc|")),
    )


def forget_idle(store: Store, rules: IdleRules) -> None:
    """Forget the series that are not told of any more."""
    for kind, limit in (
        (Kind.TIMER, rules.timer),
        (Kind.GAUGE, rules.gauge),
        (Kind.SET, rules.set),
    ):
        if limit > 0:
            store.expire(kind.value, limit)
    if rules.counter > 0:
        gone = [
            key
            for key, _, idle in store.counters()
            if not rules.keeps(Kind.COUNTER, text_of(key), idle)
        ]
        store.forget(Kind.COUNTER.value, gone)


def text_of(octets: bytes) -> str:
    """Return a key as text, from which the same bytes come back."""
    return octets.decode("utf-8", "surrogateescape")


def octets_of(text: str) -> bytes:
    """Return the bytes of a key."""
    return text.encode("utf-8", "surrogateescape")


def _read_timers(
    store: Store, table: FigureTable, interval_s: float
) -> dict[str, Figures]:
    rules = tuple((octets_of(rule.part), rule.bins) for rule in table.rules)
    idle = table.idle()
    timers = {}
    for octets, times, _, figures, parts, bins in store.timers(
        table.percentiles, rules
    ):
        key = text_of(octets)
        if figures is None:
            timers[key] = idle
            continue
        row = [value for part in parts or () for value in part or NO_PART]
        row += figures[:3]
        row += (times, times / interval_s)
        row += figures[3:]
        timers[key] = table.read(key, row + list(bins or ()))
    return timers
