r"""A receiver of Graphite's plaintext in the place of carbon: lines and their flushes.

    stats.counters.a.rate 1.1 1795173794\n      path, value, time: all kept as text

One thread runs an asyncio loop; everybody may read `lines` and `flushes` at any time.
A flush ends with its connection (etsy's), and where a path comes again: within one, no
server of ours or etsy's says a path twice. `leave` and `come_back` are an outage:
nobody listens, what is open is cut.
"""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import NamedTuple, Self

from tests.peers.process import LOOPBACK
from tests.support.wait import TIMEOUT_S


class Line(NamedTuple):
    """One line of Graphite's plaintext; its fields are text, as they came."""

    path: str
    value: str
    time: str
    connection: int = 0  # the first one is 1


class GraphiteReceiver:
    """A TCP server that keeps all lines; a context manager."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.flushes: list[list[Line]] = []  # the last one may not be complete
        self._paths: set[str] = set()  # of the last flush
        self.malformed: list[bytes] = []  # what is not three fields and a LF
        self.connections = 0
        self.port = 0
        self._open: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="graphite")

    def __enter__(self) -> Self:
        self._thread.start()
        self.come_back()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def leave(self) -> None:
        """Stop to listen, and cut each connection."""
        self._order(self._leave())

    def come_back(self) -> None:
        """Listen (again on the port that there was)."""
        self._order(self._listen())

    def _order(self, order: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(order, self._loop).result(TIMEOUT_S)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._receive, LOOPBACK, self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _leave(self) -> None:
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        if self._open:
            await asyncio.wait(list(self._open.values()))

    async def _receive(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        connection = self.connections
        task = asyncio.current_task()
        assert task is not None
        self._open[writer] = task
        try:
            while line := await reader.readline():
                self._keep(line, connection)
        except ConnectionError:
            pass  # cut: by `leave`, or by a peer that was killed
        finally:
            del self._open[writer]
            writer.close()

    def _keep(self, line: bytes, connection: int) -> None:
        if line.count(b" ") < 2 or not line.endswith(b"\n"):
            self.malformed.append(line)
            return
        text = line.decode("utf-8", "surrogateescape").rstrip("\n")
        read = read_line(text)._replace(connection=connection)
        is_next = read.path in self._paths or (
            self.lines and connection != self.lines[-1].connection
        )
        if is_next or not self.flushes:
            self.flushes.append([])
            self._paths = set()
        self._paths.add(read.path)
        self.flushes[-1].append(read)
        self.lines.append(read)


def read_line(text: str) -> Line:
    """Return a line of three fields, given without its LF."""
    # From the right: etsy lets a space of a tag through, without keyNameSanitize.
    path, value, time = text.rsplit(" ", 2)
    return Line(path, value, time)
