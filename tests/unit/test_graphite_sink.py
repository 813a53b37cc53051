"""The Graphite sinks against real TCP servers: there, away, slow, cut in the middle."""

import asyncio
import math

import pytest

from statshard.flush.snapshot import Flush
from statshard.sinks.graphite import NAME_BYTES, split_unfit
from statshard.sinks.outlet import Outlet, Surroundings
from statshard.sinks.sink import LastFlush
from statshard.sinks.table import open_sink
from tests.support.flushes import TIMESTAMP, order, small_flush, wide_flush
from tests.support.stores import open_store, wait_for

SCHEMES = ["graphite", "graphite+pickle"]
SMALL = [
    f"stats.a.b 1.1 {TIMESTAMP}",
    f"stats_counts.a.b 11 {TIMESTAMP}",
    f"stats.timers.t.mean 1.5 {TIMESTAMP}",
    f"stats.timers.t.histogram.bin_1 2 {TIMESTAMP}",
    f"stats.timers.idle.count_ps 0 {TIMESTAMP}",
    f"stats.timers.idle.count 0 {TIMESTAMP}",
    f"stats.gauges.g;k=v -0.5 {TIMESTAMP}",
    f"stats.sets.s.count 2 {TIMESTAMP}",
    f"statsd.numStats 5 {TIMESTAMP}",
    f"stats.statsd.graphiteStats.calculationtime 4 {TIMESTAMP}",
    f"stats.statsd.processing_time 0 {TIMESTAMP}",
    f"stats.statsd.graphiteStats.last_exception 5 {TIMESTAMP}",
    f"stats.statsd.graphiteStats.last_flush 6 {TIMESTAMP}",
    f"stats.statsd.graphiteStats.flush_time 7 {TIMESTAMP}",
    f"stats.statsd.graphiteStats.flush_length 8 {TIMESTAMP}",
]
LAST = LastFlush(
    calculationtime=4, last_exception=5, last_flush=6, flush_time=7, flush_length=8
)


def open_outlet(scheme: str, port: int) -> Outlet:
    """Return an outlet to a port of this host, which waits shortly after a failure."""
    sink = open_sink(order(f"{scheme}://127.0.0.1:{port}", port))
    outlet = Outlet(scheme, sink, surroundings=Surroundings(random=lambda: -0.99))
    outlet.open()
    return outlet


def test_a_flush_is_etsys_text() -> None:
    """A flush is rendered as lines, in etsy's order, the own figures at the end."""
    parcels = open_sink(order("graphite:")).render(small_flush(), LAST)
    assert SMALL == b"".join(each.payload for each in parcels).decode().splitlines()


def test_a_pickle_holds_the_same_points() -> None:
    """The pickle has the names, times and values of the text, values as floats."""

    async def run() -> None:
        async with open_store() as store:
            sink = open_sink(order("graphite+pickle:", store.port))
            for parcel in sink.render(small_flush(), LAST):
                await sink.deliver(parcel)
            await wait_for(store.pickles)
            await sink.close()
            points = [point for each in store.pickles() for point in each]
            assert [
                (name, (int(stamp), float(value)))
                for name, value, stamp in (line.split(" ") for line in SMALL)
            ] == points
            assert all(isinstance(value, float) for _, (_, value) in points)

    asyncio.run(run())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_parcels_are_bounded_and_whole(scheme: str) -> None:
    """A wide flush is cut into parcels below carbon's limit, at line ends, and the
    points of the parcels are those of the flush.
    """
    parcels = list(open_sink(order(f"{scheme}:")).render(wide_flush(9000), LAST))
    assert len(parcels) > 3
    assert max(len(each.payload) for each in parcels) < 1 << 20
    assert sum(each.points for each in parcels) == 9000 + 7
    if scheme == "graphite":
        assert all(each.payload.endswith(b"\n") for each in parcels)
        assert all(each.payload.count(b"\n") == each.points for each in parcels)


def test_values_that_are_not_finite_are_counted() -> None:
    """NaN and infinities are left out and counted, once."""
    flush = Flush(
        timestamp=1,
        interval_s=10.0,
        gauges={"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1.0},
    )
    sink = open_sink(order("graphite:"))
    text = b"".join(each.payload for each in sink.render(flush, LAST)).decode()
    assert ["stats.gauges.d 1 1"] == [x for x in text.splitlines() if "gauges" in x]
    assert ({"not_finite": 3}, {}) == (sink.count_unfit(), sink.count_unfit())


@pytest.mark.parametrize("letter", ["n", "\N{SNOWMAN}", "\N{CAT FACE}"])
def test_a_name_is_as_long_as_carbon_reads(letter: str) -> None:
    """What makes a line that carbon would close the connection at is counted."""
    most = NAME_BYTES // len(letter.encode())
    points = [(letter * most, 1.0), (letter * (most + 1), 2.0)]
    short, unfit = split_unfit(points)
    assert (points[:1], {"too_long": 1}) == (short, +unfit)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_connection_serves_all_flushes(scheme: str) -> None:
    """Flush after flush goes over the same connection."""

    async def run() -> None:
        async with open_store() as store:
            outlet = open_outlet(scheme, store.port)
            for turn in range(3):
                await outlet.take(small_flush(TIMESTAMP + turn))
                await wait_for(lambda: outlet.statistics().waiting_points == 0)
            await outlet.close(5.0)
            assert store.connections == 1
            assert outlet.statistics().sent_points == 3 * len(SMALL)

    asyncio.run(run())


def test_everything_is_delivered_after_an_outage() -> None:
    """Flushes before, during and after an outage all arrive, in whole lines, though the
    store left in the middle of one.
    """

    async def run() -> None:
        async with open_store() as store:
            outlet = open_outlet("graphite", store.port)
            store.reads.clear()  # so that the first flush stands half written
            await outlet.take(wide_flush(20_000, TIMESTAMP))
            await wait_for(store.unread_bytes)
            await store.leave()
            await outlet.take(wide_flush(100, TIMESTAMP + 10))
            await wait_for(lambda: outlet.statistics().retries > 1)
            half = len(store.received)
            store.reads.set()
            await store.open()
            await outlet.take(wide_flush(100, TIMESTAMP + 20))
            await wait_for(lambda: outlet.statistics().waiting_points == 0)
            await outlet.close(5.0)
            statistics = outlet.statistics()
            assert statistics.closes
            assert statistics.dropped_points == {}
            lines = bytes(store.received[half:]).decode().splitlines()
            assert all(len(line.split(" ")) == 3 for line in lines)
            for count, turn in ((20_000, 0), (100, 10), (100, 20)):
                stamp = str(TIMESTAMP + turn)
                told = {x for x in lines if x.endswith(stamp) and "gauges" in x}
                assert len(told) == count

    asyncio.run(run())


def test_an_end_of_an_idle_connection_costs_nothing() -> None:
    """A store that comes back between two flushes gets both, whole."""

    async def run() -> None:
        async with open_store() as store:
            outlet = open_outlet("graphite", store.port)
            await outlet.take(small_flush())
            await wait_for(lambda: len(store.lines()) == len(SMALL))
            await store.leave()
            await store.open()
            await outlet.take(small_flush())
            await wait_for(lambda: len(store.lines()) == 2 * len(SMALL))
            await outlet.close(5.0)
            assert outlet.statistics().sent_points == 2 * len(SMALL)

    asyncio.run(run())


def test_a_slow_store_gets_everything() -> None:
    """While a store does not read, what it has not taken waits; then it arrives."""

    async def run() -> None:
        async with open_store() as store:
            store.reads.clear()
            outlet = open_outlet("graphite", store.port)
            flush = wide_flush(60_000)
            await outlet.take(flush)
            await wait_for(lambda: store.connections == 1)
            assert outlet.statistics().waiting_points > 0
            store.reads.set()
            await wait_for(lambda: outlet.statistics().waiting_points == 0)
            await outlet.close(5.0)
            await wait_for(lambda: len(store.lines()) == 60_007)
            assert outlet.statistics().retries == 0

    asyncio.run(run())


def test_a_store_that_is_away_is_counted() -> None:
    """Where nobody ever listens, all is dropped as `shutdown` at the end."""

    async def run() -> None:
        async with open_store() as store:
            await store.leave()
            outlet = open_outlet("graphite", store.port)
            await outlet.take(small_flush())
            await wait_for(lambda: outlet.statistics().retries > 0)
            await outlet.close(0.01)
            assert {"shutdown": len(SMALL)} == outlet.statistics().dropped_points

    asyncio.run(run())
