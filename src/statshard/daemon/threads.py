"""Threads: those of a process' workers, from start to stop.

    start   a thread and a wake-up (eventfd) for each; no signal is delivered to it
    look    each second: one that has ended, or stands still, ends the process
    stop    order all to drain and end, wake them, and wait: one that does not end in
            time is stuck, and left to itself

A worker is awake when it is told anything: whoever orders, swaps or looks wakes it.
Source: RELIABILITY 28. Must not know: what workers do.
"""

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from statshard.daemon.events import log_event
from statshard.daemon.heartbeat import STALL_S, Heartbeat
from statshard.errors import StatshardError

ENDED_S = 0.001  # between looks whether a worker has ended


class Work(Protocol):
    """What is asked of the plane's Worker and Collector."""

    def run(self) -> None:
        """Work until `stop` is called."""

    def stop(self, stop_by_ns: int) -> None:
        """Tell it to drain its sockets and end, at the latest then."""

    def beats(self) -> int:
        """Return a number that moves whenever it comes round its loop."""


W = TypeVar("W", bound=Work)


class Threads(Generic[W]):
    """The threads of workers of one kind."""

    def __init__(self) -> None:
        self.wakeups: list[int] = []  # eventfds, one for each worker
        self._workers: list[W] = []
        self._threads: list[threading.Thread] = []
        self._heartbeat = Heartbeat()

    def __bool__(self) -> bool:
        """Tell whether any was started."""
        return bool(self._threads)

    def open_wakeup(self) -> int:
        """Return the wake-up of the next worker; `close` closes it."""
        wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.wakeups.append(wakeup)
        return wakeup

    def start(self, workers: Sequence[W]) -> None:
        """Start a thread for each worker."""
        with _signals_blocked():
            for index, worker in enumerate(workers):
                # A daemon: one that stands still must not keep the process.
                thread = threading.Thread(
                    target=worker.run, name=f"worker-{index}", daemon=True
                )
                thread.start()
                self._workers.append(worker)
                self._threads.append(thread)

    def look(self, now_s: float) -> None:
        """Raise StatshardError for a worker that has ended or stands still.

        Call it each second, or about; by the monotonic clock.
        """
        if not all(thread.is_alive() for thread in self._threads):
            raise StatshardError(
                "a worker thread has ended by itself: "
                "this is a defect, please report it"
            )
        beats = [worker.beats() for worker in self._workers]
        for index in self._heartbeat.look(beats, now_s):
            raise StatshardError(
                f"worker {index} has stood still for {STALL_S:g} s: "
                "this is a defect, please report it"
            )
        self._wake()

    async def stop(self, now_ns: int, within_s: float) -> list[W]:
        """Order all to drain and end within this time; return those that are stuck.

        Their sockets must get nothing new. Who does not end is given STALL_S more.
        """
        stop_by_ns = now_ns + int(within_s * 1e9)
        for worker in self._workers:
            worker.stop(stop_by_ns)
        self._wake()
        with contextlib.suppress(TimeoutError):
            # No thread waits for them: those there are may hang.
            async with asyncio.timeout(within_s + STALL_S):
                while any(thread.is_alive() for thread in self._threads):  # noqa: ASYNC110 -- a thread sets no event
                    await asyncio.sleep(ENDED_S)
        stuck = []
        for worker, thread in zip(self._workers, self._threads, strict=True):
            if thread.is_alive():
                stuck.append(worker)
                log_event("worker_stuck", level=logging.ERROR, worker=thread.name)
        return stuck

    def close(self) -> None:
        """Close the wake-ups."""
        for wakeup in self.wakeups:
            os.close(wakeup)

    def _wake(self) -> None:
        for wakeup in self.wakeups:
            os.eventfd_write(wakeup, 1)


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block all signals in this thread, and so in those that it starts meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
