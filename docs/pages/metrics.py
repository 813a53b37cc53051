"""docs/metrics.md: the tables of counters and reasons, and LOGGED of this file."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from docs.pages.markdown import format_table
from statshard.daemon.account import LOSSES
from statshard.flush.counters import SERIES_COUNTERS
from statshard.plane.aggregation import SAMPLE_COUNTERS, SAMPLE_REASONS
from statshard.plane.plane import COUNTERS, REASONS
from statshard.sinks import counters as sinks

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
    "statshard_received_samples_total": "`received_samples` of `summary`",
    "statshard_aggregated_samples_total": (
        "`aggregated_samples` of `summary`; `samples` of `balance_aggregated`"
    ),
    "statshard_overflowed_samples_total": (
        "`overflowed_samples` of `summary`; `samples` of `balance_overflowed`; event "
        "`series_overflow`"
    ),
    "statshard_dropped_samples_total": (
        "`dropped_samples` of `summary`; `samples` of `balance_dropped`"
    ),
    "statshard_sketched_series": (
        "`sketched_timers` of `summary`, `sketched_sets` of `summary`; event "
        "`series_sketched`"
    ),
    "statshard_sink_rendered_points_total": "`rendered_points` of `balance_sink`",
    "statshard_sink_sent_points_total": "`sent_points` of `balance_sink`",
    "statshard_sink_dropped_points_total": (
        "`dropped_points` of `balance_sink`; `points` of `sink_dropped`"
    ),
    "statshard_sink_waiting_points": "`waiting_points` of `balance_sink`",
    "statshard_sink_skipped_flushes_total": "`skipped_flushes` of `balance_sink`",
    "statshard_sink_retries_total": (
        "`retries` of `balance_sink`; events `sink_down`, `sink_up`"
    ),
}

METRICS = """\
# What statshard counts

Written by `make docs` from the tables in `src/statshard/plane/counters.pyx`,
`src/statshard/plane/intake.pyx`, `src/statshard/flush/counters.py` and
`src/statshard/sinks/counters.py`; not to be edited.

Everything is counted from the start of the process, and each balance below closes
whenever it is read.

This version has no metrics port. It shows its counters in its log: `summary` every
`--summary-s` seconds (sums over all listeners), and at the end `balance`, which has the
fields of `summary` and says whether it closes, with what is told of each part beside
it; with `--log-level debug` each `summary` has these parts too, as `summary_backend`,
`summary_dropped` and `summary_aggregated`. The names below are those that the
exposition for Prometheus will use; the label `group` is always `default` until there
are groups.

## Listeners

Of `statshard run` and `statshard serve` alike.

{listeners}

## `statshard run`: lines

    received = forwarded + dropped + waiting

*Forwarded* means that the kernel took the datagram. What a backend's host refuses later
(ICMP) and what the kernel dropped before it was read are known in datagrams only, and
are counted beside the balance.

The log has at its end `balance_worker` for each worker (the lines that it read: how the
kernel spread the senders over them), `balance_backend` for each backend, and
`balance_dropped` for each reason that came, per backend (empty where none was chosen).

{lines}

The label `reason` of `statshard_dropped_lines_total`. A line is dropped either when it
is judged, before a backend is chosen (`backend=""`), or on its way to its backend.

{reasons}

Refused input, which is the sender's to mend, and no loss:
{refused}.
All others are loss.

## `statshard serve`: samples

    received = aggregated + dropped

A sample is one value of a line; a line that is refused whole is one sample, and so is
an event or a service check. The log has at its end `balance_aggregated` for each type,
`balance_overflowed` for each that overflowed ([bounds.md](bounds.md#many-series)), and
`balance_dropped` for each reason that came.

{samples}

The label `reason` of `statshard_dropped_samples_total`:

{sample_reasons}

Loss are {losses}.
All others are refused input, which is the sender's to mend.

## `statshard serve`: series

As of the last flush; [bounds](bounds.md) says what is exact of them.

{series}

## `statshard serve`: sinks

    rendered = sent + dropped + waiting

In points, for each sink: a point is one figure under its name, of the console one
series. *Sent* to Graphite means that its host has acknowledged it. The log has at its
end `balance_sink` for each sink, and `sink_dropped` for each reason that came.

{points}

The label `reason` of `statshard_sink_dropped_points_total`; a third party's sink may
have others.

{sink_reasons}
"""

HEAD = ("name", "unit", "labels", "meaning", "in the log of this version")
# Reasons of lines that no backend was chosen for, though they were good.
LOST_WHEN_JUDGED = {"truncated", "no_backend"}


class Counted(Protocol):
    """A row of a table of counters, whoever has it."""

    @property
    def name(self) -> str:
        """Its Prometheus name."""

    @property
    def unit(self) -> str:
        """What is counted."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What it is counted by."""

    @property
    def help(self) -> str:
        """What it means."""


def format_metrics() -> str:
    """Return the text of metrics.md."""
    of_listener = [each for each in COUNTERS if each.labels == ("listener",)]
    refused = [
        reason.name
        for reason in REASONS
        if reason.at == "line" and reason.name not in LOST_WHEN_JUDGED
    ]
    return METRICS.format(
        listeners=_format_counters(of_listener),
        lines=_format_counters(each for each in COUNTERS if each not in of_listener),
        reasons=_format_reasons(),
        refused=_list(refused),
        samples=_format_counters(SAMPLE_COUNTERS),
        sample_reasons=_format_meanings(sample_meanings()),
        losses=_list(LOSSES),
        series=_format_counters(SERIES_COUNTERS),
        points=_format_counters(sinks.SINK_COUNTERS),
        sink_reasons=_format_meanings(sinks.SINK_REASONS),
    )


def sample_meanings() -> dict[str, str]:
    """Return reason -> meaning of samples; of a name that two have, both."""
    meanings: dict[str, str] = {}
    for reason in SAMPLE_REASONS:
        before = meanings.get(reason.name)
        meanings[reason.name] = f"{before}; or {reason.help}" if before else reason.help
    return meanings


def _format_counters(counters: Iterable[Counted]) -> str:
    return format_table(
        HEAD,
        (
            (
                f"`{counter.name}`",
                counter.unit,
                _list(counter.labels),
                counter.help,
                LOGGED[counter.name],
            )
            for counter in counters
        ),
    )


def _format_reasons() -> str:
    at = {"line": "when judged", "backend": "on its way"}
    rows = ((f"`{each.name}`", at[each.at], each.help) for each in REASONS)
    return format_table(("reason", "dropped", "meaning"), rows)


def _format_meanings(meanings: Mapping[str, str]) -> str:
    rows = ((f"`{name}`", meaning) for name, meaning in meanings.items())
    return format_table(("reason", "meaning"), rows)


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
