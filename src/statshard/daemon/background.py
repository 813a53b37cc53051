"""Background: threads that give way to the workers, and keep no process.

A flush of many series is work for seconds. On a host with no CPU to spare its threads
would take turns with the workers, and what is not read meanwhile fills the kernel's
buffer; so they run at a lower priority, which Linux keeps for each thread
(setpriority(2), "C library/kernel differences").

A call may never come back: a resolver without an answer, a third party's render. So
the threads are daemons, for which neither asyncio nor the interpreter waits at the end
(those of the standard library's executor are joined by both). A thread lives for as
long as calls wait. Must not know: what runs in them.
"""

import asyncio
import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

GIVES_WAY = 10  # more of nice(2) than the process has: a tenth of a worker's share
LAST_NICE = 19
THREADS = 128  # calls at a time; more than sinks that may hang at once

P = ParamSpec("P")
T = TypeVar("T")


class Background(ThreadPoolExecutor):
    """An executor of such threads, at most so many.

    Of this kind, because asyncio takes no other for its own calls.
    """

    def __init__(self, threads: int = THREADS) -> None:
        super().__init__(threads)
        self._room = threads
        self._lock = threading.Lock()  # who has the room and the calls
        self._calls: deque[Callable[[], None]] = deque()

    async def call(self, call: Callable[..., T], *args: object) -> T:
        """Call in a thread, and return what it came to or raise what it raised."""
        return await asyncio.wrap_future(self.submit(call, *args))

    def submit(
        self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Call in a thread, as soon as one is free; returns what it will come to.

        Raises MemoryError, and does nothing, where the kernel gives no thread.
        """
        future: Future[T] = Future()
        call = partial(_call, future, partial(fn, *args, **kwargs))
        with self._lock:
            if not self._room:
                self._calls.append(call)
                return future
            try:
                self._begin(call)
            except RuntimeError as fault:  # EAGAIN: pthread_create(3)
                raise MemoryError(str(fault)) from fault
            self._room -= 1
        return future

    def shutdown(
        self,
        wait: bool = True,  # noqa: FBT001, FBT002 -- the library's own signature
        *,
        cancel_futures: bool = False,
    ) -> None:
        """Do nothing: what runs is not waited for, and what waits is the caller's."""

    def _begin(self, call: Callable[[], None]) -> None:
        """Start a thread with a call; raises RuntimeError."""
        threading.Thread(
            target=self._work, args=(call,), name="background", daemon=True
        ).start()

    def _work(self, call: Callable[[], None]) -> None:
        """Make a call, and others until none waits."""
        give_way()
        while True:
            call()
            with self._lock:
                if not self._calls:
                    self._room += 1
                    return
                call = self._calls.popleft()


def give_way() -> None:
    """Lower the priority of the calling thread, and of no other, where that may be.

    A filter of system calls may forbid it (systemd's @resources): no call waits for
    that.
    """
    thread = threading.get_native_id()
    with contextlib.suppress(OSError):
        nice = os.getpriority(os.PRIO_PROCESS, thread) + GIVES_WAY
        os.setpriority(os.PRIO_PROCESS, thread, min(nice, LAST_NICE))


def _call(future: Future[T], call: Callable[[], T]) -> None:
    """Make a call, unless it was given up meanwhile; what it raises is the future's."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(call())
    except BaseException as fault:  # noqa: BLE001 -- whoever waits is told, of any
        future.set_exception(fault)
