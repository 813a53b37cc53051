"""Idle series: how long a series without samples is told of. Pure.

    kind      told without samples    gone, where idle ones are deleted, after
    counter   0                       1 flush
    timer     count 0                 1 flush
    set       0                       1 flush
    gauge     its last value          gauges_max_ttl flushes

Rules, from etsy/statsd (stats.js, deleteIdleStats and the settings below it): counters
that are named like the server's own stay, at 0. Must not know: tables, clocks.
"""

from dataclasses import dataclass
from enum import Enum

OWN_COUNTERS = ("bad_lines_seen", "packets_received", "metrics_received")


class Kind(Enum):
    """What a series is."""

    COUNTER = "counter"
    TIMER = "timer"
    GAUGE = "gauge"
    SET = "set"


@dataclass(frozen=True, slots=True)
class IdleRules:
    """For each kind, the number of flushes after a sample; 0: kept for good."""

    counter: int = 0
    timer: int = 0
    gauge: int = 0
    set: int = 0

    def keeps(self, kind: Kind, key: str, idle_flushes: int) -> bool:
        """Tell whether a series is told of after so many flushes without a sample.

        0 means that a sample came since the last flush.
        """
        limit: int = getattr(self, kind.value)
        if limit == 0 or idle_flushes < limit:
            return True
        return kind is Kind.COUNTER and is_own(key)


def is_own(key: str) -> bool:
    """Tell whether a counter is named like one of the server's own."""
    return any(own in key for own in OWN_COUNTERS)
