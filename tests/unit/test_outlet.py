"""Outlets: sinks that are slow, broken, away or gone, and what is counted."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from statshard.errors import RefusedError
from statshard.sinks.outlet import Outlet, Surroundings
from statshard.sinks.sink import Flush, LastFlush, Parcel, Sink
from tests.support.flushes import small_flush
from tests.support.stores import wait_for


@dataclass
class Scripted(Sink):
    """A sink that answers as it is told, and at the end takes everything."""

    answers: list[Exception] = field(default_factory=list)
    delivered: list[Parcel] = field(default_factory=list)
    closes: int = 0
    may_take: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_take.set()

    def render(self, flush: Flush, last: LastFlush) -> Iterator[Parcel]:
        """Give a parcel of three points and one of two."""
        del flush, last
        yield Parcel(b"first", 3)
        yield Parcel(b"second", 2)

    async def deliver(self, parcel: Parcel) -> None:
        """Raise the next answer, or take the parcel."""
        await self.may_take.wait()
        if self.answers:
            raise self.answers.pop(0)
        self.delivered.append(parcel)

    async def close(self) -> None:
        """Count."""
        self.closes += 1


@dataclass
class Told:
    """A log that is kept."""

    events: list[str] = field(default_factory=list)

    def __call__(self, event: str, **_: object) -> None:
        """Keep an event."""
        self.events.append(event)


def open_outlet(sink: Sink, told: Told | None = None, **options: int) -> Outlet:
    """Return an outlet at work that waits as shortly as it can."""
    around = Surroundings(
        wall_s=lambda: 1000.0, random=lambda: -0.999, tell=told or Told()
    )
    outlet = Outlet("test:", sink, surroundings=around, **options)
    outlet.open()
    return outlet


def test_a_flush_is_delivered_in_order() -> None:
    """Parcels arrive in the order in which they were rendered, and all are counted."""

    async def run() -> None:
        sink = Scripted()
        outlet = open_outlet(sink)
        await outlet.take(small_flush())
        await outlet.close(5.0)
        assert [b"first", b"second"] == [each.payload for each in sink.delivered]
        statistics = outlet.statistics()
        assert (5, 5, 0) == (
            statistics.rendered_points,
            statistics.sent_points,
            statistics.waiting_points,
        )
        assert 11 == statistics.last.flush_length

    asyncio.run(run())


def test_at_first_the_start_is_what_came_last() -> None:
    """Before anything came of it, a sink's last flush and last exception are told as of
    the start, as etsy's server tells them, not as of 1970.
    """

    async def run() -> None:
        outlet = open_outlet(Scripted())
        last = outlet.statistics().last
        assert (1000, 1000) == (last.last_flush, last.last_exception)
        await outlet.close(5.0)

    asyncio.run(run())


def test_a_failed_parcel_is_delivered_again_whole() -> None:
    """After failures the same parcel comes first; down and up are told once each."""

    async def run() -> None:
        told = Told()
        sink = Scripted([ConnectionResetError("gone"), TimeoutError()])
        outlet = open_outlet(sink, told)
        await outlet.take(small_flush())
        await wait_for(lambda: len(sink.delivered) == 2)
        await outlet.close(5.0)
        assert [b"first", b"second"] == [each.payload for each in sink.delivered]
        assert ["sink_down", "sink_up"] == told.events
        statistics = outlet.statistics()
        assert (2, 1000) == (statistics.retries, statistics.last.last_exception)
        assert statistics.closes

    asyncio.run(run())


@pytest.mark.parametrize(
    ("fault", "reason"), [(RefusedError("no"), "refused"), (ValueError("bug"), "fault")]
)
def test_what_a_store_refuses_is_dropped_by_reason(
    fault: Exception, reason: str
) -> None:
    """A parcel that will never be taken is counted, and the next one is delivered."""

    async def run() -> None:
        sink = Scripted([fault])
        outlet = open_outlet(sink)
        await outlet.take(small_flush())
        await outlet.close(5.0)
        assert [b"second"] == [each.payload for each in sink.delivered]
        statistics = outlet.statistics()
        assert ({reason: 3}, 2) == (statistics.dropped_points, statistics.sent_points)
        assert statistics.closes

    asyncio.run(run())


def test_a_part_that_a_store_refuses_is_dropped_alone() -> None:
    """Of a parcel so many points are dropped as the store says, the others are sent."""

    async def run() -> None:
        sink = Scripted([RefusedError("no", reason="partial_write", points=2)])
        outlet = open_outlet(sink)
        await outlet.take(small_flush())
        await outlet.close(5.0)
        statistics = outlet.statistics()
        assert ({"partial_write": 2}, 3, True) == (
            statistics.dropped_points,
            statistics.sent_points,
            statistics.closes,
        )

    asyncio.run(run())


def test_a_stop_drops_what_the_store_did_not_take() -> None:
    """When the time is over, what waits is counted as `shutdown`."""

    async def run() -> None:
        sink = Scripted()
        sink.may_take.clear()
        outlet = open_outlet(sink)
        await outlet.take(small_flush())
        assert outlet.statistics().waiting_points == 5
        await outlet.close(0.01)
        statistics = outlet.statistics()
        assert ({"shutdown": 5}, 0) == (
            statistics.dropped_points,
            statistics.waiting_points,
        )
        assert sink.closes == 1

    asyncio.run(run())


def test_a_stop_tries_at_once_what_was_to_wait() -> None:
    """A wait after a failure ends with the order to stop."""

    async def run() -> None:
        sink = Scripted([OSError("away")])
        outlet = Outlet("test:", sink, surroundings=Surroundings(random=lambda: 1000.0))
        outlet.open()
        await outlet.take(small_flush())
        await wait_for(lambda: outlet.statistics().retries == 1)
        await outlet.close(10.0)
        assert outlet.statistics().sent_points == 5

    asyncio.run(run())


def test_a_full_queue_drops_the_oldest() -> None:
    """Where there is no room, older flushes make place for newer ones, counted."""

    async def run() -> None:
        sink = Scripted()
        sink.may_take.clear()
        outlet = open_outlet(sink, queue_bytes=20)
        for _ in range(3):
            await outlet.take(small_flush())
        sink.may_take.set()
        await outlet.close(5.0)
        statistics = outlet.statistics()
        assert statistics.closes
        assert statistics.dropped_points["queue_full"] > 0
        assert [b"first", b"second"] == [each.payload for each in sink.delivered][-2:]

    asyncio.run(run())


class Broken(Scripted):
    """A sink that cannot write flushes."""

    def render(self, flush: Flush, last: LastFlush) -> Iterator[Parcel]:
        """Fail."""
        raise ValueError(flush, last)


@dataclass
class Long(Scripted):
    """A sink that writes parcels of 1 MiB."""

    parcels: int = 20

    def render(self, flush: Flush, last: LastFlush) -> Iterator[Parcel]:
        """Give them, of one point each."""
        del flush, last
        for _ in range(self.parcels):
            yield Parcel(bytes(1 << 20), 1)

    async def deliver(self, parcel: Parcel) -> None:
        """Take a parcel a moment later."""
        await asyncio.sleep(0)
        await super().deliver(parcel)


def test_a_flush_larger_than_the_queue_goes_through_it() -> None:
    """A sink that takes its parcels gets all of a flush; the queue keeps its bound."""

    async def run() -> None:
        sink = Long()
        outlet = open_outlet(sink, queue_bytes=2 << 20)
        await outlet.take(small_flush())
        await outlet.close(5.0)
        statistics = outlet.statistics()
        assert (sink.parcels, {}) == (
            statistics.sent_points,
            statistics.dropped_points,
        )

    asyncio.run(run())


def test_a_flush_that_is_broken_off_is_counted() -> None:
    """What a stop does not let be written is dropped, and the balance closes."""

    async def run() -> None:
        sink = Long()
        sink.may_take.clear()
        outlet = open_outlet(sink, queue_bytes=2 << 20)
        flush = small_flush()
        take = asyncio.create_task(outlet.take(flush))
        await wait_for(lambda: outlet.statistics().waiting_points == 2)
        take.cancel()
        await asyncio.gather(take, return_exceptions=True)
        await outlet.close(0.0)
        statistics = outlet.statistics()
        assert flush.num_stats + 2 == statistics.dropped_points["shutdown"]
        assert statistics.closes

    asyncio.run(run())


def test_a_flush_that_cannot_be_rendered_is_counted() -> None:
    """A fault in a sink's own code costs its flush, and nothing else."""

    async def run() -> None:
        told = Told()
        outlet = open_outlet(Broken(), told)
        flush = small_flush()
        await outlet.take(flush)
        await outlet.close(5.0)
        statistics = outlet.statistics()
        assert {"unrendered": flush.num_stats} == statistics.dropped_points
        assert (1, ["sink_fault"]) == (statistics.skipped_flushes, told.events)
        assert statistics.closes

    asyncio.run(run())


def test_a_slow_sink_harms_no_other() -> None:
    """While one sink takes nothing, another has everything."""

    async def run() -> None:
        slow, quick = Scripted(), Scripted()
        slow.may_take.clear()
        outlets = [open_outlet(slow), open_outlet(quick)]
        for _ in range(3):
            await asyncio.gather(*(each.take(small_flush()) for each in outlets))
        await wait_for(lambda: len(quick.delivered) == 6)
        assert slow.delivered == []
        await asyncio.gather(*(each.close(0.01) for each in outlets))
        assert all(each.statistics().closes for each in outlets)

    asyncio.run(run())
