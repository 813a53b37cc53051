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
- of each type so many series are known, and all take so many bytes at most; what comes
  for further ones goes to `_overflow` of the type, which counts for neither, and is
  counted, with the prefixes of their names. Of the series of one worker and interval
  the first so many begin, and those of the server; the others overflow at once, where
  timers and sets are sketches whatever they have. A gauge that overflows is set to what
  it came to, from 0, when it changed last;
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
from tests.model.offenders import Offenders
from tests.model.sample import Sample, read_samples
from tests.model.series_name import series_name
from tests.model.siphash import siphash

RAW_MAX = 65_536
KINDS = ("counter", "gauge", "timer", "set")
NO_MAX = 1 << 62
SERIES_BYTES = 240  # beside twice the key
OVERFLOW = b"_overflow"
SPILLED = b"\n"  # the key of what overflows in an interval: no series' own

Key = tuple[str, bytes]  # type, key


@dataclass
class Gauge:
    """What came for a gauge."""

    set_ns: int = 0
    value: float = 0.0
    changes: list[tuple[int, float]] = field(default_factory=list)

    def after(self, set_ns: int, *, is_winner: bool) -> list[tuple[int, float]]:
        """Return the changes that count once the gauge was set somewhere."""
        return [c for c in self.changes if is_winner or c[0] > set_ns]

    def settled(self) -> "Gauge":
        """Return it as it is when it overflows."""
        value = self.value
        for _, change in self.changes:
            value = change if math.isnan(value) else value + change
        set_ns = self.changes[-1][0] if self.changes else self.set_ns
        return Gauge(set_ns, value)


@dataclass
class Interval:
    """What came for one worker."""

    compat: str = "strict"
    series_max: int = NO_MAX
    known: frozenset[Key] = frozenset()
    rows: dict[Key, int] = field(default_factory=dict)  # samples
    overflowed: Counter[str] = field(default_factory=Counter)
    offenders: dict[str, Offenders] = field(default_factory=dict)
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
        kind = sample.kind.removesuffix("_delta")
        if self._may_begin(kind, key):
            self.rows[kind, key] = self.rows.get((kind, key), 0) + 1
        else:
            self.overflowed[kind] += 1
            self.offenders.setdefault(kind, Offenders()).note(key, 1)
            key = SPILLED
            if kind == "gauge":
                sample = sample._replace(kind="gauge")
        self._take_sample(key, sample, at_ns)
        return kind

    def _may_begin(self, kind: str, key: bytes) -> bool:
        rows = [row for row in self.rows if row[0] == kind and row[1] != OVERFLOW]
        return (
            key == OVERFLOW
            or (kind, key) in rows
            or len(rows) < self.series_max
            or (kind, key) in self.known
        )

    def _take_sample(self, key: bytes, sample: Sample, at_ns: int) -> None:
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

    def _drop(self, reason: str) -> None:
        self.received += 1
        self.dropped[reason] += 1


class Bounds(NamedTuple):
    """How much of one series is kept one by one."""

    timer_values: int
    set_members: int


NO_BOUNDS = Bounds(NO_MAX, NO_MAX)


class Store:
    """What is known; `key` is that of the hashes."""

    def __init__(
        self,
        bounds: Bounds | None = None,
        key: bytes = bytes(16),
        series_max: int = NO_MAX,
        bytes_max: int = NO_MAX,
    ) -> None:
        self.bounds = bounds or NO_BOUNDS
        self.key = key
        self.sketches: dict[str, Sketch] = {}
        self.estimates: dict[str, float] = {}
        self.series_max, self.bytes_max = series_max, bytes_max
        self.known: dict[Key, None] = {}
        self.counters: dict[str, float] = {}
        self.timers: dict[str, list[float]] = {}
        self.times: dict[str, float] = {}
        self.gauges: dict[str, float] = {}
        self.sets: dict[str, list[bytes]] = {}
        self.overflowed: Counter[str] = Counter()
        self.offenders: dict[str, Offenders] = {}
        self._seen: dict[bytes, list[Gauge]] = {}
        self._came: dict[str, list[tuple[list[float], bool]]] = {}
        self._spilled: set[str] = set()

    def fold(self, intervals: Sequence[Interval]) -> None:
        """Begin anew with what these hold."""
        self.counters = dict.fromkeys(self.counters, 0.0)
        self.timers = {key: [] for key in self.timers}
        self.times = dict.fromkeys(self.timers, 0.0)
        self.sets = {key: [] for key in self.sets}
        self.overflowed, self.offenders = Counter(), {}
        self._seen, self._came, self._spilled = {}, {}, set()
        for interval in intervals:
            for (kind, key), samples in interval.rows.items():
                self._gather(interval, kind, key, self._place(kind, key, samples))
            for kind in KINDS:
                if interval.overflowed[kind]:
                    self._gather(interval, kind, SPILLED, OVERFLOW)
                    self._spilled.add(kind)
                    self.overflowed[kind] += interval.overflowed[kind]
                    self._offenders_of(kind).merge(interval.offenders[kind])
        for key, seen in self._seen.items():
            self.gauges[text(key)] = fold_gauge(self.gauges[text(key)], seen)
        self._sketch()
        self.timers = {key: sorted(values) for key, values in self.timers.items()}

    def forget(self, kind: str, key: bytes) -> None:
        """Know a series no longer."""
        del self.known[kind, key]
        del getattr(self, kind + "s")[text(key)]

    def size_of(self, kind: str) -> int:
        """Return how many series of a kind there are, but for what overflows."""
        return sum(of == kind and key != OVERFLOW for of, key in self.known)

    def size_bytes(self) -> int:
        """Return what all of them take."""
        keys = [key for _, key in self.known if key != OVERFLOW]
        return sum(SERIES_BYTES + 2 * len(key) for key in keys)

    def _sketch(self) -> None:
        """Make sketches of what is too much, and of what overflowed in an interval."""
        bounds = self.bounds
        self.sketches, self.estimates = {}, {}
        for name, values in self.timers.items():
            is_spilled = "timer" in self._spilled and name == text(OVERFLOW)
            if len(values) > bounds.timer_values or is_spilled:
                self.sketches[name] = sketch_of(self._came[name], bounds.timer_values)
                self.timers[name] = []
        for name, members in self.sets.items():
            is_spilled = "set" in self._spilled and name == text(OVERFLOW)
            if len(members) > bounds.set_members or is_spilled:
                self.estimates[name] = estimate_of(members, self.key)
                self.sets[name] = []

    def _place(self, kind: str, key: bytes, samples: int) -> bytes:
        """Return the key of the series that a series' samples go to."""
        if (kind, key) in self.known or key == OVERFLOW:
            return key
        size_bytes = self.size_bytes() + SERIES_BYTES + 2 * len(key)
        if self.size_of(kind) < self.series_max and size_bytes <= self.bytes_max:
            return key
        self.overflowed[kind] += samples
        self._offenders_of(kind).note(key, samples)
        return OVERFLOW

    def _offenders_of(self, kind: str) -> Offenders:
        return self.offenders.setdefault(kind, Offenders())

    def _gather(self, interval: Interval, kind: str, key: bytes, to: bytes) -> None:
        """Add what came for a key to what the series of a key comes to."""
        self.known.setdefault((kind, to))
        name = text(to)
        if kind == "counter":
            before = self.counters.get(name, 0.0)
            self.counters[name] = before + interval.counters[key]
        elif kind == "timer":
            values = interval.timers[key]
            self.timers.setdefault(name, []).extend(values)
            self.times[name] = self.times.get(name, 0.0) + interval.times[key]
            self._came.setdefault(name, []).append((values, key == SPILLED))
        elif kind == "set":
            known = self.sets.setdefault(name, [])
            known += [member for member in interval.sets[key] if member not in known]
        else:
            self.gauges.setdefault(name, 0.0)
            gauge = interval.gauges[key]
            is_stranger = key not in (to, SPILLED)
            seen = self._seen.setdefault(to, [])
            seen.append(gauge.settled() if is_stranger else gauge)


def sketch_of(came: Iterable[tuple[Sequence[float], bool]], most: int) -> Sketch:
    """Return one sketch of what workers have, each of which keeps so many values.

    Those that are told so are sketches whatever they have.
    """
    sketch = Sketch()
    for values, is_sketch in came:
        if len(values) > most or is_sketch:
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


def text(key: bytes) -> str:
    """Return a key as a store tells it."""
    return key.decode("utf-8", "surrogateescape")
