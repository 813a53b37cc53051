"""Flushes that meet no memory, or a worker that stands still: nothing goes unseen."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from statshard.daemon import flushing
from statshard.daemon.flushing import new_table
from statshard.errors import StatshardError
from statshard.flush.clock import Moment
from statshard.plane.aggregation import Interval
from statshard.settings.server import ServerSettings
from tests.daemon.test_server import Running, running
from tests.support.aggregation import START_S
from tests.support.stores import wait_for
from tests.support.wait import TIMEOUT_S


class Failing:
    """A store whose call of a name fails so many times, then is as it should be."""

    def __init__(self, store: object, name: str, times: int) -> None:
        self.store = store
        self.name = name
        self.times = times

    def __getattr__(self, name: str) -> object:
        if name == self.name and self.times > 0:
            self.times -= 1
            raise MemoryError
        return getattr(self.store, name)


async def told_after(
    name: str, times: int, workers: int = 1
) -> tuple[dict[str, str], int]:
    """Let a call of the store fail so many times, a flush and a sample each; return
    what is told at last of a counter, a timer and a gauge, and the samples lost.
    """
    flags = {"workers": str(workers), "table_bytes": "512MiB"}
    async with running({**flags}) as at:
        server = at.server
        server.flushing.store = Failing(  # type: ignore[assignment]  # stands in for it
            server.flushing.store, name, times
        )
        for turn in range(times):
            at.send(b"a:1|c\nt:5|ms\ng:+1|g")
            await at.wait_for_datagrams(turn + 1)
            await server.flushing.flush()
        at.send(b"a:1|c\nt:5|ms\ng:+1|g")
        await at.wait_for_datagrams(times + 1)
        lines = [line.split(" ") for line in await at.flush()]
        account = server.account()
        assert account.closes
        lost = account.dropped.get("no_memory", 0)
        assert (times + 1) * 3 == account.aggregated_samples + lost
    names = ("stats_counts.a", "stats.timers.t.count", "stats.gauges.g")
    return {name: value for name, value, _ in lines if name in names}, lost


def test_sinks_that_hang_hold_up_nothing_else() -> None:
    """While every thread that sinks may deliver in is held for ever, intervals go on
    and reach another sink, the text port answers, and the server stops.
    """

    async def run(ends: threading.Event) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        hangs = loop.run_in_executor(None, ends.wait)
        async with asyncio.timeout(TIMEOUT_S), running({}) as at:
            at.send(b"a:3|c")
            await at.wait_for_datagrams(1)
            assert any(x.startswith("stats_counts.a 3 ") for x in await at.flush())
            assert "a: 3" in await at.server.state.show("counter")
            assert "a" in await at.server.state.list_keys("counter")
            await at.server.state.delete("counter", ["a"])
        assert not hangs.done()

    ends = threading.Event()
    with asyncio.Runner() as runner:
        try:
            runner.run(run(ends))
        finally:
            ends.set()


def test_what_finds_no_memory_once_is_in_the_next_flush() -> None:
    """Where a fold has no memory, all of it is folded with the next interval."""
    told = {"stats_counts.a": "2", "stats.timers.t.count": "2", "stats.gauges.g": "2"}
    assert (told, 0) == asyncio.run(told_after("fold", 1))
    assert (told, 0) == asyncio.run(told_after("fold", 1, workers=64))


@pytest.mark.parametrize("fails", ["fold", "swap"])
def test_rates_of_what_was_kept_are_of_both_intervals(
    monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """Where an interval is told with the next, because it found no memory for its fold
    or for empty tables, the rate is over the time of both, told as irregular; that of
    the one behind is over its own.
    """
    moments = iter(Moment(at_s, START_S + at_s) for at_s in range(0, 99, 10))

    async def run() -> None:
        async with running({}, now=lambda: next(moments)) as at:
            flushing = at.server.flushing
            with monkeypatch.context() as patch:
                if fails == "fold":
                    store = Failing(flushing.store, "fold", 1)
                    patch.setattr(flushing, "store", store)
                else:
                    patch.setattr("statshard.daemon.flushing.new_table", no_memory)
                await send_and_flush(at, 1)
            told = []
            for turn in (2, 3):
                await send_and_flush(at, turn)
                last = flushing.last
                assert last is not None
                rate = last.rates()["a"]
                told.append((last.interval_s, last.is_irregular, rate))
            assert [(20.0, True, 1.0), (10.0, False, 1.0)] == told

    asyncio.run(run())


def test_tables_are_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has two tables for good: no flush maps anew what the one before has let
    go of.
    """
    made: list[Interval] = []

    def make(settings: ServerSettings) -> Interval:
        made.append(new_table(settings))
        return made[-1]

    async def run() -> None:
        async with running({"workers": "2"}) as at:
            monkeypatch.setattr(flushing, "new_table", make)
            for turn in range(1, 5):
                await send_and_flush(at, turn)
        assert 2 == len(made)

    asyncio.run(run())


async def send_and_flush(at: Running, turn: int) -> None:
    """Count ten in datagram number `turn`, and flush."""
    at.send(b"a:10|c")
    await at.wait_for_datagrams(turn)
    await at.server.flushing.flush()
    await wait_for(lambda: not at.server.outlets[0]._takes)


def no_memory(_: object) -> Interval:
    """Find no memory for a table."""
    raise MemoryError


def test_what_finds_no_memory_again_is_counted_as_lost() -> None:
    """Of four folds that fail, two intervals each are lost, counted as no_memory, and
    the tables of no more than two are kept.
    """
    told = {"stats_counts.a": "1", "stats.timers.t.count": "1", "stats.gauges.g": "1"}
    assert (told, 12) == asyncio.run(told_after("fold", 4))


def test_a_record_that_finds_no_memory_is_counted_as_lost() -> None:
    """Where the fold is made and the record is not, the samples are counted as lost;
    a gauge stands where they left it.
    """
    told = {"stats_counts.a": "1", "stats.timers.t.count": "1", "stats.gauges.g": "2"}
    assert (told, 3) == asyncio.run(told_after("timers", 1))


def test_a_worker_that_does_not_swap_ends_the_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A flush does not wait for good for a worker; what the others had is told in the
    last flush, its rate over all that time.
    """
    monkeypatch.setattr(flushing, "SWAP_S", 0.05)
    moments = iter(Moment(at_s, START_S + at_s) for at_s in range(0, 99, 10))

    class Stuck:
        """A collector that never comes round."""

        def swap(self, interval: Interval) -> Interval:
            """Give an empty one."""
            del interval
            return Interval(8 << 20)

        def has_swapped(self) -> bool:
            """Tell that it has not."""
            return False

    async def run() -> Sequence[str]:
        async with running({}, now=lambda: next(moments)) as at:
            stuck = Stuck()
            at.server.flushing.collectors = [
                *at.server.collectors,
                stuck,  # type: ignore[list-item]  # stands in for one
            ]
            at.send(b"a:10|c")
            await at.wait_for_datagrams(1)
            with pytest.raises(StatshardError, match="has not come to its next batch"):
                await at.server.flushing.flush()
            at.server.flushing.leave_out([stuck])  # type: ignore[list-item]  # as above
        return at.store.lines()

    lines = [line.split(" ")[:2] for line in asyncio.run(run())]
    assert ["stats_counts.a", "10"] in lines
    assert ["stats.a", "0.5"] in lines
