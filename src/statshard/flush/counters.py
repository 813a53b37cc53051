"""Counters: the one table of what is counted of the series of a flush.

docs/metrics.md comes from here. Must not know: how they are counted.
"""

from typing import NamedTuple


class Counter(NamedTuple):
    """One number that is given of series, under its Prometheus name."""

    name: str
    unit: str
    labels: tuple[str, ...]
    help: str


SERIES_COUNTERS = (
    Counter(
        "statshard_sketched_series",
        "series",
        ("type",),
        "Timers and sets of the last flush that had more than timer_values_max values "
        "or set_members_max members, and were told of by a sketch.",
    ),
)
