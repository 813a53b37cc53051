"""Outlets: the settings of sinks into sinks at work, with what they are handed.

This is where the rooms of flush and sinks meet: names, numbers and dates are made by
the first and used by the second.
"""

from collections.abc import Sequence
from datetime import tzinfo

from statshard.daemon.events import log_event
from statshard.flush.inspect import inspected
from statshard.flush.js_date import date_text
from statshard.flush.js_number import number_text
from statshard.flush.naming import Naming
from statshard.settings.server import ServerSettings
from statshard.settings.sinks import SinkSettings, read_sink
from statshard.sinks.outlet import Outlet, Surroundings
from statshard.sinks.sink import Order
from statshard.sinks.table import open_sink

USUAL_SINK = "console:"  # where none is configured


class SinkWording(Naming):
    """How one sink's names and values are written, with times in the local zone."""

    zone: tzinfo | None = None

    def number(self, value: float) -> str:
        """Return a number as JavaScript writes it."""
        return number_text(value)

    def inspected(self, value: object) -> str:
        """Return a value as Node.js shows it."""
        return inspected(value)

    def date(self, timestamp: int) -> str:
        """Return a time as JavaScript writes it."""
        return date_text(timestamp, self.zone)


def make_outlets(settings: ServerSettings) -> tuple[Outlet, ...]:
    """Return an outlet for each sink, not at work yet; raises SettingsError."""
    sinks = settings.sink or (read_sink(USUAL_SINK),)
    around = Surroundings(tell=log_event)
    return tuple(
        Outlet(
            sink.url.text,
            open_sink(order_of(sink, settings)),
            queue_bytes=sink.queue_bytes,
            surroundings=around,
        )
        for sink in sinks
    )


def order_of(sink: SinkSettings, settings: ServerSettings) -> Order:
    """Return what a sink is made from."""
    url = sink.url
    wording = SinkWording(
        is_legacy=sink.namespace == "legacy",
        prefix=sink.prefix,
        prefix_counter=sink.prefix_counter,
        prefix_timer=sink.prefix_timer,
        prefix_gauge=sink.prefix_gauge,
        prefix_set=sink.prefix_set,
        suffix=sink.suffix or "",
        prefix_stats=settings.prefix_stats,
        has_counts=not settings.no_flush_counts,
    )
    return Order(
        url.text,
        url.scheme,
        url.host,
        url.port,
        url.path,
        dict(url.query),
        wording,
        own_prefix=settings.prefix_stats,
    )


def log_outlets(outlets: Sequence[Outlet]) -> bool:
    """Tell what became of every point; return whether all balances close."""
    for outlet in outlets:
        counts = outlet.statistics()
        log_event(
            "balance_sink",
            sink=outlet.name,
            rendered_points=counts.rendered_points,
            sent_points=counts.sent_points,
            waiting_points=counts.waiting_points,
            dropped_points=sum(counts.dropped_points.values()),
            skipped_flushes=counts.skipped_flushes,
            closes="yes" if counts.closes else "no",
        )
        for reason, points in counts.dropped_points.items():
            log_event("sink_dropped", sink=outlet.name, reason=reason, points=points)
    return all(outlet.statistics().closes for outlet in outlets)
