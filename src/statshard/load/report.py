"""Report: what a load came to, as a dict for JSON or as a small table. Pure."""

from typing import Any

from statshard.load.limit import Limit
from statshard.load.step import Checked, Process, Sent, Step

Json = dict[str, Any]  # Any: what JSON holds


def step_as_json(step: Step) -> Json:
    """Return a step; units end the names."""
    sent = step.sent
    per_s = sent.datagrams_per_s
    return {
        "clean": not step.faults,
        "sent": {
            "datagrams": sent.datagrams,
            "lines": sent.lines,
            "seconds": round(sent.seconds, 6),
            "asked_per_s": sent.rate,
            "datagrams_per_s": round(per_s, 1),
            "lines_per_s": round(per_s * _lines_of_datagram(step), 1),
            "held": sent.held,
            "refused": sent.refused,
        },
        "received": _received(step.checked) if step.checked else None,
        "kernel_dropped": {
            "target": step.target_drops,
            "receivers": step.receiver_drops,
        },
        "process": _process(step),
        "lost_most": [
            {"sender": each.sender, "name": each.name, "lost": each.lost}
            for each in step.losers
        ],
    }


def limit_as_json(limit: Limit) -> Json:
    """Return a limit with its steps."""
    return {
        "loss_free_datagrams_per_s": limit.rate,
        "loss_free_lines_per_s": limit.rate * _lines_of_datagram(limit.steps[0])
        if limit.steps
        else 0,
        "bound": limit.bound,
        "steps": [step_as_json(step) for step in limit.steps],
    }


def step_as_table(step: Step) -> str:
    """Return the rows that a person reads."""
    sent, checked = step.sent, step.checked
    rows = [
        ("sent", f"{sent.lines:,} lines in {sent.datagrams:,} datagrams"),
        ("rate", f"{sent.datagrams_per_s:,.0f} datagrams/s of {sent.rate:,} asked for"),
    ]
    if sent.refused:
        rows.append(("refused", f"{sent.refused:,} datagrams: nobody listens there"))
    if checked is not None:
        rows += _checked_rows(checked)
    dropped = "" if step.target_drops is None else f"{step.target_drops:,} at target, "
    rows.append(("kernel dropped", f"{dropped}{step.receiver_drops:,} at --receive"))
    if step.process is not None:
        rows.append((f"process {step.process.pid}", _process_row(step.process, sent)))
    rows += [
        ("lost most", f"{each.lost:,} of {each.name} from sender {each.sender}")
        for each in step.losers[:3]
    ]
    return "\n".join(f"{name:<15} {value}" for name, value in rows)


def limit_as_table(limit: Limit) -> str:
    """Return the steps, a row each, and the result."""
    rows = [f"{'asked/s':>10} {'sent/s':>10} {'lost':>9} {'p99':>9}  verdict"]
    for step in limit.steps:
        checked = step.checked
        lost = checked.lost if checked else 0
        delay = checked.delay if checked else None
        p99 = f"{delay.p99_us / 1000:.2f} ms" if delay else "-"
        verdict = "good" if step.is_reached and not step.faults else "bad"
        rows.append(
            f"{step.sent.rate:>10,} {step.sent.datagrams_per_s:>10,.0f} {lost:>9,} "
            f"{p99:>9}  {verdict}"
        )
    lines = limit.rate * _lines_of_datagram(limit.steps[0]) if limit.steps else 0
    return "\n".join(
        [
            *rows,
            f"loss-free up to {limit.rate:,} datagrams/s ({lines:,} lines/s)",
            f"bounded by {limit.bound}",
        ]
    )


def _checked_rows(checked: Checked) -> list[tuple[str, str]]:
    """Return the rows of what the receivers saw."""
    order = checked.out_of_order
    rows = [
        ("arrived", f"{checked.arrived:,} lines in {checked.datagrams:,} datagrams"),
        ("lost", f"{checked.lost:,}"),
        ("altered", f"{checked.altered:,}"),
        ("duplicated", f"{checked.duplicated:,}"),
        ("misplaced", f"{checked.misplaced:,} of {checked.misplaced_names:,} names"),
        ("out of order", "not told by such lines" if order is None else f"{order:,}"),
    ]
    if checked.wrong is not None:
        rows.append(("wrong", f"{checked.wrong:,} at another port than their own"))
    if checked.foreign:
        rows.append(("foreign", f"{checked.foreign:,}"))
    if checked.delay is not None:
        delay = checked.delay
        parts = (("p50", delay.p50_us), ("p99", delay.p99_us), ("max", delay.max_us))
        text = ", ".join(f"{name} {us / 1000:.3f} ms" for name, us in parts)
        rows.append(("one-way delay", text))
    return rows


def _process_row(used: Process, sent: Sent) -> str:
    """Return what the watched process used, in words."""
    each_us = used.cpu_s * 1e6 / max(1, sent.lines)
    memory = used.peak_rss_bytes / 2**20
    gone = "; it ended meanwhile" if used.has_gone else ""
    return (
        f"{used.cpu_s:.2f} s CPU, {each_us:.2f} us a line, {memory:.1f} MiB at most"
        f"{gone}"
    )


def _received(checked: Checked) -> Json:
    """Return what the receivers saw."""
    delay = checked.delay
    return {
        "datagrams": checked.datagrams,
        "bytes": checked.bytes,
        "lines": checked.lines,
        "arrived": checked.arrived,
        "lost": checked.lost,
        "altered": checked.altered,
        "duplicated": checked.duplicated,
        "misplaced": checked.misplaced,
        "misplaced_names": checked.misplaced_names,
        "wrong": checked.wrong,
        "out_of_order": checked.out_of_order,
        "foreign": checked.foreign,
        "delay_us": {"p50": delay.p50_us, "p99": delay.p99_us, "max": delay.max_us}
        if delay
        else None,
    }


def _process(step: Step) -> Json | None:
    """Return what the watched process used."""
    used = step.process
    if used is None:
        return None
    return {
        "pid": used.pid,
        "cpu_s": used.cpu_s,
        "cpu_us_per_line": round(used.cpu_s * 1e6 / max(1, step.sent.lines), 4),
        "peak_rss_bytes": used.peak_rss_bytes,
        "gone": used.has_gone,
    }


def _lines_of_datagram(step: Step) -> int:
    """Return the lines of each datagram that was sent."""
    return step.sent.lines // max(1, step.sent.datagrams)
