"""Outlet: one sink's queue, retries and account; a task of its own on the loop.

    take(flush) -> render, in a thread -> parcels -> the task: deliver, or retry later

A slow or broken sink holds up nothing but its own queue. Logs a change of state: down,
up again. Must not know: what a sink is, what the others do.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from statshard.errors import RefusedError
from statshard.sinks.backoff import Backoff
from statshard.sinks.parcels import Parcels
from statshard.sinks.sink import Flush, LastFlush, Parcel, Sink, SinkStatistics

QUEUE_BYTES = 64 << 20
SHORT_S = 0.1  # between tries while it closes
Tell = Callable[..., None]  # (event, **fields), as daemon.events has it


def tell_nobody(event: str, **fields: object) -> None:
    """Log nothing."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an outlet is handed: clocks, randomness, the log."""

    monotonic_s: Callable[[], float] = time.monotonic
    wall_s: Callable[[], float] = time.time
    random: Callable[[], float] = random.random
    tell: Tell = tell_nobody


class Outlet:
    """One sink at work."""

    def __init__(
        self,
        name: str,
        sink: Sink,
        *,
        queue_bytes: int = QUEUE_BYTES,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.name = name  # as it is configured, without secrets
        self.sink = sink
        self._around = surroundings or Surroundings()
        self._parcels = Parcels(queue_bytes)
        self._backoff = Backoff(self._around.random)
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._is_rendering = False
        self._task: asyncio.Task[None] | None = None
        self._last = LastFlush(last_flush=int(self._around.wall_s()))
        self._retries = 0
        self._skipped = 0

    def open(self) -> None:
        """Begin to deliver; raises SocketError where the sink cannot listen."""
        self.sink.open()
        self._task = asyncio.create_task(self._run(), name=f"sink {self.name}")

    async def take(self, flush: Flush) -> None:
        """Take a flush in; returns once it is rendered and waits.

        Where the one before is not rendered yet, or it cannot be, it is skipped, and
        its series are counted as dropped.
        """
        if self._is_rendering:
            self._skip("busy", flush)
            return
        self._is_rendering = True
        began_s = self._around.monotonic_s()
        try:
            parcels = await asyncio.to_thread(self._render, flush)
        except Exception as fault:  # noqa: BLE001 -- a third party's sink may raise any
            self._skip("unrendered", flush)
            self._around.tell("sink_fault", sink=self.name, fault=repr(fault))
            return
        finally:
            self._is_rendering = False
        for reason, points in self.sink.count_unfit().items():
            self._parcels.drop_unrendered(reason, points)
        for parcel in parcels:
            self._parcels.offer(parcel)
        self._last = replace(
            self._last,
            calculationtime=round(1000 * (self._around.monotonic_s() - began_s)),
            flush_length=sum(len(parcel.payload) for parcel in parcels),
        )
        self._changed.set()

    async def close(self, within_s: float) -> None:
        """Deliver what waits, for so long; drop the rest as `shutdown`."""
        self._closing.set()
        self._changed.set()
        if self._task is not None:
            _, late = await asyncio.wait([self._task], timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._parcels.drop_all("shutdown")
        with contextlib.suppress(OSError):
            await self.sink.close()

    def statistics(self) -> SinkStatistics:
        """Return what became of every point; closes at every moment."""
        parcels = self._parcels
        return SinkStatistics(
            rendered_points=parcels.rendered_points,
            sent_points=parcels.sent_points,
            waiting_points=parcels.waiting_points,
            waiting_bytes=parcels.waiting_bytes,
            dropped_points=dict(parcels.dropped_points),
            skipped_flushes=self._skipped,
            retries=self._retries,
            last=self._last,
        )

    def _render(self, flush: Flush) -> list[Parcel]:
        return list(self.sink.render(flush, self._last))

    def _skip(self, reason: str, flush: Flush) -> None:
        self._skipped += 1
        self._parcels.drop_unrendered(reason, flush.num_stats)

    async def _run(self) -> None:
        """Deliver for good; on close, until nothing waits."""
        while True:
            parcel = self._parcels.begin()
            if parcel is not None:
                await self._try(parcel)
            elif self._closing.is_set():
                return
            else:
                self._changed.clear()
                await self._changed.wait()

    async def _try(self, parcel: Parcel) -> None:
        """Deliver once; after a failure, wait until the next try."""
        began_s = self._around.monotonic_s()
        try:
            async with asyncio.timeout(self.sink.timeout_s):
                await self.sink.deliver(parcel)
        except RefusedError as fault:
            self._parcels.refused(fault.reason, fault.points)
            self._note_fault("sink_refused", fault)
        except OSError as fault:  # TimeoutError is one
            await self._wait_after(fault)
        except Exception as fault:  # noqa: BLE001 -- a third party's sink may raise any
            self._parcels.refused("fault")
            self._note_fault("sink_fault", fault)
        else:
            self._parcels.sent()
            if self._backoff.failures:
                self._around.tell("sink_up", sink=self.name)
            self._backoff.succeed()
            took_s = self._around.monotonic_s() - began_s
            self._last = replace(
                self._last,
                last_flush=round(self._around.wall_s()),
                flush_time=round(took_s * 1000),
            )

    async def _wait_after(self, fault: OSError) -> None:
        wait_s = self._backoff.fail()
        self._retries += 1
        if self._backoff.failures == 1:
            self._note_fault("sink_down", fault)
        self._last = replace(self._last, last_exception=round(self._around.wall_s()))
        with contextlib.suppress(OSError):
            await self.sink.close()
        if self._closing.is_set():  # as often as the time that is left allows
            await asyncio.sleep(min(wait_s, SHORT_S))
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), wait_s)

    def _note_fault(self, event: str, fault: Exception) -> None:
        self._last = replace(self._last, last_exception=round(self._around.wall_s()))
        text = str(fault) or type(fault).__name__
        self._around.tell(event, sink=self.name, fault=text)
