"""Outlet: one sink's queue, retries and account; a task of its own on the loop.

    take(flush) -> render, in a thread -> parcels -> the task: deliver, or retry later
                   a piece at a time

A slow or broken sink holds up nothing but its own queue. A flush that is larger than
the queue goes through it in pieces: no more is written while the queue is full and its
parcels leave one after the other; where they do not, the oldest make room, or, where a
flush must not lack a piece, the next flushes are skipped. Logs a change of state: down,
up again. Must not know: what a sink is, what the others do.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from statshard.errors import RefusedError
from statshard.sinks.backoff import Backoff
from statshard.sinks.parcels import Parcels
from statshard.sinks.sink import Flush, LastFlush, Parcel, Sink, SinkStatistics

QUEUE_BYTES = 64 << 20
PIECE_BYTES = 4 << 20  # that are written before the queue is looked at
STUCK_S = 1.0  # for so long nothing has left a full queue
SHORT_S = 0.1  # between tries while it closes
CLOSE_S = 1.0  # what a sink may take to give back what it holds
Tell = Callable[..., None]  # (event, **fields), as daemon.events has it
T = TypeVar("T")


class Call(Protocol):
    """Makes a call in a thread, as asyncio.to_thread does."""

    def __call__(self, call: Callable[..., T], /, *args: object) -> Awaitable[T]:
        """Return what the call comes to."""


def tell_nobody(event: str, **fields: object) -> None:
    """Log nothing."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an outlet is handed: clocks, randomness, the log, threads."""

    monotonic_s: Callable[[], float] = time.monotonic
    wall_s: Callable[[], float] = time.time
    random: Callable[[], float] = random.random
    tell: Tell = tell_nobody
    call: Call = asyncio.to_thread


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
        self._rendering = asyncio.Lock()
        self._left = asyncio.Event()  # a parcel has left the queue
        self._is_stuck = False  # none has, for STUCK_S
        self._task: asyncio.Task[None] | None = None
        self._takes: set[asyncio.Task[None]] = set()
        started_s = int(self._around.wall_s())  # etsy's, until something has happened
        self._last = LastFlush(last_flush=started_s, last_exception=started_s)
        self._retries = 0
        self._skipped = 0

    def open(self) -> None:
        """Begin to deliver; raises SocketError where the sink cannot listen."""
        self.sink.open()
        self._task = asyncio.create_task(self._run(), name=f"sink {self.name}")

    def take_nowait(self, flush: Flush) -> None:
        """Take a flush in, in a task that `close` waits for."""
        take = asyncio.create_task(self.take(flush))
        self._takes.add(take)
        take.add_done_callback(self._end_take)

    async def take(self, flush: Flush) -> None:
        """Take a flush in; returns once it is rendered and waits.

        Where the one before is not rendered yet, or it cannot be, it is skipped, and
        its series are counted as dropped; so they are where this is cancelled. The last
        of all waits for the one before.
        """
        if self._rendering.locked() and not flush.is_last:
            self._skip("busy", flush)
            return
        try:
            async with self._rendering:
                await self._write(flush)
        except asyncio.CancelledError:
            self._skip("shutdown", flush)
            raise
        except Exception as fault:  # noqa: BLE001 -- a third party's sink may raise any
            self._skip("unrendered", flush)
            self._around.tell("sink_fault", sink=self.name, fault=repr(fault))

    async def close(self, within_s: float) -> None:
        """Render what was given and deliver it, for so long in all; drop the rest.

        What is dropped is counted as `shutdown`.
        """
        self._closing.set()
        self._changed.set()
        tasks = [*self._takes] if self._task is None else [*self._takes, self._task]
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._parcels.drop_all("shutdown")
        await self._close_sink()

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

    async def _write(self, flush: Flush) -> None:
        """Render a flush, a piece at a time, and put it into the queue."""
        rest = _render(self.sink, flush, self._last)
        took_s, size_bytes = 0.0, 0
        while True:
            began_s = self._around.monotonic_s()
            piece = await self._around.call(_next_piece, rest)
            took_s += self._around.monotonic_s() - began_s
            if not piece:
                break
            for parcel in piece:
                await self._wait_for_room(parcel)
                self._parcels.offer(parcel)
                self._changed.set()
                size_bytes += len(parcel.payload)
        for reason, points in self.sink.count_unfit().items():
            self._parcels.drop_unrendered(reason, points)
        self._last = replace(
            self._last, calculationtime=round(1000 * took_s), flush_length=size_bytes
        )

    async def _wait_for_room(self, parcel: Parcel) -> None:
        """Wait for as long as the queue is full and parcels leave it.

        For a sink that needs every parcel, until there is room.
        """
        while self._parcels.would_oust(parcel):
            is_away = self._is_stuck or self._backoff.failures
            if is_away and not self.sink.needs_every_parcel:
                return
            self._left.clear()
            try:
                async with asyncio.timeout(STUCK_S):
                    await self._left.wait()
            except TimeoutError:
                self._is_stuck = True

    def _end_take(self, take: asyncio.Task[None]) -> None:
        self._takes.discard(take)
        self._changed.set()

    def _skip(self, reason: str, flush: Flush) -> None:
        self._skipped += 1
        self._parcels.drop_unrendered(reason, flush.num_stats)

    async def _run(self) -> None:
        """Deliver for good; on close, until nothing waits and nothing more comes."""
        while True:
            parcel = self._parcels.begin()
            if parcel is not None:
                await self._try(parcel)
            elif self._closing.is_set() and not self._takes:
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
            self._is_stuck = False
            if self._backoff.failures:
                self._around.tell("sink_up", sink=self.name)
            self._backoff.succeed()
            took_s = self._around.monotonic_s() - began_s
            self._last = replace(
                self._last,
                last_flush=round(self._around.wall_s()),
                flush_time=round(took_s * 1000),
            )
        finally:
            self._left.set()

    async def _wait_after(self, fault: OSError) -> None:
        wait_s = self._backoff.fail()
        self._retries += 1
        if self._backoff.failures == 1:
            self._note_fault("sink_down", fault)
        self._last = replace(self._last, last_exception=round(self._around.wall_s()))
        await self._close_sink()
        if self._closing.is_set():  # as often as the time that is left allows
            await asyncio.sleep(min(wait_s, SHORT_S))
            return
        # Not wait_for: that of 3.11 loses a cancellation that comes with the event.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._closing.wait()

    async def _close_sink(self) -> None:
        """Close the sink, for CLOSE_S at the most; a fault of its own is told."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.sink.close()
        except OSError:  # TimeoutError is one
            return
        except Exception as fault:  # noqa: BLE001 -- a third party's sink may raise any
            self._note_fault("sink_fault", fault)

    def _note_fault(self, event: str, fault: Exception) -> None:
        self._last = replace(self._last, last_exception=round(self._around.wall_s()))
        text = str(fault) or type(fault).__name__
        self._around.tell(event, sink=self.name, fault=text)


def _render(sink: Sink, flush: Flush, last: LastFlush) -> Iterator[Parcel]:
    """Yield what a sink writes; also of one that writes all of it at once.

    The first is asked for in a thread: until then nothing of the sink runs.
    """
    yield from sink.render(flush, last)


def _next_piece(rest: Iterator[Parcel]) -> list[Parcel]:
    """Return the parcels that come next, of about PIECE_BYTES; [] at the end."""
    piece: list[Parcel] = []
    size_bytes = 0
    for parcel in rest:
        if not isinstance(parcel, Parcel):
            raise TypeError(f"a {type(parcel).__name__} is no parcel")
        piece.append(parcel)
        size_bytes += len(parcel.payload)
        if size_bytes >= PIECE_BYTES:
            break
    return piece
