"""Gather: from what the store holds after a fold to the record that sinks are given.

    forget idle series -> fold (plane) -> rows of each kind  -- named, rated -->  Flush
    own counts, lag, events and checks ------------------------------------------'

The arithmetic was done by the compiled fold; here rows become figures, and the
server's own series are put beside the others. Runs in a thread of its own: nothing
else may use the store meanwhile. Must not know: workers, sinks, clocks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from statshard.flush.clock import Interval
from statshard.flush.figures import FigureTable
from statshard.flush.idle import IdleRules
from statshard.flush.snapshot import Flush, Own, with_own_counters, with_own_gauges

SKETCHED = ("timer", "set")  # the types of which too much can come


class Store(Protocol):
    """What is asked of the plane's Store."""

    def counters(self) -> Mapping[str, float]:
        """Return key -> sum."""

    def gauges(self) -> Mapping[str, float]:
        """Return key -> value."""

    def sets(self) -> Mapping[str, int]:
        """Return key -> number of distinct members."""

    def timers(
        self,
        percentiles: tuple[float, ...],
        interval_s: float,
        histograms: tuple[tuple[str, Sequence[float]], ...] = ...,
    ) -> Mapping[str, Sequence[float] | None]:
        """Return key -> row of figures, None without values."""

    def sketched(self, type_: str) -> Sequence[str]:
        """Return the keys of those series of a type that are sketches."""

    def values(self, key: str) -> Sequence[float]:
        """Return a timer's values, ascending; of a sketch none."""

    def members(self, key: str) -> Sequence[bytes]:
        """Return a set's members; of a sketch none."""

    def expire(self, type_: str, idle: int, spared: tuple[str, ...] = ...) -> int:
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
    tells_sketched: bool = False  # how many, be it none: some were before
    raw: Sequence[bytes] = ()  # events and checks, as they came
    is_last: bool = False


def gather(store: Store, recipe: Recipe, interval: Interval, beside: Beside) -> Flush:
    """Return the record of an interval, of what the store holds after its fold."""
    by_elapsed = recipe.rates_by_elapsed and interval.is_irregular
    interval_s = rated_s(interval) if by_elapsed else interval.nominal_s
    table = recipe.figures
    rows = store.timers(
        table.percentiles,
        interval_s,
        tuple((rule.part, rule.bins) for rule in table.rules),
    )
    idle = table.idle()
    sets = store.sets()
    sketched = {kind: store.sketched(kind) for kind in SKETCHED}
    return Flush(
        timestamp=interval.timestamp,
        interval_s=interval_s,
        counters=with_own_counters(beside.own, recipe.prefix_stats, store.counters()),
        timers={
            key: idle if row is None else table.read(key, row)
            for key, row in rows.items()
        },
        gauges=with_own_gauges(
            store.gauges(),
            recipe.prefix_stats,
            beside.lag_s,
            count_sketched(sketched, tells_none=beside.tells_sketched),
        ),
        sets=sets,
        sketched=sketched,
        timer_values=list_values(store, rows) if recipe.wants_values else {},
        set_members=list_members(store, sets) if recipe.wants_values else {},
        percentiles=table.percentiles,
        is_irregular=interval.is_irregular,
        is_last=beside.is_last,
        events=tuple(line for line in beside.raw if line.startswith(b"_e{")),
        checks=tuple(line for line in beside.raw if line.startswith(b"_sc|")),
    )


def forget_idle(store: Store, rules: IdleRules) -> None:
    """Forget the series that were told of for the last time; before a fold.

    Before, so that a gauge that is gone begins at 0 and not where it stood, and the
    store shows until then what was told.
    """
    for expiry in rules.list_expiries():
        store.expire(*expiry)


def rated_s(interval: Interval) -> float:
    """Return the length that rates are of: the real one, at least a second.

    Of less than that no rate would mean anything; a stop may come right after a flush.
    """
    return max(interval.elapsed_s, min(1.0, interval.nominal_s))


def count_sketched(
    sketched: Mapping[str, Sequence[str]], *, tells_none: bool
) -> dict[str, int]:
    """Return how many series of each type are sketches; nothing where none is.

    `tells_none`: be it none. So that a server of which no series ever was one tells
    what etsy's does.
    """
    counts = {kind: len(keys) for kind, keys in sketched.items()}
    return counts if tells_none or any(counts.values()) else {}


def list_values(store: Store, keys: Iterable[str]) -> dict[str, Sequence[float]]:
    """Return the values of timers, ascending."""
    return {key: store.values(key) for key in keys}


def list_members(store: Store, keys: Iterable[str]) -> dict[str, list[str]]:
    """Return the members of sets; bytes that are no UTF-8 stand as surrogates."""
    return {key: [text_of(each) for each in store.members(key)] for key in keys}


def text_of(octets: bytes) -> str:
    """Return bytes as text, from which the same bytes come back."""
    return octets.decode("utf-8", "surrogateescape")
