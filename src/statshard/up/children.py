"""Children: processes of statshard, and what each of them tells.

    standard error    JSON, an event a line -> take_event    any other line: last words
    standard output   JSON, a flush a line  -> take_flush

No child outlives this process: where it is gone, however that came, the kernel sends
SIGTERM to each (PR_SET_PDEATHSIG, prctl(2)), and they stop in their order. Each has a
session of its own, so that Ctrl-C on the terminal is for this process alone. Must not
know: what is in events and flushes, but for the start.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from statshard.errors import SettingsError, SocketError, StatshardError
from statshard.settings.reading import printable

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
LINE_MAX = 64 << 20  # bytes; a longer flush is not shown
LAST_WORDS = 5  # lines
OWN_ERROR = "statshard: "  # what an error of ours begins with
ERRORS = {each.exit_status: each for each in (SocketError, SettingsError)}
_LIBC = ctypes.CDLL(None, use_errno=True)

Fields = Mapping[str, Any]  # Any: what JSON holds
Take = Callable[[str, Fields], None]  # (name of the child, what it tells)


class Child:
    """One process; `start` it, and end it by `order_stop` and `wait_stopped`."""

    def __init__(self, name: str, take_event: Take, take_flush: Take) -> None:
        self.name = name
        self.listening: list[str] = []  # the URLs that it is bound to
        self._take_event = take_event
        self._take_flush = take_flush
        self._last_words: deque[str] = deque(maxlen=LAST_WORDS)
        self._has_started = asyncio.Event()

    async def start(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start it; do not wait until it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_MAX,
            env=dict(environ),
            start_new_session=True,
            preexec_fn=end_with_parent(os.getpid()),
        )
        self.ended = asyncio.create_task(self._read(), name=f"child {self.name}")

    async def wait_started(self) -> None:
        """Return once it says that it has started; raises what it ended by."""
        started = asyncio.create_task(self._has_started.wait())
        try:
            either = (started, self.ended)
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            started.cancel()
        if not self._has_started.is_set():
            raise self.fault()

    def order_stop(self) -> None:
        """Tell it to stop in its order."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    async def wait_stopped(self, within_s: float) -> bool:
        """Wait until it has stopped, and all that it told is taken; kill a late one.

        Returns whether it stopped by itself.
        """
        _, late = await asyncio.wait((self.ended,), timeout=within_s)
        if late:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self.ended
        return not late

    def fault(self) -> StatshardError:
        """Return the error of a child that has ended by itself: its own, if it says."""
        status = self._process.returncode or 0
        said = [line.removeprefix(OWN_ERROR) for line in self._last_words]
        if status in ERRORS and said:
            return ERRORS[status]("\n".join(said))
        return StatshardError(tell_end(self.name, status, said))

    async def _read(self) -> None:
        """Take in all that it tells, until it has ended."""
        assert self._process.stdout is not None  # noqa: S101 -- asked for, for mypy
        assert self._process.stderr is not None  # noqa: S101 -- the same
        await asyncio.gather(
            self._read_flushes(self._process.stdout),
            self._read_events(self._process.stderr),
        )
        await self._process.wait()

    async def _read_flushes(self, stream: asyncio.StreamReader) -> None:
        async for line in _list_lines(stream):
            if (fields := _maybe_object(line)) is not None:
                self._take_flush(self.name, fields)

    async def _read_events(self, stream: asyncio.StreamReader) -> None:
        async for line in _list_lines(stream):
            fields = _maybe_object(line)
            if fields is None:
                text = line.decode("utf-8", "backslashreplace")
                self._last_words.append(printable(text.rstrip("\n")))
                continue
            if fields.get("event") == "listening":
                self.listening.append(str(fields["listener"]))
            if fields.get("event") == "started":
                self._has_started.set()
            self._take_event(self.name, fields)


async def stop_children(children: Sequence[Child], within_s: float) -> list[str]:
    """Stop some at once; returns the names of those that had to be killed."""
    for child in children:
        child.order_stop()
    waits = [child.wait_stopped(within_s) for child in children]
    stopped = await asyncio.gather(*waits)
    return [child.name for child, has in zip(children, stopped, strict=True) if not has]


def end_with_parent(parent: int) -> Callable[[], None]:
    """Return what a child does first: it asks for SIGTERM at its parent's end.

    It runs between fork and exec; the order outlives the latter. The kernel means the
    thread that has started the child, so that has to be the main one.
    """

    def ask() -> None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it was gone before
            os._exit(1)

    return ask


def tell_end(name: str, status: int, said: Sequence[str]) -> str:
    """Return how a process ended by itself, with its last words."""
    end = f"{name} ended by itself, with status {status}"
    if status < 0:
        end = f"{name} was killed by {signal.Signals(-status).name}"
    return ": ".join([end, "\n".join(said)]) if said else end


async def _list_lines(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the lines of a stream; one that is too long is left out."""
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # its rest comes as a line of its own, which is no JSON
            continue
        if not line:
            return
        yield line


def _maybe_object(line: bytes) -> Fields | None:
    """Return the JSON object that a line is, if it is one."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
