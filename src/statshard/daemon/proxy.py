"""The proxy: its start order, its life and its stop order, each on one page.

    start   resolve -> signals -> table -> bind -> refuse loops -> connect -> workers
            -> threads
    life    an asyncio loop: signals, a look at the counters each second, a summary now
            and then
    stop    shut the doors -> order the workers to drain, flush and end -> join
            -> the balance -> close

The control thread runs here, in plain Python; a packet never waits for it.
"""

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence

from statshard.daemon.balance import Balance, balance_of
from statshard.daemon.events import log_event, tell_event
from statshard.daemon.links import Row, open_links
from statshard.daemon.listeners import Listener, open_listeners
from statshard.daemon.loops import Door, refuse_loops
from statshard.daemon.sockets import raise_descriptor_limit
from statshard.daemon.threads import Threads
from statshard.daemon.watch import Watch
from statshard.membership.static import Member
from statshard.plane.plane import Table, Worker
from statshard.routing.snapshot import build_table, ring_of
from statshard.settings.model import ProxySettings

LOOK_S = 1.0
SHORTEST_LOOK_S = 0.1  # with summaries that often
# What a backend that cannot take it now gets at the end, before its lines are dropped
# as `shutdown`.
STOP_S = 1.5
FIRST_GENERATION = 1
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Proxy:
    """A running proxy, in front of members that are resolved already.

    `serve` is its whole life; `open` and `close` are the first and the last of it.
    """

    def __init__(self, settings: ProxySettings, members: Sequence[Member]) -> None:
        self.settings = settings
        self.members = members
        self.listeners: tuple[Listener, ...] = ()
        self.workers: list[Worker] = []
        self._threads: Threads[Worker] = Threads()
        self._resources = contextlib.ExitStack()

    def open(self) -> None:
        """Start: afterwards every listener is read and every line is forwarded."""
        settings = self.settings
        raise_descriptor_limit()
        table = build_table(settings, FIRST_GENERATION)
        self.listeners = open_listeners(
            settings.listen, settings.workers, settings.receive_buffer
        )
        for listener in self.listeners:
            self._resources.callback(listener.close)
        refuse_loops(
            self.members,
            [Door(each.bound_url, each.address) for each in self.listeners],
        )
        rows = open_links(self.members, settings.workers)
        for link in itertools.chain.from_iterable(rows):
            self._resources.callback(link.close)
        self._resources.callback(self._threads.close)
        for index, row in enumerate(rows):
            self.workers.append(self._open_worker(index, table, row))
        self._threads.start(self.workers)
        self._log_start()

    async def serve(self) -> None:
        """Start, run until SIGTERM or SIGINT, stop; a second signal changes nothing.

        Raises SettingsError or SocketError where it cannot start, and StatshardError
        where a worker ends by itself or stands still.
        """
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, stop.set)
        try:
            self.open()
            await self._live(stop)
        finally:
            await self.close()
            # The loop takes its handlers along; until the process is gone, a further
            # signal must not end it with another status.
            signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)

    async def _live(self, stop: asyncio.Event) -> None:
        """Look at the counters each second, until `stop`."""
        loop = asyncio.get_running_loop()
        watch = Watch([listener.bound_url for listener in self.listeners])
        look_s = look_every_s(self.settings.summary_s)
        summary_at_s = loop.time() + self.settings.summary_s
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), look_s)
            balance = self.balance()
            for event, fields in watch.look(balance, loop.time()):
                log_event(event, level=logging.WARNING, **fields)
            if self.settings.summary_s and loop.time() >= summary_at_s:
                summary_at_s += self.settings.summary_s
                log_summary(balance)
            if not stop.is_set():
                self._threads.look(time.monotonic())

    async def close(self) -> None:
        """Stop: drain the sockets, send, tell the balance, and give everything back."""
        with self._resources:
            if not self._threads:
                return
            for listener in self.listeners:
                listener.shut_door()
            await self._threads.stop(time.monotonic_ns(), STOP_S)
            log_balance(self.balance())

    def balance(self) -> Balance:
        """Return what has been counted; closes exactly."""
        return balance_of(
            [worker.counters() for worker in self.workers],
            [member.backend.name for member in self.members],
            [listener.kernel_drops() for listener in self.listeners],
        )

    def _open_worker(self, index: int, table: Table, links: Row) -> Worker:
        """Return the worker that reads its socket of each listener."""
        settings = self.settings
        return Worker(
            table,
            [listener.sockets[index].fileno() for listener in self.listeners],
            [(link.fileno(), link.family == socket.AF_INET6) for link in links],
            self._threads.open_wakeup(),
            max_payload=settings.max_payload,
            max_delay_ns=int(settings.max_delay_ms * 1e6),
            receive_buffer_bytes=min(
                listener.granted_bytes() for listener in self.listeners
            ),
            queue_bytes=settings.queue_bytes // settings.workers,
            queue_age_ns=int(settings.queue_age_s * 1e9),
        )

    def _log_start(self) -> None:
        """Tell what is running."""
        settings = self.settings
        for member in self.members:
            log_event(
                "backend",
                backend=member.backend.name,
                address=str(member.ip),
                port=member.port,
            )
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
            backends=len(self.members),
            hash=settings.hash,
            shard_by=settings.shard_by,
            ring_id=ring_of(settings).ring_id,
            pid=os.getpid(),
        )


def run_proxy(settings: ProxySettings, members: Sequence[Member]) -> None:
    """Run a proxy in the foreground until it is told to stop."""
    asyncio.run(Proxy(settings, members).serve())


def look_every_s(summary_s: float) -> float:
    """Return how long is between looks, with summaries that often; 0: none."""
    return max(SHORTEST_LOOK_S, min(LOOK_S, summary_s or LOOK_S))


def summary(balance: Balance) -> dict[str, int]:
    """Return a balance as the fields of one line of log."""
    return {
        "received_datagrams": balance.received_datagrams,
        "received_lines": balance.received_lines,
        "receive_errors": balance.receive_errors,
        "truncated_datagrams": balance.truncated_datagrams,
        "forwarded_lines": balance.forwarded_lines,
        "dropped_lines": balance.dropped_lines,
        "waiting_lines": balance.waiting_lines,
        "kernel_dropped_datagrams": sum(balance.kernel_dropped),
        "refused_datagrams": balance.refused_datagrams,
    }


def list_parts(balance: Balance) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield what a balance is the sum of: each backend, each reason of each."""
    for name, counts in balance.backends.items():
        yield (
            "backend",
            {
                "backend": name,
                "forwarded_lines": counts.forwarded_lines,
                "forwarded_datagrams": counts.forwarded_datagrams,
                "forwarded_bytes": counts.forwarded_bytes,
                "waiting_lines": counts.waiting_lines,
                "refused_datagrams": counts.refused_datagrams,
            },
        )
    by_backend = {name: counts.dropped for name, counts in balance.backends.items()}
    for name, dropped in {"": balance.dropped, **by_backend}.items():
        for reason, lines in dropped.items():
            yield "dropped", {"backend": name, "reason": reason, "lines": lines}


def log_summary(balance: Balance) -> None:
    """Log a balance; its parts before it, for who wants to know (level debug)."""
    for part, fields in list_parts(balance):
        log_event(f"summary_{part}", level=logging.DEBUG, **fields)
    log_event("summary", **summary(balance))


def log_balance(balance: Balance) -> None:
    """Tell what became of every line: per worker, per backend, by reason, in all.

    Whatever the level of the log is: it is the account of the whole run.
    """
    for index, lines in enumerate(balance.worker_lines):
        tell_event("balance_worker", worker=index, received_lines=lines)
    for part, fields in list_parts(balance):
        tell_event(f"balance_{part}", **fields)
    tell_event("balance", **summary(balance), closes="yes" if balance.closes else "no")
