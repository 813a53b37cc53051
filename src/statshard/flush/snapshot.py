"""Flush: what one interval came to, the immutable record that every sink is given.

    workers' tables -> fold -> Flush -> sink, sink, ...

Keys are text; bytes that are no UTF-8 stand in it as surrogates (PEP 383), so that any
key comes back as it was. Order is that of output: the server's own counters, then all
series in the order in which they first came. Must not know: sinks, tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from statshard.flush.figures import Figures
from statshard.flush.idle import OWN_COUNTERS


@dataclass(frozen=True, slots=True)
class Own:
    """What the server counted of its own input in an interval."""

    bad_lines_seen: int = 0  # samples, in fact: etsy's name
    packets_received: int = 0  # datagrams
    metrics_received: int = 0  # lines

    def counters(self, prefix: str) -> dict[str, float]:
        """Return them as counters under their names."""
        return {f"{prefix}.{name}": float(getattr(self, name)) for name in OWN_COUNTERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """One interval."""

    timestamp: int  # when it ended, seconds since the epoch
    interval_s: float  # what rates are of
    counters: Mapping[str, float] = field(default_factory=dict)  # key -> sum
    timers: Mapping[str, Figures] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)
    sets: Mapping[str, int] = field(default_factory=dict)  # key -> distinct members
    # "timer", "set" -> the keys of those that are sketches: of them only figures are
    # kept, to within 1 %, and no values or members.
    sketched: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Only where a sink shows them: the values of timers, ascending; members of sets.
    timer_values: Mapping[str, Sequence[float]] = field(default_factory=dict)
    set_members: Mapping[str, Sequence[str]] = field(default_factory=dict)
    percentiles: tuple[float, ...] = ()
    processing_ms: int = 0  # from the end of the interval to this record
    is_irregular: bool = False  # the interval was not as long as it should be
    is_last: bool = False
    events: tuple[bytes, ...] = ()  # DogStatsD events and checks, as they came
    checks: tuple[bytes, ...] = ()

    @property
    def num_stats(self) -> int:
        """How many series are told of."""
        return sum(map(len, (self.counters, self.timers, self.gauges, self.sets)))

    def rates(self) -> dict[str, float]:
        """Return the counters' rates, each second."""
        return {key: count / self.interval_s for key, count in self.counters.items()}


def with_own_counters(
    own: Own, prefix: str, counters: Mapping[str, float]
) -> dict[str, float]:
    """Return the server's own counters and then the others.

    A sender that uses one of these names adds to it, as with etsy.
    """
    first = own.counters(prefix)
    return {
        **{key: count + counters.get(key, 0.0) for key, count in first.items()},
        **{key: count for key, count in counters.items() if key not in first},
    }


def with_own_gauges(
    gauges: Mapping[str, float],
    prefix: str,
    lag_s: float | None,
    sketched: Mapping[str, int],
) -> dict[str, float]:
    """Return the gauges and the server's own.

    How late this flush is, in seconds; None: this is the first flush, which has no such
    gauge. How many series are `sketched`, for each type in it.
    """
    own = {} if lag_s is None else {f"{prefix}.timestamp_lag": lag_s}
    own |= {f"{prefix}.sketched_{kind}s": float(n) for kind, n in sketched.items()}
    return {**gauges, **own}
