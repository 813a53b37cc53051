"""Jumps of the wall clock while a server flushes by itself, its clocks handed in."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from statshard.daemon import flushing
from statshard.flush.clock import FlushClock, Moment
from tests.daemon.test_server import Running, running
from tests.support.stores import wait_for

NOON = 1_700_006_400.0  # a multiple of an hour
HOUR_S = 3600.0


@dataclass
class Clocks:
    """A wall clock that stands until it is set, beside the real monotonic one."""

    wall_s: float = NOON + 100

    def now(self) -> Moment:
        """Return the time by both."""
        return Moment(time.monotonic(), self.wall_s)


def flush_by(clocks: Clocks, then: Callable[[Running], Awaitable[None]]) -> None:
    """Let a server flush by itself, aligned to the hour, and do something then."""

    async def run() -> None:
        async with running({"flush_interval": "1h"}) as at:
            at.server.flushing.now = clocks.now
            at.server.flushing.clock = FlushClock(HOUR_S, clocks.now(), is_aligned=True)
            task = asyncio.create_task(at.server.flushing.run())
            try:
                await then(at)
            finally:
                task.cancel()

    asyncio.run(run())


async def wait_for_flush(at: Running, timestamp: int) -> None:
    """Wait until a flush of that time was made."""
    await wait_for(
        lambda: (
            at.server.flushing.last is not None
            and at.server.flushing.last.timestamp == timestamp
        )
    )


def test_a_jump_forward_flushes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set over the end of its interval, the wall clock ends it; the flush is stamped
    with the new time, told as irregular, and the next is due at the next multiple.
    """
    monkeypatch.setattr(flushing, "LONGEST_WAIT_S", 0.01)
    clocks = Clocks()

    async def jump(at: Running) -> None:
        at.send(b"a:1|c")
        await at.wait_for_datagrams(1)
        clocks.wall_s = NOON + 5 * HOUR_S + 7
        await wait_for_flush(at, int(clocks.wall_s))
        last = at.server.flushing.last
        assert last is not None
        assert (1.0, True) == (last.counters["a"], last.is_irregular)
        wait_s = at.server.flushing.clock.wait_s(clocks.now())
        assert HOUR_S - 7 == wait_s

    flush_by(clocks, jump)


def test_a_jump_back_waits_for_the_next_multiple(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Set back, the wall clock ends the interval at the first multiple it meets."""
    monkeypatch.setattr(flushing, "LONGEST_WAIT_S", 0.01)
    clocks = Clocks()

    async def jump(at: Running) -> None:
        clocks.wall_s = NOON - 5 * HOUR_S - 20
        await wait_for(
            lambda: at.server.flushing.clock.wait_s(clocks.now()) == 20.0,
        )
        clocks.wall_s = NOON - 5 * HOUR_S
        await wait_for_flush(at, int(clocks.wall_s))

    flush_by(clocks, jump)
