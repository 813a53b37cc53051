"""The aggregation server: its start order, its life and its stop order, each on a page.

    start   sinks -> signals -> bind -> workers -> text port -> outlets -> threads
    life    an asyncio loop: flushes, signals, a look at the counters each second
    stop    health down -> shut the doors -> order the workers to drain and end -> join
            -> the last flush -> outlets deliver, for drain_s -> the balance -> close

The control thread runs here, in plain Python; a packet never waits for it.
"""

import asyncio
import contextlib
import logging
import os
import signal
import threading
import time

from statshard.admin.text_port import TextPort
from statshard.daemon.account import Account, account_of
from statshard.daemon.background import open_background
from statshard.daemon.balance import Balance
from statshard.daemon.events import log_event, tell_event
from statshard.daemon.flushing import Flushing, moment_now, new_store, new_table
from statshard.daemon.heartbeat import STALL_S, Heartbeat
from statshard.daemon.listeners import Listener, open_listeners
from statshard.daemon.outlets import log_outlets, make_outlets
from statshard.daemon.proxy import LOOK_S, STOP_S, STOP_SIGNALS, signals_blocked
from statshard.daemon.sockets import raise_descriptor_limit
from statshard.daemon.text_state import TextState
from statshard.daemon.watch import Watch
from statshard.errors import SocketError, StatshardError
from statshard.flush.clock import FlushClock
from statshard.plane.aggregation import Collector
from statshard.settings.server import ServerSettings

TEXT_PORT = ("127.0.0.1", 8126)  # where none is configured
HASH_KEY_BYTES = 16


class Server:
    """A running aggregation server.

    `serve` is its whole life; `open` and `close` are the first and the last of it.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.outlets = make_outlets(settings)
        self.listeners: tuple[Listener, ...] = ()
        self.collectors: list[Collector] = []
        self._hash_key = os.urandom(HASH_KEY_BYTES)
        self._wakeups: list[int] = []
        self._threads: list[threading.Thread] = []
        self._resources = contextlib.ExitStack()

    async def open(self) -> None:
        """Start: afterwards every listener is read, and flushes come."""
        settings = self.settings
        raise_descriptor_limit()
        self.listeners = open_listeners(
            settings.listen, settings.workers, settings.receive_buffer
        )
        for listener in self.listeners:
            self._resources.callback(listener.close)
        for index in range(settings.workers):
            self.collectors.append(self._open_collector(index))
        self.flushing = Flushing(
            settings,
            self.collectors,
            self._wakeups,
            self.outlets,
            new_store(settings, self._hash_key),
            self.account,
            FlushClock(
                settings.flush_interval, moment_now(), is_aligned=settings.aligned
            ),
        )
        self.state = TextState(settings, self.flushing)
        self.text_port = TextPort(self.state)
        await self._open_text_port()
        for outlet in self.outlets:
            outlet.open()
        self.flushing.recognise_known()
        self._start_threads()
        self._log_start()

    async def serve(self) -> None:
        """Start, run until SIGTERM or SIGINT, stop; a second signal changes nothing.

        Raises SettingsError or SocketError where it cannot start, and StatshardError
        where a worker ends by itself.
        """
        loop = asyncio.get_running_loop()
        loop.set_default_executor(open_background())
        stop = asyncio.Event()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, stop.set)
        try:
            await self.open()
            await self._live(stop)
        finally:
            await self.close()
            # The loop takes its handlers along; until the process is gone, a further
            # signal must not end it with another status.
            signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)

    async def _live(self, stop: asyncio.Event) -> None:
        """Flush, and look at the counters each second, until `stop`."""
        flushes = asyncio.create_task(self.flushing.run())
        looks = asyncio.create_task(self._look())
        stopped = asyncio.create_task(stop.wait())
        tasks = (flushes, looks, stopped)
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            async with self.flushing.lock:  # a flush under way is made, and then ends
                for task in tasks:
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self) -> None:
        """Tell changes of state and summaries; raises for a worker that has ended."""
        loop = asyncio.get_running_loop()
        watch = Watch([listener.bound_url for listener in self.listeners])
        heartbeat = Heartbeat()
        summary_at_s = loop.time() + self.settings.summary_s
        while True:
            await asyncio.sleep(min(LOOK_S, self.settings.summary_s or LOOK_S))
            account = self.account()
            self.state.look(account)
            balance = Balance((), account.kernel_dropped, {}, {}, ())
            for event, fields in watch.look(balance, loop.time()):
                log_event(event, level=logging.WARNING, **fields)
            if self.settings.summary_s and loop.time() >= summary_at_s:
                summary_at_s += self.settings.summary_s
                log_event("summary", **account.summary())
            self._look_at_workers(heartbeat)

    def _look_at_workers(self, heartbeat: Heartbeat) -> None:
        """Raise for a worker that has ended or stands still; wake the others."""
        if not all(thread.is_alive() for thread in self._threads):
            raise StatshardError(
                "a worker thread has ended by itself: "
                "this is a defect, please report it"
            )
        beats = [collector.beats() for collector in self.collectors]
        for worker in heartbeat.look(beats, time.monotonic()):
            raise StatshardError(
                f"worker {worker} has stood still for {STALL_S:g} s: "
                "this is a defect, please report it"
            )
        for wakeup in self._wakeups:
            os.eventfd_write(wakeup, 1)

    async def close(self) -> None:
        """Stop: drain the sockets, flush, tell the balance, give everything back."""
        with self._resources:
            if not self._threads:
                return
            self.state.set_health(is_up=False)
            for listener in self.listeners:
                listener.shut_door()
            stop_by_ns = time.monotonic_ns() + int(STOP_S * 1e9)
            for collector, wakeup in zip(self.collectors, self._wakeups, strict=True):
                collector.stop(stop_by_ns)
                os.eventfd_write(wakeup, 1)
            await self._join(stop_by_ns)
            await self.flushing.flush(is_last=True)
            closing = [each.close(self.settings.drain_s) for each in self.outlets]
            await asyncio.gather(*closing)
            await self.text_port.close()
            self._log_end()

    async def _join(self, stop_by_ns: int) -> None:
        """Wait for the workers; one that does not end in time is left to itself."""
        stuck = []
        for thread, collector in zip(self._threads, self.collectors, strict=True):
            wait_s = max(0.0, stop_by_ns / 1e9 - time.monotonic()) + STALL_S
            await asyncio.to_thread(thread.join, wait_s)
            if thread.is_alive():
                stuck.append(collector)
                log_event("worker_stuck", level=logging.ERROR, worker=thread.name)
        self.flushing.leave_out(stuck)

    def account(self) -> Account:
        """Return what has been counted; closes exactly."""
        return account_of(
            [collector.counters() for collector in self.collectors],
            [listener.kernel_drops() for listener in self.listeners],
            self.flushing.lost,
            self.flushing.overflow.total,
            self.flushing.sketched,
        )

    def _open_collector(self, index: int) -> Collector:
        """Return the worker that reads its socket of each listener."""
        settings = self.settings
        wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._resources.callback(os.close, wakeup)
        self._wakeups.append(wakeup)
        return Collector(
            new_table(settings),
            [listener.sockets[index].fileno() for listener in self.listeners],
            wakeup,
            compat=settings.compat,
            sanitizes=not settings.no_sanitize,
            keeps_raw=any(outlet.sink.wants_events for outlet in self.outlets),
            hash_key=self._hash_key,
            max_delay_ns=int(settings.max_delay_ms * 1e6),
            receive_buffer_bytes=min(
                listener.granted_bytes() for listener in self.listeners
            ),
        )

    def _start_threads(self) -> None:
        """Start the workers; no signal is ever delivered to them."""
        with signals_blocked():
            for index, collector in enumerate(self.collectors):
                # A daemon: one that stands still must not keep the process.
                thread = threading.Thread(
                    target=collector.run, name=f"worker-{index}", daemon=True
                )
                thread.start()
                self._threads.append(thread)

    async def _open_text_port(self) -> None:
        """Listen, unless told not to; a busy port is a fault if it was asked for."""
        if self.settings.no_admin:
            return
        host, port = self.settings.text_port or TEXT_PORT
        try:
            bound = await self.text_port.open(host, port)
        except SocketError as fault:
            if self.settings.text_port is not None:
                raise
            log_event("text_port_closed", level=logging.WARNING, reason=str(fault))
            return
        log_event("text_port", host=host, port=bound)

    def _log_start(self) -> None:
        """Tell what is running."""
        settings = self.settings
        for outlet in self.outlets:
            log_event("sink", sink=outlet.name)
        for listener in self.listeners:
            log_event(
                "listening",
                listener=listener.bound_url,
                asked_bytes=settings.receive_buffer,
                granted_bytes=listener.granted_bytes(),
            )
        log_event(
            "started",
            workers=settings.workers,
            flush_interval_s=settings.flush_interval,
            compat=settings.compat,
            pid=os.getpid(),
        )

    def _log_end(self) -> None:
        """Tell what became of every sample, whatever the level of the log is."""
        account = self.account()
        log_outlets(self.outlets)
        for kind, samples in account.aggregated.items():
            tell_event("balance_aggregated", type=kind, samples=samples)
        for kind, samples in account.overflowed.items():
            tell_event("balance_overflowed", type=kind, samples=samples)
        for reason, samples in account.dropped.items():
            tell_event("balance_dropped", reason=reason, samples=samples)
        closes = "yes" if account.closes else "no"
        tell_event("balance", **account.summary(), closes=closes)


def run_server(settings: ServerSettings) -> None:
    """Run a server in the foreground until it is told to stop."""
    asyncio.run(Server(settings).serve())
