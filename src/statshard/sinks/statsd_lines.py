"""StatsD lines: a flush as samples for another server, packed into datagrams. Pure.

    counter   a:11|c                        the sum of the interval; none of 0
    gauge     g:5|g     g:0|g LF g:-5|g     a value; below 0 both in one datagram
    timer     t:320|ms LF t:100|ms          each value, |@RATE behind it where the count
              t:320:100|ms                  is more than the values; packed if told to
    set       s:alice|s                     each member
    events and checks, as they came

So that the other server comes to the same counts, gauges, timers' figures and sets as
if it had been sent the samples themselves. A key stands before its ":" with its tags
behind ";", as every server takes it; what would end it there (":" and "|", only where
names are not sanitized) becomes "_". Not repeated are the server's own series, which
would be added to those of the other. Left out and counted: what is not finite, what is
longer than a datagram, a timer or set that is a sketch: a timer is one point
(no_values), a set as many as it has members (no_members). Must not know: sockets.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from statshard.sinks.sink import Flush, Wording

# etsy/statsd's own, and statshard's: statshard.flush.idle and snapshot.
OWN = (
    *("bad_lines_seen", "packets_received", "metrics_received"),
    *("timestamp_lag", "sketched_timers", "sketched_sets"),
)
_UNFIT = re.compile("[:|\x00-\x1f\x7f]")
CARRIED = ("_e{", "_sc|")  # a line that begins so is no sample


class Piece(NamedTuple):
    """Lines that must stand in one datagram."""

    octets: bytes  # without a LF at the end
    points: int = 1


class StatsdLines:
    """How flushes become lines, and what could not."""

    def __init__(
        self, wording: Wording, own_prefix: str, *, max_bytes: int, packs: bool
    ) -> None:
        self._number = wording.number
        self._own = frozenset(f"{own_prefix}.{name}" for name in OWN)
        self._max_bytes = max_bytes
        self._packs = packs
        self.unfit: Counter[str] = Counter()

    def list_datagrams(self, flush: Flush) -> Iterator[Piece]:
        """Yield the datagrams of a flush, none longer than max_bytes."""
        held: list[bytes] = []
        size_bytes = points = 0
        for piece in self._list_fitting(flush):
            if held and size_bytes + len(piece.octets) > self._max_bytes:
                yield Piece(b"\n".join(held), points)
                held, size_bytes, points = [], 0, 0
            held.append(piece.octets)
            size_bytes += len(piece.octets) + 1
            points += piece.points
        if held:
            yield Piece(b"\n".join(held), points)

    def _list_fitting(self, flush: Flush) -> Iterator[Piece]:
        for piece in self._list_pieces(flush):
            if len(piece.octets) > self._max_bytes:
                self.unfit["too_long"] += piece.points
            else:
                yield piece

    def _list_pieces(self, flush: Flush) -> Iterator[Piece]:
        yield from self._counters(flush)
        yield from self._timers(flush)
        yield from self._gauges(flush)
        yield from self._sets(flush)
        for line in (*flush.events, *flush.checks):
            yield Piece(line)

    def _counters(self, flush: Flush) -> Iterator[Piece]:
        for key, count in flush.counters.items():
            if count and key not in self._own and self._is_finite(count):
                yield self._sample(key, self._number(count), "c")

    def _gauges(self, flush: Flush) -> Iterator[Piece]:
        for key, value in flush.gauges.items():
            if key in self._own or not self._is_finite(value):
                continue
            set_to = self._sample(key, self._number(max(value, 0.0)), "g")
            if value >= 0:
                yield set_to
            else:  # a sign means a change
                change = self._sample(key, self._number(value), "g")
                yield Piece(set_to.octets + b"\n" + change.octets)

    def _timers(self, flush: Flush) -> Iterator[Piece]:
        for key, figures in flush.timers.items():
            told = dict(zip(figures.names, figures.values, strict=True))
            values = [x for x in flush.timer_values.get(key, ()) if self._is_finite(x)]
            count = told.get("count", float(len(values)))
            if count and not values:
                self.unfit["no_values"] += 1
            elif values:
                yield from self._values(key, values, f"ms{self._rate(values, count)}")

    def _values(self, key: str, values: Sequence[float], end: str) -> Iterator[Piece]:
        """Yield the lines of a timer's values, as many in each as may be."""
        texts = [self._number(value) for value in values]
        if not self._packs:
            for text in texts:
                yield self._sample(key, text, end)
            return
        room_bytes = self._max_bytes - len(self._sample(key, "", end).octets)
        held: list[str] = []
        size_bytes = 0
        for text in texts:
            if held and size_bytes + len(text) > room_bytes:
                yield self._sample(key, ":".join(held), end, len(held))
                held, size_bytes = [], 0
            held.append(text)
            size_bytes += len(text) + 1
        yield self._sample(key, ":".join(held), end, len(held))

    def _rate(self, values: Sequence[float], count: float) -> str:
        """Return |@RATE, by which so many values count as `count`; no rate is 1."""
        if count <= len(values) or not math.isfinite(count):
            return ""
        return f"|@{self._number(len(values) / count)}"

    def _sets(self, flush: Flush) -> Iterator[Piece]:
        for key, size in flush.sets.items():
            members = flush.set_members.get(key, ())
            if len(members) < size:
                self.unfit["no_members"] += size - len(members)
            for member in members:
                yield self._sample(key, member, "s")

    def _sample(self, key: str, value: str, end: str, points: int = 1) -> Piece:
        text = f"{fit_key(key)}:{value}|{end}"
        return Piece(text.encode("utf-8", "surrogateescape"), points)

    def _is_finite(self, value: float) -> bool:
        if math.isfinite(value):
            return True
        self.unfit["not_finite"] += 1
        return False


def fit_key(key: str) -> str:
    """Return a key that stands before a ":"."""
    if key.startswith(CARRIED):
        key = f"_{key}"
    return _UNFIT.sub("_", key) or "_"
