"""Line protocol: a flush as InfluxDB's lines. Pure.

    req.count,az=1,env=prod count=11,rate=1.1 1700000000000
    measurement    tags     fields            timestamp, in milliseconds

    counter   count rate               gauge   value
    timer     lower upper count rate mean median stddev sum sum_squares
              count_90 mean_90 upper_90 sum_90 sum_squares_90 ... bin_10 bin_inf
    set       count

Rules: fields are gostatsd's, and all floats, so that no field ever changes its type. In
a measurement "," and " ", in tags also "=", stand behind a backslash. A backslash of a
name becomes "_": InfluxDB does not take one off again, and one at the end would hide
the comma behind it. Flushes that end in one second are a millisecond apart, since a
later point of one time would overwrite the earlier. A measurement must not begin a
comment ("#"), nor a tag be called as the time is. With a type tag each line says what
it is, so that a counter and a timer of one name are two series; without, the first of
them is told and others are counted as "conflict", since they would overwrite it.
Source: the InfluxDB line protocol reference; gostatsd, pkg/backends/influxdb. Must not
know: HTTP, batches.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from statshard.sinks.series import split_series
from statshard.sinks.sink import Figures, Flush, Wording

OWN_NAMES = {"std": "stddev", "count_ps": "rate"}
# "__name__" is the measurement in stores that are kin to Prometheus.
RESERVED = frozenset({"time", "_field", "_measurement", "__name__"})
BINS = "histogram."
Fields = Sequence[tuple[str, float]]
_IN_MEASUREMENT = re.compile(r"[, ]")
_IN_TAG = re.compile(r"[,= ]")
_PLAIN = re.compile(r"[A-Za-z0-9_.:/-]+")


class LineProtocol:
    """How one sink's lines are written, and what could not be."""

    def __init__(self, wording: Wording, type_tag: str = "") -> None:
        self._number: Callable[[float], str] = wording.number
        self._has_counts = wording.has_counts
        self._type_tag = type_tag
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._last_s = 0  # the time stamp of the last flush
        self._repeats = 0  # how many before it had the same
        self.unfit: Counter[str] = Counter()

    def list_lines(self, flush: Flush) -> Iterator[str]:
        """Yield the lines of a flush, each with its LF."""
        self._repeats = self._repeats + 1 if flush.timestamp == self._last_s else 0
        self._last_s = flush.timestamp
        end = f" {1000 * flush.timestamp + self._repeats}\n"
        told: set[str] = set()
        for kind, fields_by_key in self._list_fields(flush):
            # A gauge's one field is no other kind's.
            mine = set() if kind == "gauge" else told
            for key, fields in fields_by_key:
                head = self._head(key, kind)
                text = self._fields_text(fields)
                if head in mine:
                    self.unfit["conflict"] += 1
                elif text:
                    mine.add(head)
                    yield f"{head} {text}{end}"

    def _list_fields(
        self, flush: Flush
    ) -> Iterator[tuple[str, Iterator[tuple[str, Fields]]]]:
        """Yield each kind, and for each of its keys the fields."""
        yield "counter", self._counters(flush.counters, flush.interval_s)
        yield "timer", ((k, self._figures(each)) for k, each in flush.timers.items())
        yield "gauge", ((k, [("value", each)]) for k, each in flush.gauges.items())
        yield "set", ((k, [("count", each)]) for k, each in flush.sets.items())

    def _counters(
        self, counters: Mapping[str, float], interval_s: float
    ) -> Iterator[tuple[str, Fields]]:
        for key, count in counters.items():
            rate = ("rate", count / interval_s)
            yield key, [("count", count), rate] if self._has_counts else [rate]

    def _figures(self, figures: Figures) -> Fields:
        names = self._names.get(figures.names)
        if names is None:
            names = tuple(field_name(each) for each in figures.names)
            self._names[figures.names] = names
        return list(zip(names, figures.values, strict=True))

    def _fields_text(self, fields: Fields) -> str:
        finite = [
            f"{name}={self._number(value)}"
            for name, value in fields
            if math.isfinite(value)
        ]
        if len(finite) < len(fields):
            self.unfit["not_finite"] += len(fields) - len(finite)
        return ",".join(finite)

    def _head(self, key: str, kind: str) -> str:
        series = split_series(key)
        tags = series.tags
        if self._type_tag:
            others = [tag for tag in tags if tag[0] != self._type_tag]
            tags = tuple(sorted([*others, (self._type_tag, kind)]))
        return measurement(series.name) + "".join(
            f",{tag_key(name)}={in_tag(value)}" for name, value in tags
        )


def field_name(figure: str) -> str:
    """Return the field of a timer's figure: stddev, upper_90, bin_inf."""
    return OWN_NAMES.get(figure, figure.removeprefix(BINS))


def measurement(name: str) -> str:
    """Return a name as a measurement."""
    if _PLAIN.fullmatch(name):
        return name
    text = _IN_MEASUREMENT.sub(r"\\\g<0>", name.replace("\\", "_"))
    return "_" + text[1:] if text[:1] in ("", "#") else text


def tag_key(name: str) -> str:
    """Return a tag's key."""
    return in_tag(name + "_" if name in RESERVED else name)


def in_tag(text: str) -> str:
    """Return a tag's key or value, which is not empty."""
    if _PLAIN.fullmatch(text):
        return text
    return _IN_TAG.sub(r"\\\g<0>", text.replace("\\", "_"))
