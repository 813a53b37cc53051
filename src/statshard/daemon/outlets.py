"""Outlets: the settings of sinks into sinks at work, with what they are handed.

This is where the rooms of flush and sinks meet: names, numbers and dates are made by
the first and used by the second.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import tzinfo

from statshard.daemon.background import Background
from statshard.daemon.events import log_event
from statshard.errors import SettingsError
from statshard.flush.inspect import inspected_pieces
from statshard.flush.js_date import date_text
from statshard.flush.js_number import number_text
from statshard.flush.naming import Naming
from statshard.settings.fault import Fault
from statshard.settings.section import Origins, Rule
from statshard.settings.server import ServerSettings
from statshard.settings.setting import Values
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

    def inspected(self, value: object) -> Iterator[str]:
        """Yield a value as Node.js shows it, in pieces."""
        return inspected_pieces(value)

    def date(self, timestamp: int) -> str:
        """Return a time as JavaScript writes it."""
        return date_text(timestamp, self.zone)


def make_outlets(settings: ServerSettings) -> tuple[Outlet, ...]:
    """Return an outlet for each sink, not at work yet; raises SettingsError."""
    sinks = settings.sink or (read_sink(USUAL_SINK),)
    return tuple(
        Outlet(
            sink.url.text,
            open_sink(
                order_of(
                    sink,
                    prefix_stats=settings.prefix_stats,
                    has_counts=not settings.no_flush_counts,
                    fits_tags=settings.compat == "strict",
                )
            ),
            queue_bytes=sink.queue_bytes,
            # A render that never ends holds a thread that no other sink needs.
            surroundings=Surroundings(tell=_warn, call=Background(1).call),
        )
        for sink in sinks
    )


def _warn(event: str, **fields: object) -> None:
    """Log what an outlet tells: a change of its state, both ways, or a fault."""
    log_event(event, level=logging.WARNING, **fields)


def _unmade(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse sinks that cannot be made: nobody has their scheme, or it refuses them."""
    for index, sink in enumerate(values["sink"]):
        try:
            open_sink(order_of(sink))
        except SettingsError as fault:
            yield Fault(origins["sink"].of(index, "url"), None, str(fault))


# What is wrong with sinks beside their text; nothing is connected for it.
SINK_RULE = Rule(("sink",), _unmade)


def order_of(
    sink: SinkSettings,
    *,
    prefix_stats: str = "statsd",
    has_counts: bool = True,
    fits_tags: bool = True,
) -> Order:
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
        prefix_stats=prefix_stats,
        has_counts=has_counts,
        fits_tags=fits_tags,
    )
    return Order(
        url.text,
        url.scheme,
        url.host,
        url.port,
        url.path,
        dict(url.query),
        wording,
        own_prefix=prefix_stats,
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
            retries=counts.retries,
            closes="yes" if counts.closes else "no",
        )
        for reason, points in counts.dropped_points.items():
            log_event("sink_dropped", sink=outlet.name, reason=reason, points=points)
    return all(outlet.statistics().closes for outlet in outlets)
