"""Flushing: from the collectors' tables to the sinks, once an interval.

    due -> swap each worker's table for an empty one -> wake them -> all have swapped
        -> a thread: fold, gather -> Flush -> every outlet, at once

Nothing here delays a packet: a worker goes over to its empty table between two batches.
One flush at a time has the store; the text port's deletions wait for it, and it for
them. Must not know: sockets, formats, signals.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from statshard.daemon.account import Account
from statshard.daemon.events import log_event
from statshard.errors import StatshardError
from statshard.flush.clock import FlushClock, Interval, Moment
from statshard.flush.figures import FigureTable, HistogramRule
from statshard.flush.gather import Beside, Recipe, forget_idle, gather
from statshard.flush.idle import IdleRules
from statshard.flush.snapshot import Flush
from statshard.plane.plane import Collector, Store
from statshard.plane.plane import Interval as Table
from statshard.settings.server import ServerSettings
from statshard.sinks.outlet import Outlet

LOOK_S = 0.0005  # between looks whether a worker has swapped
LONGEST_WAIT_S = 1.0  # so that a jump of the wall clock is seen
SWAP_S = 5.0  # a worker that takes longer is stuck


def moment_now() -> Moment:
    """Return the time by both clocks."""
    return Moment(time.monotonic(), time.time())


@dataclass
class Flushing:
    """What flushes; `account` returns the counts so far."""

    settings: ServerSettings
    collectors: Sequence[Collector]
    wakeups: Sequence[int]  # eventfds, one for each collector
    outlets: Sequence[Outlet]
    store: Store
    account: Callable[[], Account]
    clock: FlushClock
    now: Callable[[], Moment] = moment_now
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # who has the store
    last: Flush | None = None
    beside: Beside = field(default_factory=Beside)  # what the last told beside series
    _counted: Account | None = None  # at the last flush
    _unfolded: list[Table] = field(default_factory=list)
    _takes: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._recipe = recipe_of(self.settings, self.outlets)
        self._empty = [self._new_table() for _ in self.collectors]

    async def run(self) -> None:
        """Flush whenever it is due, for good."""
        while True:
            wait_s = self.clock.wait_s(self.now())
            if wait_s > 0:
                await asyncio.sleep(min(wait_s, LONGEST_WAIT_S))
            else:
                await self.flush()

    async def flush(self, *, is_last: bool = False) -> None:
        """End the interval and give what it came to to every outlet.

        The last one comes after the workers have ended, and waits until it is taken,
        behind one that is still being written: for drain_s each, and no longer.
        """
        async with self.lock:
            flush = await self._make(is_last=is_last)
        if flush is None:
            return
        if is_last:
            await self._settle()
        takes = [asyncio.create_task(each.take(flush)) for each in self.outlets]
        for take in takes:
            self._takes.add(take)
            take.add_done_callback(self._takes.discard)
        if is_last:
            await self._settle()

    async def _settle(self) -> None:
        """Wait until all that was given is taken, but no longer than drain_s."""
        if not self._takes:
            return
        _, late = await asyncio.wait(self._takes, timeout=self.settings.drain_s)
        for take in late:
            take.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _make(self, *, is_last: bool) -> Flush | None:
        """Return the record of the interval that ends now; None: there is no memory.

        What it would have told is kept for the next then.
        """
        interval = self.clock.end(self.now())
        self._unfolded += await self._swap(has_ended=is_last)
        account = self.account()
        beside = Beside(
            own=account.since(self._counted),
            lag_s=self._lag_s(interval),
            raw=[line for table in self._unfolded for line in table.raw()],
            is_last=is_last,
        )
        try:
            flush = await asyncio.to_thread(self._fold, interval, beside)
        except MemoryError:
            log_event("flush_failed", level=logging.ERROR, reason="no memory")
            self._empty = [self._new_table() for _ in self.collectors]
            return None
        self._empty = self._unfolded[-len(self.collectors) :]
        self._unfolded = []
        self._counted = account
        self.last, self.beside = flush, beside
        return flush

    async def _swap(self, *, has_ended: bool) -> list[Table]:
        """Return the tables of all workers, each of which has gone over to another."""
        tables = [
            collector.swap(empty)
            for collector, empty in zip(self.collectors, self._empty, strict=True)
        ]
        for wakeup in self.wakeups:
            os.eventfd_write(wakeup, 1)
        if has_ended:
            return tables
        try:
            async with asyncio.timeout(SWAP_S):
                while not self._have_swapped():  # noqa: ASYNC110 -- a word of the plane
                    await asyncio.sleep(LOOK_S)
        except TimeoutError as fault:
            raise StatshardError(
                f"a worker has not come to its next batch for {SWAP_S:g} s: "
                "this is a defect, please report it"
            ) from fault
        return tables

    def _fold(self, interval: Interval, beside: Beside) -> Flush:
        """Return the record; runs in a thread, holding the store."""
        began_s = time.monotonic()
        forget_idle(self.store, self._recipe.idle)
        self.store.fold(self._unfolded)
        flush = gather(self.store, self._recipe, interval, beside)
        took_ms = round(1000 * (time.monotonic() - began_s))
        return replace(flush, processing_ms=took_ms)

    def _lag_s(self, interval: Interval) -> float | None:
        """Return how much later than an interval after the last this flush is."""
        if self.last is None:
            return None
        return interval.timestamp - self.last.timestamp - interval.nominal_s

    def _have_swapped(self) -> bool:
        return all(each.has_swapped() for each in self.collectors)

    def _new_table(self) -> Table:
        return Table(self.settings.table_bytes // self.settings.workers)


def recipe_of(settings: ServerSettings, outlets: Sequence[Outlet]) -> Recipe:
    """Return what of the settings a flush is made by."""
    return Recipe(
        figures=FigureTable(
            settings.percentiles,
            tuple(HistogramRule(each.part, each.bins) for each in settings.histogram),
            frozenset(settings.timer_figures),
        ),
        idle=IdleRules(
            counter=int(settings.delete_counters),
            timer=int(settings.delete_timers),
            gauge=settings.gauges_max_ttl * settings.delete_gauges,
            set=int(settings.delete_sets),
        ),
        prefix_stats=settings.prefix_stats,
        rates_by_elapsed=settings.compat == "strict",
        wants_values=any(each.sink.wants_values for each in outlets),
    )
