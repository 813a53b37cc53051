"""Flushing: from the collectors' tables to the sinks, once an interval.

    due -> swap each worker's table for an empty one -> wake them -> all have swapped
        -> a thread: fold, gather -> Flush -> every outlet, at once

Nothing here delays a packet: a worker goes over to its empty table between two batches.
One flush at a time has the store; the text port's deletions wait for it, and it for
them. What cannot be folded for want of memory is kept for the next flush, once; then
its samples are counted as lost. Must not know: sockets, formats, signals.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from statshard.daemon.account import Account
from statshard.daemon.background import Background
from statshard.daemon.events import log_event
from statshard.daemon.keeping import Keeping
from statshard.daemon.overflow import OverflowWatch
from statshard.daemon.sketched import SketchedWatch
from statshard.errors import StatshardError
from statshard.flush.clock import FlushClock, Interval, Moment
from statshard.flush.figures import FigureTable, HistogramRule
from statshard.flush.gather import SKETCHED, Beside, Recipe, forget_idle, gather
from statshard.flush.idle import IdleRules
from statshard.flush.offenders import Overflow, list_overflows
from statshard.flush.snapshot import Flush
from statshard.plane.aggregation import Collector, KnownSeries, Store
from statshard.plane.aggregation import Interval as Table
from statshard.settings.server import ServerSettings
from statshard.sinks.outlet import Outlet

LOOK_S = 0.0005  # between looks whether a worker has swapped
LONGEST_WAIT_S = 1.0  # so that a jump of the wall clock is seen
SWAP_S = 3.0  # a worker that takes longer is stuck


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
    keeping: Keeping
    now: Callable[[], Moment] = moment_now
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # who has the store
    last: Flush | None = None
    beside: Beside = field(default_factory=Beside)  # what the last told beside series
    _counted: Account | None = None  # at the last flush
    lost: Counter[str] = field(default_factory=Counter)  # samples by type, never told
    overflow: OverflowWatch = field(default_factory=OverflowWatch)
    # Of the last flush: "timer", "set" -> how many were sketches.
    sketched: Mapping[str, int] = field(
        default_factory=lambda: dict.fromkeys(SKETCHED, 0)
    )
    _watch: SketchedWatch = field(default_factory=SketchedWatch)
    # For who has the lock. One of its own: sinks that hang may have all the others.
    thread: Background = field(default_factory=lambda: Background(1))
    _empty: list[Table] = field(default_factory=list)
    _unfolded: list[tuple[Collector, Table]] = field(default_factory=list)
    _known: KnownSeries | None = None  # of the last fold

    def __post_init__(self) -> None:
        self._recipe = recipe_of(self.settings, self.outlets)

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

        The last one comes after the workers have ended.
        """
        async with self.lock:
            flush = await self._make(is_last=is_last)
        if flush is None:
            return
        for outlet in self.outlets:
            outlet.take_nowait(flush)

    def leave_out(self, stuck: Collection[Collector]) -> None:
        """Never flush these again: what they were given is theirs for good."""
        self.collectors = [each for each in self.collectors if each not in stuck]
        self._unfolded = [pair for pair in self._unfolded if pair[0] not in stuck]

    async def _make(self, *, is_last: bool) -> Flush | None:
        """Return the record of the interval that ends now; None: there is no memory."""
        ended = self.now()
        interval = self.clock.end(ended)
        try:
            await self._swap(has_ended=is_last)
        except MemoryError:  # nothing was swapped: the workers go on with their tables
            if is_last:
                self._note_failure(self.account(), interval, is_last=True)
                self.keeping.save_untold(self.store, ended.wall_s)
            else:
                self.clock.reopen(interval)
                log_event("flush_failed", level=logging.ERROR, reason="no memory")
            return None
        except StatshardError:  # what the others had is told in the last flush
            self.clock.reopen(interval)
            raise
        account = self.account()
        beside = Beside(
            own=account.since(self._counted),
            lag_s=self._lag_s(interval),
            tells_sketched=self._watch.has_told,
            raw=[line for _, table in self._unfolded for line in table.raw()],
            is_last=is_last,
        )
        try:
            flush, overflows = await self.thread.call(
                self._fold, interval, beside, ended.wall_s
            )
        except MemoryError:
            self._note_failure(account, interval, is_last=is_last)
            if is_last:
                self.keeping.save_untold(self.store, ended.wall_s)
            return None
        self._empty = [table for _, table in self._unfolded[-len(self.collectors) :]]
        self._unfolded = []
        self._counted = account
        self.keeping.note_told()
        self.last, self.beside = flush, beside
        self._recognise(self.collectors)
        self._note_overflow(overflows, interval)
        self._note_sketched(flush)
        return flush

    def _note_overflow(
        self, overflows: Mapping[str, Overflow], interval: Interval
    ) -> None:
        """Count what overflowed, and tell of it."""
        counts, size_bytes = self.store.sizes()
        for kind, fields in self.overflow.look(overflows, interval.elapsed_s):
            log_event(
                "series_overflow",
                level=logging.WARNING,
                type=kind,
                series=counts[kind],
                series_max=self.settings.series_max,
                bytes=size_bytes,
                series_bytes=self.settings.series_bytes,
                **fields,
            )

    def recognise_known(self) -> None:
        """Let the workers' first tables, when full, begin what the store knows already.

        Raises MemoryError.
        """
        self._known = self.store.known()
        self._recognise(self.collectors)

    def _recognise(self, tables: Iterable[Collector | Table]) -> None:
        """Let tables that are full begin the series that are known."""
        if self._known is not None:
            for table in tables:
                table.recognise(self._known)

    def _note_sketched(self, flush: Flush) -> None:
        """Count the series that are sketches, and tell of those that never were."""
        self.sketched = {kind: len(keys) for kind, keys in flush.sketched.items()}
        known = {"timer": flush.timers, "set": flush.sets}
        for event, fields in self._watch.look(flush.sketched, known):
            log_event(event, level=logging.WARNING, **fields)

    def _note_failure(
        self, account: Account, interval: Interval, *, is_last: bool
    ) -> None:
        """Keep what was not folded for the next flush, or count it as lost."""
        is_whole = any(len(table) for _, table in self._unfolded)
        is_first = len(self._unfolded) <= len(self.collectors)
        is_kept = is_whole and is_first and not is_last
        if is_kept:
            self.clock.reopen(interval)
        else:
            counted = self._counted.aggregated if self._counted else {}
            self.lost.update(account.aggregated)
            self.lost.subtract(counted)
            self._unfolded = []
        log_event(
            "flush_failed",
            level=logging.ERROR,
            reason="no memory",
            kept="yes" if is_kept else "no",
            lost_samples=self.lost.total(),
        )

    async def _swap(self, *, has_ended: bool) -> None:
        """Take the tables of all workers, each of which goes over to another."""
        count = len(self.collectors)
        while len(self._empty) < count:
            self._empty.append(new_table(self.settings))
        empty, self._empty = self._empty[:count], self._empty[count:]
        self._recognise(empty)
        for collector, table in zip(self.collectors, empty, strict=True):
            self._unfolded.append((collector, collector.swap(table)))
        for wakeup in self.wakeups:
            os.eventfd_write(wakeup, 1)
        if has_ended:
            return
        # Looks, not time: a process that was stopped meanwhile makes none.
        for _ in range(round(SWAP_S / LOOK_S)):
            if self._have_swapped():
                return
            await asyncio.sleep(LOOK_S)
        raise StatshardError(
            f"a worker has not come to its next batch for {SWAP_S:g} s: "
            "this is a defect, please report it"
        )

    def _fold(
        self, interval: Interval, beside: Beside, wall_s: float
    ) -> tuple[Flush, Mapping[str, Overflow]]:
        """Return the record and what overflowed; runs in a thread, with the store."""
        began_s = time.monotonic()
        forget_idle(self.store, self._recipe.idle)
        self.store.fold([table for _, table in self._unfolded])
        self.keeping.carry(self.store)
        if beside.is_last:
            self.keeping.save(self.store, wall_s)
        flush = gather(self.store, self._recipe, interval, beside)
        took_ms = round(1000 * (time.monotonic() - began_s))
        with contextlib.suppress(MemoryError):  # those of the fold before will do
            self._known = self.store.known()
        overflows = list_overflows(self.store.overflowed())
        return replace(flush, processing_ms=took_ms), overflows

    def _lag_s(self, interval: Interval) -> float | None:
        """Return how much later than an interval after the last this flush is."""
        if self.last is None:
            return None
        return interval.timestamp - self.last.timestamp - interval.nominal_s

    def _have_swapped(self) -> bool:
        return all(each.has_swapped() for each in self.collectors)


def new_table(settings: ServerSettings) -> Table:
    """Return an empty table for a worker; raises MemoryError."""
    size_bytes = settings.table_bytes // settings.workers
    return Table(size_bytes, **bounds_of(settings))


def new_store(settings: ServerSettings, hash_key: bytes) -> Store:
    """Return a store that knows nothing; raises MemoryError."""
    bounds = bounds_of(settings)
    return Store(hash_key, bytes_max=settings.series_bytes, **bounds)


def bounds_of(settings: ServerSettings) -> dict[str, int]:
    """Return how much is kept, as tables and stores take it."""
    return {
        "series_max": settings.series_max,
        "timer_values_max": settings.timer_values_max,
        "set_members_max": settings.set_members_max,
    }


def recipe_of(settings: ServerSettings, outlets: Sequence[Outlet]) -> Recipe:
    """Return what of the settings a flush is made by."""
    return Recipe(
        figures=FigureTable(
            settings.percentiles,
            tuple(HistogramRule(each.part, each.bins) for each in settings.histogram),
            frozenset(settings.timer_figures),
        ),
        idle=idle_rules_of(settings),
        prefix_stats=settings.prefix_stats,
        rates_by_elapsed=settings.compat == "strict",
        wants_values=any(each.sink.wants_values for each in outlets),
    )


def idle_rules_of(settings: ServerSettings) -> IdleRules:
    """Return how long series without samples are told of."""
    return IdleRules(
        counter=int(settings.delete_counters),
        timer=int(settings.delete_timers),
        gauge=settings.gauges_max_ttl * settings.delete_gauges,
        set=int(settings.delete_sets),
    )
