"""The plain twin of what collectors gather and a fold makes of it.

    take(line, at_ns) ...      an Interval: what came for one worker
    fold([interval, ...])      a Store: what is known, and what the interval came to

Rules:

- counter: the sum of value * (1 / rate), from 0; workers' sums are added in order;
- timer: all values, sorted, and the sum of 1 / rate;
- set: the distinct members, in the order of their coming, worker by worker;
- either, where all workers' are more than the bounds: a sketch of what they have,
  worker by worker, to which one that is beyond the bounds alone gives a sketch;
- gauge: of all workers the last set wins (at one time, the last worker's); the changes
  behind it on its own worker follow, and those of others that came later, by time and
  worker. None set: all changes, on the value that the gauge had. A value that is no
  number is not added to;
- a series stays known, in the order in which it became so, with nothing in it;
- received samples = aggregated + dropped; a refused line is one, so are events and
  checks.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.model import line as line_model
from tests.model.ddsketch import Sketch
from tests.model.hyperloglog import Distinct
from tests.model.sample import Sample, read_samples
from tests.model.series_name import series_name
from tests.model.siphash import siphash

RAW_MAX = 65_536


@dataclass
class Gauge:
    """What came for a gauge."""

    set_ns: int = 0
    value: float = 0.0
    changes: list[tuple[int, float]] = field(default_factory=list)

    def after(self, set_ns: int, *, is_winner: bool) -> list[tuple[int, float]]:
        """Return the changes that count once the gauge was set somewhere."""
        return [c for c in self.changes if is_winner or c[0] > set_ns]


@dataclass
class Interval:
    """What came for one worker."""

    compat: str = "strict"
    counters: dict[bytes, float] = field(default_factory=dict)
    timers: dict[bytes, list[float]] = field(default_factory=dict)
    times: dict[bytes, float] = field(default_factory=dict)
    gauges: dict[bytes, Gauge] = field(default_factory=dict)
    sets: dict[bytes, dict[bytes, None]] = field(default_factory=dict)
    raw: list[bytes] = field(default_factory=list)
    received: int = 0
    aggregated: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    def take(self, datagram: bytes, at_ns: int) -> None:
        """Take the lines of a datagram that came at a time."""
        for line in line_model.split_lines(datagram):
            refusal = line_model.refusal(line)
            if self.compat == "etsy":
                self._take_samples(line, at_ns)
            elif refusal:
                self._drop(refusal)
            elif line.startswith((b"_e{", b"_sc|")):
                self._take_raw(line)
            else:
                self._take_samples(line, at_ns)

    def _take_raw(self, line: bytes) -> None:
        if sum(len(each) + 1 for each in [*self.raw, line]) > RAW_MAX:
            self._drop("too_many_events")
            return
        self.raw.append(line)
        self.received += 1
        self.aggregated["event" if line.startswith(b"_e{") else "check"] += 1

    def _take_samples(self, line: bytes, at_ns: int) -> None:
        key = series_name(line, self.compat)
        if key is None:
            self._drop("empty_name")
            return
        for sample in read_samples(line, self.compat):
            if isinstance(sample, str):
                self._drop(sample)
            else:
                self.received += 1
                self.aggregated[self._put(key, sample, at_ns)] += 1

    def _put(self, key: bytes, sample: Sample, at_ns: int) -> str:
        if sample.kind == "counter":
            before = self.counters.get(key, 0.0)
            self.counters[key] = before + sample.value * sample.scale
        elif sample.kind == "timer":
            self.timers.setdefault(key, []).append(sample.value)
            self.times[key] = self.times.get(key, 0.0) + sample.scale
        elif sample.kind == "set":
            self.sets.setdefault(key, {})[sample.member] = None
        elif sample.kind == "gauge":
            self.gauges[key] = self.gauges.get(key, Gauge())
            self.gauges[key].set_ns, self.gauges[key].value = at_ns, sample.value
            self.gauges[key].changes.clear()
        else:
            self.gauges.setdefault(key, Gauge()).changes.append((at_ns, sample.value))
        return sample.kind.removesuffix("_delta")

    def _drop(self, reason: str) -> None:
        self.received += 1
        self.dropped[reason] += 1


class Bounds(NamedTuple):
    """How much of one series is kept one by one."""

    timer_values: int
    set_members: int


class Store:
    """What is known; `key` is that of the hashes."""

    def __init__(self, bounds: Bounds | None = None, key: bytes = bytes(16)) -> None:
        self.bounds = bounds
        self.key = key
        self.sketches: dict[str, Sketch] = {}
        self.estimates: dict[str, float] = {}
        self.counters: dict[str, float] = {}
        self.timers: dict[str, list[float]] = {}
        self.times: dict[str, float] = {}
        self.gauges: dict[str, float] = {}
        self.sets: dict[str, list[bytes]] = {}

    def fold(self, intervals: Sequence[Interval]) -> None:
        """Begin anew with what these hold."""
        self.counters = dict.fromkeys(self.counters, 0.0)
        self.timers = {key: [] for key in self.timers}
        self.times = dict.fromkeys(self.timers, 0.0)
        self.sets = {key: [] for key in self.sets}
        for interval in intervals:
            for key, number in interval.counters.items():
                name = text(key)
                self.counters[name] = self.counters.get(name, 0.0) + number
            for key, values in interval.timers.items():
                name = text(key)
                self.timers[name] = sorted(self.timers.get(name, []) + values)
                self.times[name] = self.times.get(name, 0.0) + interval.times[key]
            for key, members in interval.sets.items():
                known = self.sets.setdefault(text(key), [])
                known += [member for member in members if member not in known]
            for key in interval.gauges:
                self.gauges.setdefault(text(key), 0.0)
        for key in dict.fromkeys(key for each in intervals for key in each.gauges):
            seen = [each.gauges[key] for each in intervals if key in each.gauges]
            self.gauges[text(key)] = fold_gauge(self.gauges[text(key)], seen)
        self.sketches, self.estimates = {}, {}
        if self.bounds:
            self._sketch(intervals, self.bounds)

    def _sketch(self, intervals: Sequence[Interval], bounds: Bounds) -> None:
        """Make sketches of what is too much."""
        for name, values in self.timers.items():
            if len(values) > bounds.timer_values:
                came = [each.timers.get(octets(name), []) for each in intervals]
                self.sketches[name] = sketch_of(came, bounds.timer_values)
                self.timers[name] = []
        for name, members in self.sets.items():
            if len(members) > bounds.set_members:
                self.estimates[name] = estimate_of(members, self.key)
                self.sets[name] = []


def sketch_of(came: Iterable[Sequence[float]], most: int) -> Sketch:
    """Return one sketch of what workers have, each of which keeps so many values."""
    sketch = Sketch()
    for values in came:
        if len(values) > most:
            alone = Sketch()
            alone.add(values)
            sketch.merge(alone)
        else:
            sketch.add(values)
    return sketch


def estimate_of(members: Iterable[bytes], key: bytes) -> float:
    """Return about how many distinct members these are."""
    distinct = Distinct()
    distinct.add(siphash(member, key) for member in members)
    return distinct.estimate()


def fold_gauge(before: float, seen: Sequence[Gauge]) -> float:
    """Return where a gauge stands after what the workers saw."""
    winner = max(reversed(seen), key=lambda gauge: gauge.set_ns)
    value = winner.value if winner.set_ns else before
    changes = [
        change
        for gauge in seen
        for change in gauge.after(winner.set_ns, is_winner=gauge is winner)
    ]
    for _, change in sorted(changes, key=lambda each: each[0]):
        value = change if math.isnan(value) else value + change
    return value


def octets(name: str) -> bytes:
    """Return the key that a store tells so."""
    return name.encode("utf-8", "surrogateescape")


def text(key: bytes) -> str:
    """Return a key as a store tells it."""
    return key.decode("utf-8", "surrogateescape")
