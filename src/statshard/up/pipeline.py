"""The pipeline: its start order, its life and its stop order, each on one page.

    start   the servers, each on a port that the kernel chooses -> the proxy before them
            -> the greeting -> the demonstration
    life    what the processes tell becomes a picture, and that is shown
    stop    the demonstration -> the proxy, which sends what it has -> the servers, with
            their last flush -> what became of every line

Processes are stopped in this order whatever happens; if this process is killed, they
stop by themselves (children.py). Their words are always read: whoever is slow to show
them, holds up no flush. Must not know: how anything is shown.
"""

import asyncio
import contextlib
import random
import signal
import socket
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from statshard.errors import SocketError, StatshardError
from statshard.up.children import Child, stop_children
from statshard.up.commands import names_of, own_prefix, proxy_command, server_command
from statshard.up.demonstration import (
    LINES_PER_S,
    TICK_S,
    draw_lines,
    is_demonstration,
)
from statshard.up.options import UpSettings
from statshard.up.picture import Picture
from statshard.up.screen import Screen
from statshard.up.view import PROXY, Fields, News
from statshard.up.words import reach

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Longer than each takes by its own account; then it is killed.
PROXY_STOP_S, SERVER_STOP_S = 10.0, 30.0
UNREAD_S = 3.0  # that the end waits for who has stopped reading
REDRAW_S = 0.5  # between what is shown while nobody flushes, at least
NEWS_MAX = 100  # changes of state that wait to be shown; beyond, the newest
ANOTHER_PORT = "; `statshard up --listen udp://127.0.0.1:0` takes a free one"


class Pipeline:
    """A proxy, servers behind it, and what shows them; `serve` is its whole life."""

    def __init__(
        self, settings: UpSettings, environ: Mapping[str, str], screen: Screen
    ) -> None:
        self.settings = settings
        self._environ = environ
        self._screen = screen
        names = names_of(settings)
        prefixes = {name: own_prefix(name) for name in names}
        self._picture = Picture(prefixes, self._is_ours)
        self._servers = [self._child(name) for name in names]
        self._proxy = self._child(PROXY)
        self._running: list[Child] = []
        self._news: deque[News] = deque(maxlen=NEWS_MAX)
        self._is_open = False  # the screen
        self._is_round = False
        self._shown_s = 0.0  # when, by the loop
        self._changed = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "screen")

    async def serve(self) -> None:
        """Start, run until a signal to stop, stop; further signals change nothing.

        Raises what a process ended by, StatshardError where nothing can be shown, and
        BrokenPipeError where nobody reads it.
        """
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, stop.set)
        try:
            await self._live(stop)
        finally:
            try:
                await self._stop()
            finally:
                await self._close()
            # The loop takes its handlers along; until the process is gone, a further
            # signal must not end it with another status.
            signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)

    async def _live(self, stop: asyncio.Event) -> None:
        """Run, stop, and tell what became of every line, after a failure too."""
        try:
            await self._until(stop)
        except StatshardError:
            with contextlib.suppress(OSError, StatshardError):  # the first one counts
                await self._stop()
                await self._tell_end()
            raise
        await self._stop()
        await self._tell_end()

    async def _until(self, stop: asyncio.Event) -> None:
        """Run until told to stop, or until something fails, which is raised."""
        stopped = asyncio.create_task(stop.wait())
        life = asyncio.create_task(self._run())
        await asyncio.wait((stopped, life), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        life.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await life

    async def _run(self) -> None:
        """Start all, and live."""
        for child in self._servers:
            await self._start(child, server_command(self.settings, child.name))
        await asyncio.gather(*(child.wait_started() for child in self._servers))
        addresses = {
            child.name: child.listening[0].removeprefix("udp://")
            for child in self._servers
        }
        await self._start(self._proxy, proxy_command(self.settings, addresses))
        try:
            await self._proxy.wait_started()
        except SocketError as fault:
            raise SocketError(f"{fault}{ANOTHER_PORT}") from fault
        listening = self._proxy.listening
        self._is_open = True
        await self._on_screen(lambda: self._screen.open(self.settings, listening))
        works = [self._show(), *(self._watch(child) for child in self._running)]
        if not self.settings.no_demo:
            works.append(self._demonstrate())
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _start(self, child: Child, command: list[str]) -> None:
        try:
            await child.start(command, self._environ)
        except OSError as fault:
            what = f"{child.name} cannot be started: {fault.strerror}"
            raise StatshardError(what) from fault
        self._running.append(child)

    async def _watch(self, child: Child) -> None:
        """Raise once a process has ended by itself."""
        await asyncio.shield(child.ended)
        raise child.fault()

    async def _show(self) -> None:
        """Show what is known whenever it has changed."""
        while True:
            await self._changed.wait()
            await self._on_screen(self._show_changed())

    def _show_changed(self) -> Callable[[], None]:
        """Return what shows all that has changed since the last time."""
        view, news, is_round = self._picture.view(), tuple(self._news), self._is_round
        self._shown_s = asyncio.get_running_loop().time()
        self._news.clear()
        self._is_round = False
        self._changed.clear()
        return lambda: self._screen.show(view, news, is_round=is_round)

    async def _demonstrate(self) -> None:
        """Send what the demonstration sends, for good."""
        loop = asyncio.get_running_loop()
        host, port = reach(self._proxy.listening[0])
        draw = random.Random()  # noqa: S311 -- it makes up metrics, and guards nothing
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
        with socket.socket(family, kind) as sender:
            sender.connect((host, port))
            while True:
                for line in draw_lines(round(LINES_PER_S * TICK_S), draw, loop.time()):
                    with contextlib.suppress(OSError):  # none of them is missed
                        sender.send(line)
                await asyncio.sleep(TICK_S)

    async def _stop(self) -> None:
        """Stop the proxy, and then the servers; raises where one had to be killed."""
        running, self._running = self._running, []
        proxy = [child for child in running if child is self._proxy]
        servers = [child for child in running if child is not self._proxy]
        late = [
            *await stop_children(proxy, PROXY_STOP_S),
            *await stop_children(servers, SERVER_STOP_S),
        ]
        if late:
            raise StatshardError(f"did not stop in time, and killed: {', '.join(late)}")

    async def _close(self) -> None:
        """Give the terminal back, whatever happened."""
        self._screen.output.give_up()
        with contextlib.suppress(OSError, StatshardError):  # all is told by now
            await self._on_screen(self._screen.close)
        self._thread.shutdown()

    async def _tell_end(self) -> None:
        """Show the last flush, and what became of every line, to who still reads."""
        if not self._is_open:
            return
        giving_up = asyncio.get_running_loop().call_later(
            UNREAD_S, self._screen.output.give_up
        )
        await self._on_screen(self._show_changed())
        await self._on_screen(lambda: self._screen.tell_end(self._picture))
        giving_up.cancel()

    async def _on_screen(self, work: Callable[[], None]) -> None:
        """Have the screen's thread do something; raises what that does.

        What was given to it is done, also where nobody waits for it any more.
        """
        done = asyncio.get_running_loop().run_in_executor(self._thread, work)
        # Where nobody waits for it: whoever writes next is told the same.
        done.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await asyncio.shield(done)
        except BrokenPipeError:  # the command ends by that without a word
            raise
        except OSError as fault:
            raise StatshardError(f"standard output: {fault.strerror}") from fault

    def _child(self, name: str) -> Child:
        return Child(name, self._take_event, self._take_flush)

    def _is_ours(self, key: str) -> bool:
        return not self.settings.no_demo and is_demonstration(key)

    def _take_event(self, name: str, event: Fields) -> None:
        news = self._picture.take_event(name, event)
        if news is not None:
            self._news.append(news)
        is_due = asyncio.get_running_loop().time() - self._shown_s >= REDRAW_S
        if news is not None or (is_due and name == PROXY):
            self._changed.set()

    def _take_flush(self, name: str, flush: Fields) -> None:
        if self._picture.take_flush(name, flush):
            self._is_round = True
            self._changed.set()


def run_pipeline(
    settings: UpSettings, environ: Mapping[str, str], screen: Screen
) -> None:
    """Run a pipeline in the foreground until it is told to stop."""

    async def run() -> None:
        await Pipeline(settings, environ, screen).serve()

    asyncio.run(run())
