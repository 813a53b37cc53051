"""docs/metrics.md: tables of the plane, and LOGGED and SERVED of this file."""

from collections.abc import Mapping

from docs.pages.markdown import format_table
from statshard.plane.intake import DROP_TABLE, INTAKE_TABLE
from statshard.plane.plane import COUNTERS, REASONS

# Where this version's log shows a counter: "field of event" (every field of an event
# that is named here is checked by tests/truth/test_metrics_page.py).
LOGGED = {
    "statshard_received_datagrams_total": "`received_datagrams` of `summary`",
    "statshard_received_lines_total": (
        "`received_lines` of `summary`; `received_lines` of `balance_worker`"
    ),
    "statshard_receive_errors_total": "`receive_errors` of `summary`",
    "statshard_truncated_datagrams_total": "`truncated_datagrams` of `summary`",
    "statshard_kernel_dropped_datagrams_total": (
        "`kernel_dropped_datagrams` of `summary`; event `kernel_dropped`"
    ),
    "statshard_forwarded_lines_total": "`forwarded_lines` of `balance_backend`",
    "statshard_forwarded_datagrams_total": "`forwarded_datagrams` of `balance_backend`",
    "statshard_forwarded_bytes_total": "`forwarded_bytes` of `balance_backend`",
    "statshard_dropped_lines_total": "`lines` of `balance_dropped`",
    "statshard_waiting_lines": (
        "`waiting_lines` of `balance_backend`; events `backend_waits`, `backend_flows`"
    ),
    "statshard_backend_refused_datagrams_total": (
        "`refused_datagrams` of `balance_backend`; events `backend_refuses`, "
        "`backend_takes`"
    ),
}

# The same of `statshard serve`.
SERVED = {
    "statshard_received_samples_total": "`received_samples` of `summary`",
    "statshard_aggregated_samples_total": "`samples` of `balance_aggregated`",
    "statshard_dropped_samples_total": "`samples` of `balance_dropped`",
}

METRICS = """\
# What statshard counts

Written by `make docs` from the tables in `src/statshard/plane/counters.pyx`; not to be
edited.

Everything is counted from the start of the process. In lines, whenever it is read:

    received = forwarded + dropped + waiting

*Forwarded* means that the kernel took the datagram. What a backend's host refuses later
(ICMP) and what the kernel dropped before it was read are known in datagrams only, and
are counted beside the balance.

This version has no metrics port. It shows its counters in its log: `summary` every
`--summary-s` seconds (sums over all listeners and backends), and at the end `balance`
(the fields of `summary`, and whether it closes), `balance_worker` for each worker (the
lines that it read: how the kernel spread the senders over them), `balance_backend` for
each backend, and `balance_dropped` for each reason that came, per backend (empty where
none was chosen). The names below are those that the exposition for Prometheus will use;
the label `group` is always `default` until there are groups.

## Counters

{counters}

## Reasons

The label `reason` of `statshard_dropped_lines_total`. A line is dropped either when it
is judged, before a backend is chosen (`backend=""`), or on its way to its backend.

{reasons}

Refused input, which is the sender's to mend, and no loss:
{refused}.
All others are loss.

## What `statshard serve` counts

Datagrams and lines as above; all else in samples, whenever it is read:

    received = aggregated + dropped

A sample is one value of a line (`a:1:2|ms` has two). A line that is refused whole is
one sample, and so is an event or a check. The text port tells them by `stats`
(`samples.received`, `samples.aggregated.TYPE`, `samples.dropped.REASON`).

{served}

The label `reason` of `statshard_dropped_samples_total`:

{drops}

`no_memory` and `too_many_events` are loss, and so is what was `truncated`; `no_sink` is
a choice of sinks; all others are refused input.

Behind the flush it is counted in points, which are the figures that a sink writes; at
the end in the log (`balance_sink`, and `sink_dropped` for each reason):

    rendered = sent + waiting + dropped

{points}
"""

# Why a sink's points are dropped: statshard/sinks.
POINTS = (
    ("queue_full", "the oldest of more than the sink's queue_bytes that waited"),
    ("too_large", "a piece of a flush that is larger than all of queue_bytes"),
    ("shutdown", "still waiting when drain_s was over at the stop"),
    ("busy", "a whole flush: the one before was still being written"),
    ("not_finite", "Infinity and NaN, for which no store has a place"),
    ("refused", "the store said that it will never take them"),
    ("unrendered", "a whole flush: a fault in the sink's own code"),
    ("fault", "a piece of a flush: a fault in the sink's own code"),
)


def format_metrics() -> str:
    """Return the text of metrics.md."""
    counters = format_table(
        ("name", "unit", "labels", "meaning", "in the log of this version"),
        (
            (
                f"`{counter.name}`",
                counter.unit,
                ", ".join(f"`{label}`" for label in counter.labels),
                counter.help,
                LOGGED[counter.name],
            )
            for counter in COUNTERS
        ),
    )
    reasons = format_table(
        ("reason", "dropped", "meaning"),
        (
            (
                f"`{reason.name}`",
                {"line": "when judged", "backend": "on its way"}[reason.at],
                reason.help,
            )
            for reason in REASONS
        ),
    )
    refused = ", ".join(
        f"`{reason.name}`"
        for reason in REASONS
        if reason.at == "line" and reason.name != "truncated"
    )
    return METRICS.format(
        counters=counters,
        reasons=reasons,
        refused=refused,
        served=format_table(
            ("name", "unit", "labels", "meaning", "in the log of this version"),
            (
                (
                    f"`{counter.name}`",
                    counter.unit,
                    ", ".join(f"`{label}`" for label in counter.labels),
                    counter.help,
                    SERVED[counter.name],
                )
                for counter in INTAKE_TABLE
            ),
        ),
        drops=format_reasons({each.name: each.help for each in DROP_TABLE}),
        points=format_reasons(dict(POINTS)),
    )


def format_reasons(reasons: Mapping[str, str]) -> str:
    """Return a table of reasons, each once."""
    rows = ((f"`{name}`", meaning) for name, meaning in reasons.items())
    return format_table(("reason", "meaning"), rows)
