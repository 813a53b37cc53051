"""soak/judge.py: a run in which all held, and one change of it for each fault."""

from dataclasses import replace
from typing import Any

import pytest

from soak.judge import EXPECTATIONS, MIB, Arrived, Event, Look, Run, judge
from soak.schedule import GONE, STALLED, STEADY

SUMMARY = {
    "event": "summary",
    "ts": "2026-11-20T13:37:00.000Z",
    "received_lines": 40,
    "forwarded_lines": 30,
    "dropped_lines": 2,
    "waiting_lines": 8,
}
BALANCE = {
    "event": "balance",
    "ts": "2026-11-20T13:38:00.000Z",
    "received_lines": 100,
    "forwarded_lines": 95,
    "dropped_lines": 5,
    "waiting_lines": 0,
    "received_datagrams": 24,
    "kernel_dropped_datagrams": 1,
    "truncated_datagrams": 0,
    "receive_errors": 0,
    "closes": "yes",
}
DROPPED = {"event": "balance_dropped", "backend": "", "reason": "no_colon", "lines": 5}
LOOKS = tuple(Look(at_s, 30 * MIB, 18, 3) for at_s in range(0, 121, 10))
RECEIVERS = (
    Arrived("shard-0", STEADY, lines=40, datagrams=4, lost=0, absences=0),
    Arrived("shard-1", GONE, lines=20, datagrams=2, lost=0, absences=2),
    Arrived("shard-2", STALLED, lines=15, datagrams=2, lost=1, absences=1),
)


def told_of(name: str, lines: int, datagrams: int, refused: int) -> Event:
    """Return what the closing balance says of a backend."""
    return {
        "event": "balance_backend",
        "backend": name,
        "forwarded_lines": lines,
        "forwarded_datagrams": datagrams,
        "refused_datagrams": refused,
    }


BACKENDS = (
    told_of("shard-0", 40, 4, 0),
    told_of("shard-1", 30, 4, 1),
    told_of("shard-2", 25, 3, 0),
)
GOOD = Run(
    rate=1000,
    sent={"datagrams": 25, "lines": 100, "datagrams_per_s": 999.0},
    looks=LOOKS,
    log=(SUMMARY, *BACKENDS, DROPPED, BALANCE),
    errors=(),
    status=0,
    arrived=RECEIVERS,
)


def with_log(old: Event, **changes: object) -> Run:
    """Return the good run with one event of its log changed."""
    return replace(
        GOOD, log=tuple({**e, **changes} if e is old else e for e in GOOD.log)
    )


def with_receiver(index: int, **changes: Any) -> Run:  # noqa: ANN401 -- of any field
    """Return the good run with one receiver changed."""
    arrived = list(RECEIVERS)
    arrived[index] = replace(arrived[index], **changes)
    return replace(GOOD, arrived=arrived)


def with_look(index: int, **changes: Any) -> Run:  # noqa: ANN401 -- of any field
    """Return the good run with one look changed."""
    looks = list(LOOKS)
    looks[index] = replace(looks[index], **changes)
    return replace(GOOD, looks=looks)


def faults_of(run: Run) -> dict[str, tuple[str, ...]]:
    """Return expectation -> faults, where there are any."""
    return {each.name: each.faults for each in judge(run) if each.faults}


def test_a_good_run_has_no_fault() -> None:
    """Where all held there is a verdict on each expectation, and no fault."""
    assert [name for name, _ in EXPECTATIONS] == [each.name for each in judge(GOOD)]
    assert {} == faults_of(GOOD)


@pytest.mark.parametrize(
    ("run", "name", "said"),
    [
        (replace(GOOD, status=1), "end", "status 1"),
        (replace(GOOD, errors=("Traceback\n",)), "end", "it said: Traceback"),
        (with_log(BALANCE, closes="no"), "end", "does not close"),
        (replace(GOOD, sent={**GOOD.sent, "datagrams_per_s": 899}), "rate", "only 899"),
        (with_log(SUMMARY, dropped_lines=3), "balance", "received 40 lines, but"),
        (
            with_log(BALANCE, waiting_lines=1, dropped_lines=4),
            "balance",
            "1 lines wait",
        ),
        (with_log(SUMMARY, event="none"), "balance", "no summary"),
        (with_log(BALANCE, received_datagrams=23), "datagrams", "not so: sent 25"),
        (
            with_log(BALANCE, truncated_datagrams=1),
            "datagrams",
            "truncated_datagrams 1",
        ),
        (with_log(BALANCE, receive_errors=2), "datagrams", "receive_errors 2"),
        (with_log(DROPPED, reason="no_backend"), "dropped", "5 lines dropped: no_back"),
        (with_log(DROPPED, backend="shard-0"), "dropped", "shard-0: 5 lines"),
        (with_receiver(0, lines=39), "arrivals", "got 39 lines of 40 forwarded"),
        (
            with_receiver(0, datagrams=3),
            "arrivals",
            "3 datagrams got or lost here, of 4",
        ),
        (with_receiver(1, lines=31), "arrivals", "more than the 30 forwarded"),
        (with_receiver(1, datagrams=4), "arrivals", "5 datagrams got or refused, of 4"),
        (with_receiver(2, lost=0), "arrivals", "2 datagrams got or lost here, of 3"),
        (with_receiver(2, name="shard-9"), "arrivals", "shard-9: not in the closing"),
        (with_log(BACKENDS[0], refused_datagrams=1), "arrivals", "though it was there"),
        (with_log(BACKENDS[1], refused_datagrams=0), "absences", "shard-1 was gone 2"),
        (with_look(9, rss_bytes=31 * MIB + 1), "memory", "more than 1 MiB"),
        (with_look(12, rss_bytes=29 * MIB - 1), "memory", "more than 1 MiB"),
        (replace(GOOD, looks=()), "memory", "never looked at"),
        (with_look(1, descriptors=19), "descriptors", "18 or 19 at 13 looks"),
        (with_look(1, threads=2), "threads", "2 or 3 at 13 looks"),
    ],
)
def test_each_fault_is_told(run: Run, name: str, said: str) -> None:
    """What did not hold is told under its expectation."""
    faults = faults_of(run)
    assert any(said in fault for fault in faults.get(name, ())), faults


def test_a_warm_up_is_not_judged() -> None:
    """In its first minute the proxy may touch memory that it has not touched yet."""
    assert {} == faults_of(with_look(5, rss_bytes=20 * MIB))


def test_a_run_without_a_closing_balance_is_judged() -> None:
    """Where the proxy died at once, that is told, under every name it concerns."""
    faults = faults_of(replace(GOOD, log=(), status=-9))
    assert ("status -9, not 0", "no closing balance in the log") == faults["end"]
    assert {"end", "balance", "datagrams", "arrivals", "absences"} == set(faults)
