"""docs/metrics.md: COUNTERS and REASONS of the plane, and LOGGED of this file."""

from docs.pages.markdown import format_table
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
"""

# Reasons of lines that no backend was chosen for, though they were good.
LOST_WHEN_JUDGED = {"truncated", "no_backend"}


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
        if reason.at == "line" and reason.name not in LOST_WHEN_JUDGED
    )
    return METRICS.format(counters=counters, reasons=reasons, refused=refused)
