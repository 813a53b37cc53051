"""Graphite: plain text and pickle, over one TCP connection that stays.

    text     name value timestamp LF                        graphite://HOST:2003
    pickle   u32 length, [(name, (timestamp, value)), ...]  graphite+pickle://HOST:2004

Rules: a parcel is whole lines, or one pickle; after an outage it is sent again whole.
Carbon keeps the last value of a timestamp, so that a repeated line changes nothing.
A value that is not finite is left out and counted: no store has a place for it. So is a
name that is too long for carbon, which closes the connection at a line of more than
16 384 bytes (Twisted's LineOnlyReceiver.MAX_LENGTH), and would at each time that it is
sent again. Source: graphite.readthedocs.io, "Feeding In Your Data"; carbon's
lib/carbon/protocols.py, which takes pickles of up to 1 MiB. The order of points is
etsy/statsd's.
"""

import math
import pickle
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import ClassVar

from statshard.sinks.sink import Flush, LastFlush, Order, Parcel, Sink, Wording
from statshard.sinks.stream import Stream

TEXT_PORT = 2003
PICKLE_PORT = 2004
PARCEL_BYTES = 128 << 10
# What a point costs in a pickle beside its name: opcodes, timestamp, double.
PICKLED_POINT_BYTES = 32
NAME_BYTES = 16_000  # beside it a line has a value and a time, below 384 bytes
NAME_SURE = NAME_BYTES // 4  # characters, of at most four bytes: no need to encode
PICKLE_PROTOCOL = 2  # every carbon reads it, on Python 2 too

Point = tuple[str, float]
Frame = Callable[[list[Point], int, Wording], bytes]


class GraphiteSink(Sink):
    """One carbon, or what speaks like it."""

    timeout_s: ClassVar[float | None] = None  # the stream's own limit is on silence

    def __init__(self, order: Order, frame: Frame, default_port: int) -> None:
        self._wording = order.wording
        self._frame = frame
        self._stream = Stream(order.host, order.port or default_port)
        self._unfit: Counter[str] = Counter()

    def render(self, flush: Flush, last: LastFlush) -> Iterator[Parcel]:
        """Write a flush, in parcels of about 128 KiB."""
        for points in _batches(list_points(flush, last, self._wording)):
            fit, unfit = split_unfit(points)
            self._unfit += unfit
            if fit:
                payload = self._frame(fit, flush.timestamp, self._wording)
                yield Parcel(payload, len(fit))

    async def deliver(self, parcel: Parcel) -> None:
        """Send a parcel; raises OSError."""
        await self._stream.send(parcel.payload)

    async def close(self) -> None:
        """Close the connection."""
        await self._stream.close()

    def count_unfit(self) -> dict[str, int]:
        """Return how many points were left out, by reason."""
        unfit, self._unfit = self._unfit, Counter()
        return dict(+unfit)


def open_text(order: Order) -> Sink:
    """Return the sink of graphite://."""
    return GraphiteSink(order, text_frame, TEXT_PORT)


def open_pickle(order: Order) -> Sink:
    """Return the sink of graphite+pickle://."""
    return GraphiteSink(order, pickle_frame, PICKLE_PORT)


def list_points(flush: Flush, last: LastFlush, wording: Wording) -> Iterator[Point]:
    """Yield all that a flush tells Graphite, in etsy's order."""
    yield from wording.list_points(flush)
    own = {f"graphiteStats.{name}": value for name, value in asdict(last).items()}
    calculation = "graphiteStats.calculationtime"
    yield wording.own("numStats"), flush.num_stats
    yield wording.own(calculation), own.pop(calculation)
    yield wording.own("processing_time"), flush.processing_ms
    for name, value in own.items():
        yield wording.own(name), value


def split_unfit(points: list[Point]) -> tuple[list[Point], Counter[str]]:
    """Return the points that carbon takes, and how many it does not, by reason."""
    short = [point for point in points if _is_short(point[0])]
    finite = [point for point in short if math.isfinite(point[1])]
    too_long, not_finite = len(points) - len(short), len(short) - len(finite)
    return finite, Counter(too_long=too_long, not_finite=not_finite)


def text_frame(points: list[Point], timestamp: int, wording: Wording) -> bytes:
    """Return points as lines."""
    number, end = wording.number, f" {timestamp}\n"
    lines = "".join([f"{name} {number(value)}{end}" for name, value in points])
    return lines.encode("utf-8", "replace")


def pickle_frame(points: list[Point], timestamp: int, _: Wording) -> bytes:
    """Return points as one pickle behind its length."""
    listed = [(name, (timestamp, float(value))) for name, value in points]
    body = pickle.dumps(listed, PICKLE_PROTOCOL)
    return struct.pack("!I", len(body)) + body


def _is_short(name: str) -> bool:
    """Tell whether a line of this name is one that carbon reads."""
    return len(name) <= NAME_SURE or len(name.encode("utf-8", "replace")) <= NAME_BYTES


def _batches(points: Iterable[Point]) -> Iterator[list[Point]]:
    """Yield points in lists that make parcels of about PARCEL_BYTES."""
    batch: list[Point] = []
    size_bytes = 0
    for point in points:
        batch.append(point)
        size_bytes += len(point[0]) + PICKLED_POINT_BYTES
        if size_bytes >= PARCEL_BYTES:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch
