"""Stores: TCP servers in the place of Graphite, on a port from the kernel."""

import asyncio
import fcntl
import pickle
import struct
import sys
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from tests.support.wait import TIMEOUT_S


class Store:
    """A server that keeps what it reads; it may be slow, leave and come back."""

    def __init__(self) -> None:
        self.port = 0
        self.received = bytearray()
        self.connections = 0
        self.reads = asyncio.Event()  # cleared: it stops reading
        self.reads.set()
        self._server: asyncio.Server | None = None
        self._serving: dict[asyncio.Task[object], asyncio.StreamWriter] = {}

    async def open(self) -> None:
        """Listen, on the same port as before where there was one."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, limit=1 << 12
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def leave(self) -> None:
        """Close the port and all connections, as a process does that ends."""
        if self._server is not None:
            self._server.close()
        for task, writer in self._serving.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving[task] = writer
        self.connections += 1
        with suppress(OSError, asyncio.CancelledError):
            await self._read(reader)
        del self._serving[task]
        writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        octets = b"some"
        while octets:
            await self.reads.wait()
            octets = await reader.read(1 << 12)
            self.received += octets

    def unread_bytes(self) -> int:
        """Return what the kernel holds for it; where some is, leaving resets."""
        return sum(map(_unread_bytes, self._serving.values()))

    def lines(self) -> list[str]:
        """Return the lines that came in; the last piece, without its LF, is none."""
        return bytes(self.received).decode().split("\n")[:-1]

    def pickles(self) -> list[list[tuple[str, tuple[int, float]]]]:
        """Return the pickles that came in whole."""
        at, found = 0, []
        while at + 4 <= len(self.received):
            (length,) = struct.unpack_from("!I", self.received, at)
            body = bytes(self.received[at + 4 : at + 4 + length])
            if len(body) < length:
                break
            found.append(pickle.loads(body))  # noqa: S301 -- our own sink wrote it
            at += 4 + length
        return found


def _unread_bytes(writer: asyncio.StreamWriter) -> int:
    """Return what the kernel holds for a connection (tcp(7), SIOCINQ)."""
    connection = writer.get_extra_info("socket")
    waiting = fcntl.ioctl(connection.fileno(), termios.FIONREAD, bytes(4))
    return int.from_bytes(waiting, sys.byteorder)


@asynccontextmanager
async def open_store() -> AsyncIterator[Store]:
    """Give a store that listens."""
    store = Store()
    await store.open()
    try:
        yield store
    finally:
        store.reads.set()
        await store.leave()


async def wait_for(predicate: Callable[[], object]) -> None:
    """Return once ``predicate`` is true, letting the loop run; else fail."""
    async with asyncio.timeout(TIMEOUT_S):
        while not predicate():  # noqa: ASYNC110 -- of any kind, not only our own
            await asyncio.sleep(0.001)
