"""The aggregation server: the plain twin of `statshard serve`, datagrams in, text out.

    receive(datagram) ...   flush(now_s) -> ["stats.a 0.1 1700000000", ...]

Rules, from etsy/statsd (stats.js, backends/graphite.js):

- a counter is the sum of value * (1 / rate); a gauge keeps its value from flush to
  flush, and one with a sign is added to it; a timer is its values and the sum of
  1 / rate; a set its distinct members;
- the server's own three counters are there from the start and stand first;
- of each type so many series are known, and all take so many bytes at most: what comes
  for further ones is told as `_overflow` of the type (as tests/model/series.py has it,
  for one worker, but for the values of all but a counter, which are matters of times
  and of sketches: VARIES); those known at the last flush have room before new ones;
- a flush tells counters, timers, gauges, sets, in the order of their first sample, then
  how many series that was, and what it cost (VARIES: a time, no two runs agree);
- from the second flush on there is the gauge timestamp_lag;
- after a flush counters are 0, timers and sets empty, or where idle ones are deleted,
  gone, but for the counters that are named like the server's own; a gauge then is gone
  after `gauges_max_ttl` flushes without a sample.

Otherwise than etsy: keys that JavaScript's objects have already ("constructor") are
keys like others, and keys that are whole numbers are not put first.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from tests.model.figures import Figures, Rules, bins_for, timer_figures
from tests.model.graphite_names import Names
from tests.model.js_number import write_number
from tests.model.reading import Reading, read_datagram
from tests.model.sample import Sample
from tests.model.series import SERIES_BYTES

VARIES = "@VAR@"
OVERFLOW = "_overflow"
Row = tuple[str, str]  # type, key
OWN_COUNTERS = ("bad_lines_seen", "packets_received", "metrics_received")
OWN_TIMES = (
    "graphiteStats.calculationtime",
    "processing_time",
    "graphiteStats.last_exception",
    "graphiteStats.last_flush",
    "graphiteStats.flush_time",
    "graphiteStats.flush_length",
)


@dataclass(frozen=True)
class Options:
    """What can be set."""

    compat: str = "etsy"
    sanitizes: bool = True  # keyNameSanitize
    interval_s: float = 10.0
    percentiles: Sequence[float] = (90,)
    histogram: Rules = ()
    timer_figures: Sequence[str] = ()  # calculatedTimerMetrics
    flush_counts: bool = True
    delete_counters: bool = False
    delete_timers: bool = False
    delete_sets: bool = False
    delete_gauges: bool = False
    gauges_max_ttl: int = 1
    names: Names = field(default_factory=Names)
    series_max: int = 1_000_000
    series_bytes: int = 512 << 20


class Server:
    """One server."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.counters = {self._own(name): 0.0 for name in OWN_COUNTERS}
        self.timers: dict[str, list[float]] = {}
        self.weights: dict[str, float] = {}
        self.gauges: dict[str, float] = {}
        self.gauge_ttl: dict[str, int] = {}
        self.sets: dict[str, set[bytes]] = {}
        self.flushed_at = 0
        self.came: list[tuple[str, Sample]] = []
        self.known: set[Row] = set()
        self.told: set[Row] = set()  # what was known at the last flush
        self.sketched: dict[str, float] | None = None  # None: none yet
        self.overflowed: Counter[str] = Counter()
        self._take = {
            "counter": self._take_counter,
            "timer": self._take_timer,
            "gauge": self._take_gauge,
            "gauge_delta": self._change_gauge,
            "set": self._take_set,
        }

    def receive(self, datagram: bytes) -> Reading:
        """Take in a datagram, and return how it was read."""
        options = self.options
        reading = read_datagram(datagram, options.compat, sanitizes=options.sanitizes)
        self.counters[self._own("packets_received")] += 1
        self.counters[self._own("metrics_received")] += reading.lines
        self.counters[self._own("bad_lines_seen")] += reading.bad
        self.came += reading.samples
        return reading

    def settle(self) -> None:
        """Put what came into its series."""
        rows: dict[Row, list[Sample]] = {}
        spilled: dict[str, list[Sample]] = {}
        for key, sample in self.came:
            row = (sample.kind.removesuffix("_delta"), key)
            if self._may_begin(row, rows):
                rows.setdefault(row, []).append(sample)
            else:
                spilled.setdefault(row[0], []).append(sample)
        self.came = []
        self._note_sketched(spilled)
        returning = {row for row in rows if row in self.known | self.told}
        for row in sorted(rows, key=lambda row: row not in returning):
            self._take_row(row, rows[row])
        for kind, samples in spilled.items():
            self._overflow(kind, samples)

    def _note_sketched(self, spilled: Collection[str]) -> None:
        """Tell how many timers and sets are sketches, from the first on: of those that
        overflow at once, one.
        """
        if self.sketched is not None or {"timer", "set"} & {*spilled}:
            kinds = ("timer", "set")
            self.sketched = {kind: float(kind in spilled) for kind in kinds}
            for kind, count in self.sketched.items():
                self.gauges[self._own(f"sketched_{kind}s")] = count

    def _take_row(self, row: Row, samples: Sequence[Sample]) -> None:
        """Put what came for a series into it, or where it has no room, elsewhere."""
        if row in self.known or row[1] == OVERFLOW or self._has_room(row):
            self.known.add(row)
            for sample in samples:
                self._take[sample.kind](row[1], sample)
        else:
            self._overflow(row[0], samples)

    def _may_begin(self, row: Row, rows: Collection[Row]) -> bool:
        count = count_rows(rows, row[0])
        return (
            row in rows
            or row[1] == OVERFLOW
            or count < self.options.series_max
            or row in self.told
        )

    def _has_room(self, row: Row) -> bool:
        sizes = [size_of(key) for _, key in (*self.known, row) if key != OVERFLOW]
        return (
            count_rows(self.known, row[0]) < self.options.series_max
            and sum(sizes) <= self.options.series_bytes
        )

    def _overflow(self, kind: str, samples: Sequence[Sample]) -> None:
        """Put what came for a series without room into that of its type."""
        self.known.add((kind, OVERFLOW))
        self.overflowed[kind] += len(samples)
        if kind == "counter":
            total = sum((each.value * each.scale for each in samples), 0.0)
            samples = [samples[0]._replace(value=total, scale=1.0)]
        for sample in samples:
            self._take[sample.kind](OVERFLOW, sample)

    def flush(self, now_s: float) -> list[str]:
        """Return the lines for Graphite, and begin the next interval."""
        self.settle()
        timestamp = math.floor(now_s + 0.5)
        if self.flushed_at:
            lag = timestamp - self.flushed_at - self.options.interval_s
            self.gauges[self._own("timestamp_lag")] = lag
        self.flushed_at = timestamp
        lines = [f"{name} {value} {timestamp}" for name, value in self._points()]
        self._begin_interval()
        return lines

    def figures(self, key: str) -> Figures:
        """Return the figures of a timer."""
        options = self.options
        return timer_figures(
            self.timers[key],
            self.weights[key],
            options.interval_s,
            options.percentiles,
            bins=bins_for(key, options.histogram),
            chosen=options.timer_figures,
        )

    def _points(self) -> Iterator[tuple[str, str]]:
        names = self.options.names
        for key, count in self.counters.items():
            rate_name, count_name = names.of_counter(key)
            yield rate_name, write_number(count / self.options.interval_s)
            if self.options.flush_counts:
                yield count_name, write_number(count)
        for key in self.timers:
            for figure, value in self.figures(key).items():
                shown = VARIES if key == OVERFLOW else write_number(value)
                yield names.of_timer(key, figure), shown
        for key, value in self.gauges.items():
            shown = VARIES if key == OVERFLOW else write_number(value)
            yield names.of_gauge(key), shown
        for key, members in self.sets.items():
            shown = VARIES if key == OVERFLOW else str(len(members))
            yield names.of_set(key), shown
        series = [*self.counters, *self.timers, *self.gauges, *self.sets]
        yield names.of_own("numStats"), str(len(series))
        for figure in OWN_TIMES:
            yield names.of_own(figure), VARIES

    def _begin_interval(self) -> None:
        self.told = set(self.known)
        options = self.options
        self.counters = {
            key: 0.0
            for key in self.counters
            if not options.delete_counters or any(own in key for own in OWN_COUNTERS)
        }
        kept_timers = [] if options.delete_timers else list(self.timers)
        self.timers = {key: [] for key in kept_timers}
        self.weights = dict.fromkeys(kept_timers, 0.0)
        kept_sets = [] if options.delete_sets else list(self.sets)
        self.sets = {key: set() for key in kept_sets}
        for key in list(self.gauge_ttl):
            self.gauge_ttl[key] -= 1
            if self.gauge_ttl[key] < 1:
                del self.gauges[key], self.gauge_ttl[key]
        there = {
            *(("counter", key) for key in self.counters),
            *(("timer", key) for key in self.timers),
            *(("gauge", key) for key in self.gauges),
            *(("set", key) for key in self.sets),
        }
        self.known &= there

    def _own(self, name: str) -> str:
        return f"{self.options.names.prefix_stats}.{name}"

    def _take_counter(self, key: str, sample: Sample) -> None:
        change = sample.value * sample.scale
        self.counters[key] = self.counters.get(key, 0.0) + change

    def _take_timer(self, key: str, sample: Sample) -> None:
        self.timers.setdefault(key, []).append(sample.value)
        self.weights[key] = self.weights.get(key, 0.0) + sample.scale

    def _take_gauge(self, key: str, sample: Sample) -> None:
        if self.options.delete_gauges:
            self.gauge_ttl[key] = self.options.gauges_max_ttl
        self.gauges[key] = sample.value

    def _change_gauge(self, key: str, sample: Sample) -> None:
        before = self.gauges.get(key, 0.0)
        if before and not math.isnan(before):
            sample = sample._replace(value=before + sample.value)
        self._take_gauge(key, sample)

    def _take_set(self, key: str, sample: Sample) -> None:
        self.sets.setdefault(key, set()).add(sample.member)


def count_rows(rows: Collection[Row], kind: str) -> int:
    """Return how many there are of a type, but for what overflows."""
    return sum(of == kind and key != OVERFLOW for of, key in rows)


def size_of(key: str) -> int:
    """Return what a series with this key takes."""
    return SERIES_BYTES + 2 * len(key.encode("utf-8", "surrogateescape"))
