"""Picture: what the processes tell, put together into one view. Pure: no clock.

    proxy     summary and its parts  (lines, backends, reasons)  --.
    shard-1   summary and its parts  (samples, reasons)          --+-> view()
    shard-1   flush                  (series)                    --'

    round     a flush of every server; it is over when all have flushed, or one again

A flush is the whole truth of a server's series, so nothing is remembered that the last
one did not name. Of a series without samples since, the figures are those that it had
then, and its age says how long ago that was. Times are those of what is told. Must not
know: processes, terminals.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from statshard.sinks.statsd_lines import OWN
from statshard.up.commands import SHOWN_SINK
from statshard.up.view import (
    PROXY,
    Counts,
    Dropped,
    Fields,
    News,
    Series,
    Traffic,
    View,
)

RATE_S = 2.0  # what rates are of, at least, where that long is known
# Without samples for longer, a series stands behind the others; with some again, it is
# as new: whoever sent it waits for it.
ASLEEP_S = 10.0
HISTORY_MAX = 64  # summaries, should the clock jump back
BESIDE = ("ts", "level", "event")  # fields of every event
NO_SERIES: Mapping[tuple[str, str], "_Known"] = {}


@dataclass(frozen=True, slots=True)
class _Known:
    """A series, when it came first, and when it last had samples."""

    series: Series
    first: int  # the flush of its server; after a sleep, the one that woke it
    last_s: float  # what all intervals up to then come to


class Picture:
    """What has been told so far by the proxy and by servers of these names."""

    def __init__(
        self,
        prefixes: Mapping[str, str],
        is_demonstration: Callable[[str], bool],
    ) -> None:
        # name of a server -> what its own series begin with, which are not shown
        self._own = {
            name: {f"{prefix}.{word}" for word in OWN}
            for name, prefix in prefixes.items()
        }
        self._is_demonstration = is_demonstration
        self._parts: dict[str, list[Fields]] = {}
        # The proxy's counts, and when it told them.
        self._history: deque[tuple[float, Counts]] = deque(maxlen=HISTORY_MAX)
        self._known: dict[str, Mapping[tuple[str, str], _Known]] = {}
        self._series: tuple[Series, ...] | None = None  # sorted, until the next flush
        self._flushes = dict.fromkeys(prefixes, 0)
        self._flushed_s = dict.fromkeys(prefixes, 0.0)  # all intervals so far
        self._timestamp = 0
        self._round: set[str] = set()
        self.counts: dict[str, Counts] = {}  # of each process, the latest
        self.sinks: dict[str, list[Fields]] = {}  # balances at the end, by sink

    def take_event(self, name: str, event: Fields) -> News | None:
        """Take in an event of a process; returns what it is, if a change of state."""
        kind = str(event.get("event", ""))
        if kind == "balance_sink" and event["sink"] == SHOWN_SINK:
            return None
        if kind == "balance_sink":
            self.sinks.setdefault(str(event["sink"]), []).append(event)
        elif kind in ("summary", "balance"):
            counts = Counts(event, tuple(self._parts.pop(name, ())))
            self.counts[name] = counts
            if name == PROXY:
                self._remember(counts)
        elif kind.startswith(("summary_", "balance_")):
            self._parts.setdefault(name, []).append(event)
        elif event.get("level") in ("warning", "error"):
            told = [f"{k}={v}" for k, v in event.items() if k not in BESIDE]
            return News(name, " ".join([kind, *told]))
        return None

    def take_flush(self, name: str, flush: Fields) -> bool:
        """Take in a flush of a server; returns whether a round is over with it."""
        self._timestamp = max(self._timestamp, flush["timestamp"])
        self._flushes[name] += 1
        began_s = self._flushed_s[name]
        self._flushed_s[name] += flush["interval_s"]
        before = self._known.get(name, NO_SERIES)
        known: dict[tuple[str, str], _Known] = {}
        for kind, key, figures in list_series(flush):
            if key in self._own[name]:
                continue
            old = before.get((kind, key))
            if old is not None and is_idle(kind, figures):
                known[kind, key] = old
                continue
            series = Series(
                kind=kind,
                key=key,
                backend=name,
                figures=figures,
                flush=self._flushes[name],
                age_s=0.0,
                is_demonstration=self._is_demonstration(key),
            )
            slept_s = began_s - old.last_s if old else ASLEEP_S + 1
            first = old.first if old and slept_s <= ASLEEP_S else self._flushes[name]
            known[kind, key] = _Known(series, first, self._flushed_s[name])
        self._known[name] = known
        self._series = None
        return self._end_round(name)

    def view(self) -> View:
        """Return what is known now."""
        return View(
            timestamp=self._timestamp,
            flushes=dict(self._flushes),
            traffic=tuple(self._list_traffic()),
            dropped=tuple(self._list_dropped()),
            series=self._sorted_series(),
        )

    def _end_round(self, name: str) -> bool:
        """Note that a server has flushed; tell whether the round is over."""
        is_again = name in self._round
        self._round = {name} if is_again else self._round | {name}
        is_whole = len(self._round) == len(self._own)
        if is_whole:
            self._round = set()
        return is_again or is_whole

    def _remember(self, counts: Counts) -> None:
        """Keep what rates are made of: RATE_S up to now."""
        now_s = seconds_of(counts.total)
        self._history.append((now_s, counts))
        while len(self._history) > 2 and self._history[1][0] <= now_s - RATE_S:  # noqa: PLR2004 -- the ends of a span
            self._history.popleft()

    def _rate(self, count: Callable[[Counts], int]) -> float | None:
        """Return how fast a count of the proxy grows, each second."""
        if not self._history:
            return None
        (then_s, then), (now_s, now) = self._history[0], self._history[-1]
        if now_s <= then_s:
            return None
        return (count(now) - count(then)) / (now_s - then_s)

    def _list_traffic(self) -> Iterator[Traffic]:
        proxy = self.counts.get(PROXY, Counts({}))
        backends = [self._traffic_of(name, proxy) for name in self._own]
        judged = [part for part in proxy.list_dropped() if not part["backend"]]
        yield Traffic(
            name="in",
            lines_per_s=self._rate(lambda counts: counts.of("received_lines")),
            lines=proxy.of("received_lines"),
            dropped=sum(part["lines"] for part in judged),
        )
        yield Traffic(
            name="out",
            lines_per_s=self._rate(lambda counts: counts.of("forwarded_lines")),
            lines=proxy.of("forwarded_lines"),
            dropped=sum(each.dropped for each in backends),
            waiting=proxy.of("waiting_lines"),
            samples=sum(each.samples or 0 for each in backends),
            refused=sum(each.refused or 0 for each in backends),
            series=sum(each.series or 0 for each in backends),
        )
        yield from backends

    def _traffic_of(self, name: str, proxy: Counts) -> Traffic:
        server = self.counts.get(name, Counts({}))

        def forwarded(counts: Counts) -> int:
            lines: int = counts.of_backend(name).get("forwarded_lines", 0)
            return lines

        dropped = [part for part in proxy.list_dropped() if part["backend"] == name]
        return Traffic(
            name=name,
            lines_per_s=self._rate(forwarded),
            lines=forwarded(proxy),
            dropped=sum(part["lines"] for part in dropped),
            waiting=proxy.of_backend(name).get("waiting_lines", 0),
            samples=server.of("aggregated_samples"),
            refused=server.of("dropped_samples"),
            series=len(self._known.get(name, NO_SERIES)),
        )

    def _list_dropped(self) -> Iterator[Dropped]:
        for name in (PROXY, *self._own):
            counts = self.counts.get(name, Counts({}))
            for part in counts.list_dropped():
                where = part["backend"] if name == PROXY else name
                unit = "lines" if name == PROXY else "samples"
                yield Dropped(where, part["reason"], part[unit], unit)
            lost = counts.of("kernel_dropped_datagrams")
            if lost:
                where = "" if name == PROXY else name
                yield Dropped(where, "not read in time", lost, "datagrams")

    def _sorted_series(self) -> tuple[Series, ...]:
        """Return all series as they are shown; of many, sorting them is what costs."""
        if self._series is None:
            known = [each for some in self._known.values() for each in some.values()]
            known.sort(key=self._place)
            self._series = tuple(map(self._aged, known))
        return self._series

    def _place(self, known: _Known) -> tuple[bool, bool, int, str, str]:
        """Return what series are sorted by: a client's, alive, the newest of them.

        Somebody is waiting for these. The demonstration's stay where they are.
        """
        series = known.series
        if series.is_demonstration:
            return True, False, 0, series.key, series.kind
        has_slept = self._age_s(known) > ASLEEP_S
        return False, has_slept, -known.first, series.key, series.kind

    def _aged(self, known: _Known) -> Series:
        age_s = self._age_s(known)
        return replace(known.series, age_s=age_s) if age_s else known.series

    def _age_s(self, known: _Known) -> float:
        return self._flushed_s[known.series.backend] - known.last_s


def list_series(flush: Fields) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield (kind, key, figures) of all series that a flush tells of."""
    rates = flush["counter_rates"]
    for key, count in flush["counters"].items():
        yield "counter", key, {"count": count, "rate": rates.get(key)}
    for key, value in flush["gauges"].items():
        yield "gauge", key, {"value": value}
    for key, figures in flush["timers"].items():
        yield "timer", key, figures
    for key, count in flush["sets"].items():
        yield "set", key, {"count": count}


def is_idle(kind: str, figures: Mapping[str, Any]) -> bool:
    """Tell whether a flush had no samples of a series; of a gauge nobody can tell."""
    return kind != "gauge" and all(value == 0 for value in figures.values())


def seconds_of(event: Fields) -> float:
    """Return when an event was told, in seconds since the epoch."""
    return datetime.fromisoformat(event["ts"]).timestamp()
