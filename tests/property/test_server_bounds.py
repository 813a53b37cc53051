"""The whole server with room for next to nothing, against its plain twin.

Rules: with one worker every line for Graphite is the twin's, but for where the gauge of
what overflows stands, a matter of nanoseconds. With several, what overflows in a table
depends on who got what: then no sample is lost, no more series are told than may be,
and those known before are as if there were no bounds (sums of fractions to some ulp).
"""

import asyncio
import socket
from collections import Counter
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statshard.flush.clock import Moment
from statshard.settings.flags import Found
from tests.daemon.test_server import running
from tests.model.graphite_names import Names
from tests.model.server import OVERFLOW, Options, Server
from tests.property.test_server_workers import SENDERS, as_rows
from tests.support.aggregation import START_S, assert_told

NAMES = ["a", "b.c", "b.d", "e1", "e2", "e3", "_overflow", "long" * 60]
LINES = st.builds(
    "{}:{}|{}{}".format,
    st.sampled_from(NAMES),
    st.sampled_from(["1", "2.5", "+3", "-4", "7", "0.1"]),
    st.sampled_from(["c", "c", "ms", "g", "s"]),
    st.sampled_from(["", "", "|@0.5"]),
).map(str.encode)
DATAGRAMS = st.lists(LINES, min_size=1, max_size=5).map(b"\n".join)
KINDS = ("counters", "timers", "gauges", "sets")
CHECKS = (HealthCheck.too_slow, HealthCheck.data_too_large)


def moments() -> list[Moment]:
    """Return one for each of many flushes."""
    return [Moment(10.0 * turn, START_S + 10.0 * turn) for turn in range(99)]


async def compare(
    intervals: list[list[bytes]], series_max: int, size: int, deletes: list[str]
) -> None:
    """Send the same to a server and to its twin, and compare what Graphite is told."""
    flags: Found = {
        "series_max": str(series_max),
        "series_bytes": str(size),
        **{f"delete_{kind}": True for kind in deletes},
    }
    twin = Server(
        Options(
            compat="strict",
            names=Names(fits_tags=True),
            series_max=series_max,
            series_bytes=size,
            delete_counters="counters" in deletes,
            delete_timers="timers" in deletes,
            delete_gauges="gauges" in deletes,
            delete_sets="sets" in deletes,
        )
    )
    now, sent = moments(), 0
    async with running(flags, "", lambda: now.pop(0)) as at:
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            for turn, datagrams in enumerate([*intervals, [], intervals[0]], 1):
                for datagram in datagrams:
                    sender.sendto(datagram, at.server.listeners[0].address)
                    twin.receive(datagram)
                sent += len(datagrams)
                await at.wait_for_datagrams(sent)
                told = await at.flush()
                assert_told(twin.flush(START_S + 10 * turn), told)
                assert twin.overflowed == at.server.account().overflowed


@given(
    st.lists(st.lists(DATAGRAMS, max_size=6), min_size=1, max_size=3),
    st.integers(1, 3),
    st.sampled_from([1 << 20, 1024]),
    st.lists(st.sampled_from(KINDS), unique=True),
)
@example([[b"a:1|c\nb.c:2|c\na:3|c"], [b"b.c:1|c\na:1|c\nb.d:1|c"]], 1, 1024, [])
@example([[b"a:1|c\nb.c:2|c"], [b"b.c:1|c\na:1|c"]], 1, 1024, ["counters"])
@settings(max_examples=40, suppress_health_check=CHECKS)
def test_one_worker_at_its_bounds_is_the_twin(
    intervals: list[list[bytes]], series_max: int, size: int, deletes: list[str]
) -> None:
    """However many names come, each line and the count of overflow are the twin's."""
    asyncio.run(compare(intervals, series_max, size, deletes))


async def crowd(
    intervals: list[list[tuple[int, bytes]]], workers: int, series_max: int
) -> None:
    """Send from many to several workers, and hold what is told against no bounds."""
    names = Names(fits_tags=True)
    twin = Server(Options(compat="strict", names=names))
    flags: Found = {
        "workers": str(workers),
        "series_max": str(series_max),
        "max_delay_ms": "0.1",
    }
    now, sent = moments(), 0
    known: set[str] = set()
    async with running(flags, ",namespace=new", lambda: now.pop(0)) as at:
        with ExitStack() as stack:
            senders = [
                stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
                for _ in range(SENDERS)
            ]
            for turn, comings in enumerate(intervals, 1):
                for number, datagram in comings:
                    to = at.server.listeners[0].address
                    senders[number].sendto(datagram, to)
                    twin.receive(datagram)
                    sent += 1
                    await at.wait_for_datagrams(sent)
                rows = as_rows(await at.flush())
                twin.settle()
                known = check(rows, twin, known, series_max)
                twin.flush(START_S + 10 * turn)


def check(
    rows: dict[str, str], twin: Server, known: set[str], series_max: int
) -> set[str]:
    """Hold lines against a twin without bounds; return the counters that are known."""
    counters = {
        name.removeprefix("stats.counters.").removesuffix(".count"): float(value)
        for name, value in rows.items()
        if name.startswith("stats.counters.") and name.endswith(".count")
    }
    counters = {k: n for k, n in counters.items() if not k.startswith("statsd.")}
    expected = {k: n for k, n in twin.counters.items() if not k.startswith("statsd.")}
    assert abs(sum(expected.values()) - sum(counters.values())) < 1e-9 * 1e3
    own = {k: counters[k] for k in known}
    assert {k: expected[k] for k in known} == pytest.approx(own, abs=1e-9)
    timers = [
        float(value)
        for name, value in rows.items()
        if name.startswith("stats.timers.") and name.endswith(".count")
    ]
    assert sum(twin.weights.values()) == sum(timers)
    counts = Counter(name.split(".")[1] for name in rows if name.endswith(".count"))
    assert counts["sets"] <= series_max + 1
    assert len(timers) <= series_max + 1
    assert len(counters) <= series_max + 1
    return set(counters) - {OVERFLOW}


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, SENDERS - 1), DATAGRAMS), max_size=8),
        min_size=1,
        max_size=3,
    ),
    st.integers(1, 4),
    st.integers(1, 3),
)
@settings(max_examples=30, suppress_health_check=CHECKS)
def test_several_workers_at_their_bounds_lose_nothing(
    intervals: list[list[tuple[int, bytes]]], workers: int, series_max: int
) -> None:
    """Sums over all series are whole, those known before stay as they are, and of no
    type more are told than may be, and `_overflow`.
    """
    asyncio.run(crowd(intervals, workers, series_max))
