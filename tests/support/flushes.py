"""Flushes and wordings for tests of what comes behind the flush."""

from datetime import UTC

from statshard.flush.figures import Figures, FigureTable
from statshard.flush.inspect import inspected_pieces
from statshard.flush.js_date import date_text
from statshard.flush.js_number import number_text
from statshard.flush.naming import Naming
from statshard.flush.snapshot import Flush
from statshard.sinks.sink import Order
from statshard.sinks.sink import Wording as Handed

TIMESTAMP = 1_700_000_000


class Wording(Naming):
    """The wording that a daemon hands to sinks, in UTC."""

    number = staticmethod(number_text)
    inspected = staticmethod(inspected_pieces)

    @staticmethod
    def date(timestamp: int) -> str:
        """Return a time as JavaScript writes it."""
        return date_text(timestamp, UTC)


def order(url: str, port: int = 0, **query: str) -> Order:
    """Return the order of a sink on this host."""
    wording: Handed = Wording()
    scheme = url.partition(":")[0]
    return Order(url, scheme, "127.0.0.1", port, "", query, wording)


def small_flush(timestamp: int = TIMESTAMP) -> Flush:
    """Return a flush with one series of each kind."""
    return Flush(
        timestamp=timestamp,
        interval_s=10.0,
        counters={"a.b": 11.0},
        timers={
            "t": Figures(("mean", "histogram.bin_1"), (1.5, 2.0)),
            "idle": FigureTable().idle(),
        },
        gauges={"g;k=v": -0.5},
        sets={"s": 2},
        timer_values={"t": (1.0, 2.0), "idle": ()},
        set_members={"s": ("x", "it's")},
        percentiles=(90.0,),
    )


def wide_flush(count: int, timestamp: int = TIMESTAMP) -> Flush:
    """Return a flush of so many gauges, each with a name of about 100 bytes."""
    name = "n" * 90
    return Flush(
        timestamp=timestamp,
        interval_s=10.0,
        gauges={f"{name}.{number}": float(number) for number in range(count)},
    )
