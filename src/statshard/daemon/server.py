"""The aggregation server: its start order, its life and its stop order, each on a page.

    start   sinks -> signals -> the saved state -> bind -> workers -> text port
            -> outlets -> threads -> the state's file goes
    life    an asyncio loop: flushes, signals, a look at the counters each second
    stop    health down -> shut the doors -> order the workers to drain and end -> join
            -> the last fold -> save the state -> the last flush
            -> outlets render and deliver, for drain_s in all -> the balance -> close

The control thread runs here, in plain Python; a packet never waits for it.
"""

import asyncio
import contextlib
import logging
import os
import signal
import time

from statshard.admin.text_port import TextPort
from statshard.daemon.account import Account, account_of
from statshard.daemon.background import Background
from statshard.daemon.balance import Balance
from statshard.daemon.events import log_event, tell_event
from statshard.daemon.flushing import (
    Flushing,
    idle_rules_of,
    moment_now,
    new_store,
    new_table,
)
from statshard.daemon.keeping import Keeping
from statshard.daemon.listeners import Listener, open_listeners
from statshard.daemon.outlets import log_outlets, make_outlets
from statshard.daemon.proxy import STOP_S, STOP_SIGNALS, look_every_s
from statshard.daemon.sockets import raise_descriptor_limit
from statshard.daemon.text_state import TextState
from statshard.daemon.threads import Threads
from statshard.daemon.watch import Watch
from statshard.errors import SocketError
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
        self.keeping = Keeping(settings)
        self.listeners: tuple[Listener, ...] = ()
        self.collectors: list[Collector] = []
        self._hash_key = os.urandom(HASH_KEY_BYTES)
        self._threads: Threads[Collector] = Threads()
        self._resources = contextlib.ExitStack()

    async def open(self) -> None:
        """Start: afterwards every listener is read, and flushes come."""
        settings = self.settings
        raise_descriptor_limit()
        self._resources.callback(self.keeping.close)
        self.keeping.open()
        # Before there are sockets, which nobody would read meanwhile.
        store = new_store(settings, self._hash_key)
        self.keeping.restore(store, idle_rules_of(settings), moment_now().wall_s)
        self.listeners = open_listeners(
            settings.listen, settings.workers, settings.receive_buffer
        )
        for listener in self.listeners:
            self._resources.callback(listener.close)
        self._resources.callback(self._threads.close)
        for index in range(settings.workers):
            self.collectors.append(self._open_collector(index))
        self.flushing = Flushing(
            settings,
            self.collectors,
            self._threads.wakeups,
            self.outlets,
            store,
            self.account,
            FlushClock(
                settings.flush_interval, moment_now(), is_aligned=settings.aligned
            ),
            self.keeping,
        )
        self.state = TextState(settings, self.flushing)
        self.text_port = TextPort(self.state)
        await self._open_text_port()
        for outlet in self.outlets:
            outlet.open()
        self.flushing.recognise_known()
        self._threads.start(self.collectors)
        self.keeping.consume()
        self._log_start()

    async def serve(self) -> None:
        """Start, run until SIGTERM or SIGINT, stop; a second signal changes nothing.

        Raises SettingsError or SocketError where it cannot start, and StatshardError
        where a worker ends by itself or stands still.
        """
        loop = asyncio.get_running_loop()
        loop.set_default_executor(Background())
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
        look_s = look_every_s(self.settings.summary_s)
        summary_at_s = loop.time() + self.settings.summary_s
        while True:
            await asyncio.sleep(look_s)
            account = self.account()
            self.state.look(account)
            balance = Balance((), account.kernel_dropped, {}, {}, ())
            for event, fields in watch.look(balance, loop.time()):
                log_event(event, level=logging.WARNING, **fields)
            if self.settings.summary_s and loop.time() >= summary_at_s:
                summary_at_s += self.settings.summary_s
                for part, fields in account.parts():
                    log_event(f"summary_{part}", level=logging.DEBUG, **fields)
                log_event("summary", **account.summary())
            self._threads.look(time.monotonic())

    async def close(self) -> None:
        """Stop: drain the sockets, flush, tell the balance, give everything back."""
        with self._resources:
            if not self._threads:
                return
            self.state.set_health(is_up=False)
            for listener in self.listeners:
                listener.shut_door()
            stuck = await self._threads.stop(time.monotonic_ns(), STOP_S)
            self.flushing.leave_out(stuck)
            await self.flushing.flush(is_last=True)
            closing = [each.close(self.settings.drain_s) for each in self.outlets]
            await asyncio.gather(*closing)
            await self.text_port.close()
            self._log_end()

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
        return Collector(
            new_table(settings),
            [listener.sockets[index].fileno() for listener in self.listeners],
            self._threads.open_wakeup(),
            compat=settings.compat,
            sanitizes=not settings.no_sanitize,
            keeps_raw=any(outlet.sink.wants_events for outlet in self.outlets),
            hash_key=self._hash_key,
            max_delay_ns=int(settings.max_delay_ms * 1e6),
            receive_buffer_bytes=min(
                listener.granted_bytes() for listener in self.listeners
            ),
        )

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
        for part, fields in account.parts():
            tell_event(f"balance_{part}", **fields)
        closes = "yes" if account.closes else "no"
        tell_event("balance", **account.summary(), closes=closes)


def run_server(settings: ServerSettings) -> None:
    """Run a server in the foreground until it is told to stop."""
    asyncio.run(Server(settings).serve())
