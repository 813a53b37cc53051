"""Outlets at the stop, and what they wait for, by a clock that leaps over it."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from statshard.sinks.outlet import Outlet, Surroundings
from statshard.sinks.sink import Flush, LastFlush, Parcel
from tests.support.flushes import small_flush
from tests.support.leaping import LeapingLoop
from tests.support.stores import wait_for
from tests.support.wait import TIMEOUT_S
from tests.unit.test_outlet import Long, Scripted, open_outlet

T = TypeVar("T")


@dataclass
class Hanging(Scripted):
    """A sink that hangs as it writes any flush but the first."""

    timeout_s = None
    turn: int = 0
    begun: threading.Event = field(default_factory=threading.Event)
    ends: threading.Event = field(default_factory=threading.Event)

    def render(self, flush: Flush, last: LastFlush) -> Iterator[Parcel]:
        """Give the parcels, late."""
        self.turn += 1
        if self.turn > 1:
            self.begun.set()
            self.ends.wait(TIMEOUT_S)
        yield from super().render(flush, last)


def test_all_that_a_sink_has_at_the_stop_is_one_time() -> None:
    """A flush that is being written, the last one and what waits have so long in all,
    and are counted as shutdown then.
    """

    async def run(loop: LeapingLoop) -> None:
        sink = Hanging()
        sink.may_take.clear()
        outlet = open_outlet(sink)
        await outlet.take(small_flush())
        outlet.take_nowait(small_flush())
        await asyncio.to_thread(sink.begun.wait, TIMEOUT_S)
        outlet.take_nowait(replace(small_flush(), is_last=True))
        await outlet.close(5.0)
        assert 5.0 == loop.time()
        sink.ends.set()
        statistics = outlet.statistics()
        lost = {"shutdown": 5 + 2 * small_flush().num_stats}
        assert (lost, True) == (statistics.dropped_points, statistics.closes)

    with contextlib.closing(LeapingLoop()) as loop:
        loop.run_until_complete(run(loop))


def test_what_waits_is_tried_while_a_flush_is_written() -> None:
    """The order to stop ends the wait after a failure, though one is still written."""

    async def run() -> None:
        sink = Hanging([OSError("away")])
        outlet = Outlet("test:", sink, surroundings=Surroundings(random=lambda: 1000.0))
        outlet.open()
        await outlet.take(small_flush())
        await wait_for(lambda: outlet.statistics().retries == 1)
        outlet.take_nowait(small_flush())
        closing = asyncio.create_task(outlet.close(TIMEOUT_S))
        await wait_for(lambda: len(sink.delivered) == 2)
        sink.ends.set()
        await closing
        assert (10, {}) == (
            outlet.statistics().sent_points,
            outlet.statistics().dropped_points,
        )

    asyncio.run(run())


def test_what_fails_at_the_stop_is_tried_again_soon() -> None:
    """While it closes no wait is longer than a moment, whatever the failures before."""

    async def run() -> None:
        sink = Scripted([OSError("away"), OSError("away")])
        outlet = Outlet("test:", sink, surroundings=Surroundings(random=lambda: 1000.0))
        outlet.open()
        await outlet.take(small_flush())
        await outlet.close(5.0)
        statistics = outlet.statistics()
        assert (5, 2) == (statistics.sent_points, statistics.retries)

    with contextlib.closing(LeapingLoop()) as loop:
        loop.run_until_complete(run())


async def call_here(call: Callable[..., T], /, *args: object) -> T:
    """Make a call without a thread, for which the clock would leap."""
    return call(*args)


def test_a_sink_that_is_away_is_not_waited_for() -> None:
    """Once a delivery has failed, a flush larger than the queue is written at once, and
    the oldest parcels make room.
    """

    async def run(loop: LeapingLoop) -> None:
        sink = Long([OSError("away")], parcels=1)
        around = Surroundings(random=lambda: 1000.0, call=call_here)
        outlet = Outlet("test:", sink, queue_bytes=2 << 20, surroundings=around)
        outlet.open()
        await outlet.take(small_flush())
        while not outlet.statistics().retries:  # noqa: ASYNC110 -- what ends is a task
            await asyncio.sleep(0)
        sink.parcels, before_s = 20, loop.time()
        await outlet.take(small_flush())
        assert (before_s, 1) == (loop.time(), outlet.statistics().retries)
        await outlet.close(0.0)
        assert outlet.statistics().closes

    with contextlib.closing(LeapingLoop()) as loop:
        loop.run_until_complete(run(loop))


def test_a_sink_that_has_come_back_is_waited_for_again() -> None:
    """Once parcels leave again, a flush larger than the queue goes through it whole."""

    async def run() -> None:
        sink = Long()
        sink.may_take.clear()
        outlet = open_outlet(sink, queue_bytes=2 << 20)
        await outlet.take(small_flush())
        dropped = dict(outlet.statistics().dropped_points)
        assert dropped["queue_full"] > 0
        sink.may_take.set()
        await wait_for(lambda: outlet.statistics().waiting_points == 0)
        await outlet.take(small_flush())
        await outlet.close(5.0)
        assert dropped == outlet.statistics().dropped_points

    with contextlib.closing(LeapingLoop()) as loop:
        loop.run_until_complete(run())
