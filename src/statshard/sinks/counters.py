"""Counters: the one table of what is counted of each sink, and why points are dropped.

    rendered = sent + dropped{reason} + waiting      in points, exact at every moment

A point is one figure under its name; of the console, one series. docs/metrics.md comes
from here. A third party's sink may have reasons of its own (Sink.count_unfit). Must not
know: queues, formats.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Counter(NamedTuple):
    """One number that is given of a sink, under its Prometheus name."""

    name: str
    unit: str
    labels: tuple[str, ...]
    help: str


SINK_COUNTERS = (
    Counter(
        "statshard_sink_rendered_points_total",
        "points",
        ("sink",),
        "Points of all flushes; of one that was skipped, its series.",
    ),
    Counter(
        "statshard_sink_sent_points_total",
        "points",
        ("sink",),
        "Points that the store's host took.",
    ),
    Counter(
        "statshard_sink_dropped_points_total",
        "points",
        ("sink", "reason"),
        "Points not sent, by reason: loss.",
    ),
    Counter(
        "statshard_sink_waiting_points",
        "points",
        ("sink",),
        "Points that wait to be sent now, or are being sent.",
    ),
    Counter(
        "statshard_sink_skipped_flushes_total",
        "flushes",
        ("sink",),
        "Flushes of which nothing was written: busy or unrendered.",
    ),
    Counter(
        "statshard_sink_retries_total",
        "tries",
        ("sink",),
        "Deliveries that failed and were tried again.",
    ),
)

# reason -> what it means
SINK_REASONS: Mapping[str, str] = {
    "queue_full": "the oldest of more than queue_bytes that waited",
    "too_large": "a piece of a flush larger than queue_bytes",
    "refused": "the store will never take it",
    "fault": "the sink failed otherwise than by its connection: a defect of the sink",
    "busy": "the flush before was still being written",
    "unrendered": "the sink failed while it wrote the flush: a defect of the sink",
    "not_finite": "infinite, or not a number, for which no store has a place",
    "bad_lines": "InfluxDB took nothing of what it could not read",
    "partial_write": "InfluxDB took the rest",
    "conflict": "InfluxDB: another type of series had this name first (type_tag)",
    "conflicting_type": "Prometheus: another type of series had this name first",
    "conflicting_labels": "Prometheus: another series came to this name and labels",
    "negative_counter": "Prometheus: its counters only grow",
    "no_figures": "Prometheus: the timer's figures do not have what a summary needs",
    "too_long": "Graphite: a name longer than carbon takes; StatsD: than a datagram",
    "no_values": "StatsD: a timer whose values are not kept",
    "no_members": "StatsD: members of a set that are not kept",
    "shutdown": "still waiting when drain_s was over",
}
