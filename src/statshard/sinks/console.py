"""Console: flushes on the standard output, for people or for programs.

    console:               Flushing stats at  Tue Nov 14 2023 22:13:20 GMT+0000 (...)
                           { counters: { a: 1 }, timers: {}, ... }       etsy's
    console:?format=json   {"timestamp": 1700000000, "counters": {"a": 1.0}, ...}

Rules: one JSON object a line, ASCII, numbers that are not finite as null; series that
are sketches are named in it ("sketched"), in etsy's they have no values or members. The
output is written in pieces that a pipe takes without blocking, so that a reader that
has stopped holds up nothing but this sink. Sources: etsy/statsd, backends/console.js;
pipe(7).
"""

import asyncio
import json
import math
import os
import select
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from statshard.errors import SettingsError
from statshard.sinks.sink import Flush, LastFlush, Order, Parcel, Sink, Wording

LOOK_MS = 50  # between looks whether to give up


class ConsoleSink(Sink):
    """The standard output."""

    timeout_s: ClassVar[float | None] = None  # half a flush must not begin anew

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
        """Write a flush, as one parcel."""
        text = self._format(flush, self._wording) + "\n"
        yield Parcel(text.encode("utf-8", "backslashreplace"), flush.num_stats)

    async def deliver(self, parcel: Parcel) -> None:
        """Write a parcel, however long it takes; raises OSError."""
        gives_up = threading.Event()
        try:
            await asyncio.to_thread(_write, self._fd, parcel.payload, gives_up)
        finally:
            gives_up.set()


def etsy_text(flush: Flush, wording: Wording) -> str:
    """Return what etsy's console backend writes of a flush."""
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
    stamp = wording.date(flush.timestamp)
    return f"Flushing stats at  {stamp}\n{wording.inspected(shown)}"


def json_text(flush: Flush, _: Wording) -> str:
    """Return a flush as one JSON object."""
    timers = {
        key: _finite(dict(zip(figures.names, figures.values, strict=True)))
        for key, figures in flush.timers.items()
    }
    shown = {
        "timestamp": flush.timestamp,
        "interval_s": flush.interval_s,
        "counters": _finite(flush.counters),
        "counter_rates": _finite(flush.rates()),
        "gauges": _finite(flush.gauges),
        "sets": dict(flush.sets),
        "timers": timers,
        "sketched": {f"{kind}s": [*keys] for kind, keys in flush.sketched.items()},
        "events": [event.decode("utf-8", "surrogateescape") for event in flush.events],
        "checks": [check.decode("utf-8", "surrogateescape") for check in flush.checks],
    }
    return json.dumps(shown, allow_nan=False)


FORMATS: Mapping[str, Callable[[Flush, Wording], str]] = {
    "etsy": etsy_text,
    "json": json_text,
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


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """Return values with None for those that JSON has no text for."""
    return {key: x if math.isfinite(x) else None for key, x in values.items()}


def _write(fd: int, payload: bytes, gives_up: threading.Event) -> None:
    """Write all of a payload, or until it is given up; raises OSError."""
    poller = select.poll()
    poller.register(fd, select.POLLOUT)
    rest = memoryview(payload)
    while rest and not gives_up.is_set():
        # Ready means that PIPE_BUF bytes do not block (pipe(7)).
        if poller.poll(LOOK_MS):
            rest = rest[os.write(fd, rest[: select.PIPE_BUF]) :]
