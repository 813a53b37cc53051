"""Console: flushes on the standard output, for people or for programs.

    console:               Flushing stats at  Tue Nov 14 2023 22:13:20 GMT+0000 (...)
                           { counters: { a: 1 }, timers: {}, ... }       etsy's
    console:?format=json   {"timestamp": 1700000000, "counters": {"a": 1.0}, ...}

Rules: one JSON object a line, ASCII, numbers that are not finite as null; series that
are sketches are named in it ("sketched"), in etsy's they have no values or members. The
parcels of a flush are pieces of its text, however long that is; its series count with
the last. The output is written in pieces that a pipe takes without blocking, so that a
reader that has stopped holds up nothing but this sink. Sources: etsy/statsd,
backends/console.js; pipe(7).
"""

import asyncio
import json
import math
import os
import select
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import ClassVar

from statshard.errors import SettingsError
from statshard.sinks.sink import Flush, LastFlush, Order, Parcel, Sink, Wording

LOOK_MS = 50  # between looks whether to give up
PARCEL_BYTES = 256 << 10  # less than the smallest queue
ENTRIES = 256  # of JSON that are written at a time

Pairs = Iterable[tuple[str, object]]


class ConsoleSink(Sink):
    """The standard output."""

    timeout_s: ClassVar[float | None] = None  # half a flush must not begin anew
    needs_every_parcel: ClassVar[bool] = True

    def __init__(self, order: Order) -> None:
        name = order.query.get("format", "etsy")
        if name not in FORMATS:
            raise SettingsError(
                f"sink {order.url!r}: format {name!r}; valid: {', '.join(FORMATS)}"
            )
        self._format = FORMATS[name]
        self.wants_events = name == "json"
        self.wants_values = name == "etsy"
        self._wording = order.wording
        self._fd = order.output_fd

    def render(self, flush: Flush, _: LastFlush) -> Iterator[Parcel]:
        """Write a flush, in parcels of PARCEL_BYTES."""
        waiting = bytearray()
        for piece in self._format(flush, self._wording):
            waiting += piece.encode("utf-8", "backslashreplace")
            while len(waiting) > PARCEL_BYTES:
                yield Parcel(bytes(waiting[:PARCEL_BYTES]), 0)
                del waiting[:PARCEL_BYTES]
        yield Parcel(bytes(waiting), flush.num_stats)

    async def deliver(self, parcel: Parcel) -> None:
        """Write a parcel, however long it takes; raises OSError."""
        gives_up = threading.Event()
        try:
            await asyncio.to_thread(_write, self._fd, parcel.payload, gives_up)
        finally:
            gives_up.set()


def list_etsy(flush: Flush, wording: Wording) -> Iterator[str]:
    """Yield what etsy's console backend writes of a flush, in pieces."""
    shown = {
        "counters": flush.counters,
        "timers": flush.timer_values,
        "gauges": flush.gauges,
        "timer_data": {
            key: _nested(dict(zip(figures.names, figures.values, strict=True)))
            for key, figures in flush.timers.items()
        },
        "counter_rates": flush.rates(),
        "sets": flush.set_members,
        "pctThreshold": flush.percentiles,
    }
    yield f"Flushing stats at  {wording.date(flush.timestamp)}\n"
    yield from wording.inspected(shown)
    yield "\n"


def list_json(flush: Flush, _: Wording) -> Iterator[str]:
    """Yield a flush as one JSON object on a line, in pieces."""
    timers = (
        (key, dict(_finite(zip(figures.names, figures.values, strict=True))))
        for key, figures in flush.timers.items()
    )
    yield f'{{"timestamp": {flush.timestamp}'
    yield f', "interval_s": {_dumped(flush.interval_s)}'
    yield from _list_object("counters", _finite(flush.counters.items()))
    yield from _list_object("counter_rates", _finite(flush.rates().items()))
    yield from _list_object("gauges", _finite(flush.gauges.items()))
    yield from _list_object("sets", flush.sets.items())
    yield from _list_object("timers", timers)
    sketched = {f"{kind}s": [*keys] for kind, keys in flush.sketched.items()}
    yield f', "sketched": {_dumped(sketched)}'
    for name, lines in (("events", flush.events), ("checks", flush.checks)):
        texts = [line.decode("utf-8", "surrogateescape") for line in lines]
        yield f', "{name}": {_dumped(texts)}'
    yield "}\n"


FORMATS: Mapping[str, Callable[[Flush, Wording], Iterator[str]]] = {
    "etsy": list_etsy,
    "json": list_json,
}


def _nested(figures: Mapping[str, float]) -> dict[str, object]:
    """Return figures with those of the histogram below one name, as etsy has them."""
    bins = {
        name.removeprefix("histogram."): value
        for name, value in figures.items()
        if name.startswith("histogram.")
    }
    plain = {name: x for name, x in figures.items() if "." not in name}
    return {**plain, "histogram": bins} if bins else {**plain}


def _list_object(name: str, pairs: Pairs) -> Iterator[str]:
    """Yield a member of the flush that is an object, some entries a piece."""
    yield f', "{name}": {{'
    rest, before = iter(pairs), ""
    while some := dict(islice(rest, ENTRIES)):
        yield before + _dumped(some)[1:-1]
        before = ", "
    yield "}"


def _dumped(value: object) -> str:
    return json.dumps(value, allow_nan=False)


def _finite(pairs: Iterable[tuple[str, float]]) -> Iterator[tuple[str, float | None]]:
    """Yield pairs with None for values that JSON has no text for."""
    return ((key, x if math.isfinite(x) else None) for key, x in pairs)


def _write(fd: int, payload: bytes, gives_up: threading.Event) -> None:
    """Write all of a payload, or until it is given up; raises OSError."""
    poller = select.poll()
    poller.register(fd, select.POLLOUT)
    rest = memoryview(payload)
    while rest and not gives_up.is_set():
        # Ready means that PIPE_BUF bytes do not block (pipe(7)).
        if poller.poll(LOOK_MS):
            rest = rest[os.write(fd, rest[: select.PIPE_BUF]) :]
