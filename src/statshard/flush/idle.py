"""Idle series: how long a series without samples is told of. Pure.

    kind      told without samples    gone, where idle ones are deleted, after
    counter   0                       1 flush
    timer     count 0                 1 flush
    set       0                       1 flush
    gauge     its last value          gauges_max_ttl flushes

Rules, from etsy/statsd (stats.js, deleteIdleStats and the settings below it): counters
that are named like the server's own stay, at 0. Must not know: tables, clocks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

OWN_COUNTERS = ("bad_lines_seen", "packets_received", "metrics_received")


class Expiry(NamedTuple):
    """Which series of a type are forgotten before the next fold."""

    type: str
    idle: int  # those without samples in the last so many folds; 0: all
    spared: tuple[str, ...]  # but for those whose key holds one of these


@dataclass(frozen=True, slots=True)
class IdleRules:
    """For each type, in how many flushes a series is told of; 0: in all to come."""

    counter: int = 0
    timer: int = 0
    gauge: int = 0
    set: int = 0

    def list_expiries(self) -> Iterator[Expiry]:
        """Yield what is to be forgotten."""
        for field in fields(self):
            idle: int = getattr(self, field.name)
            if idle > 0:
                spared = OWN_COUNTERS if field.name == "counter" else ()
                yield Expiry(field.name, idle - 1, spared)
