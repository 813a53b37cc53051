"""The text port: etsy's management protocol over TCP, one line, one answer.

    connection -> lines -> verbs.answer -> bytes

Rules: a line ends with LF; what stands without one for a moment is a line too, because
etsy's server took whatever came in one piece. Nobody can hold the server up: lines,
connections and idle time are bounded, and one beyond the bound is closed. Must not
know: what a verb does.
"""

import asyncio
import contextlib

from statshard.admin.verbs import ERROR, State, answer
from statshard.errors import SocketError

LINE_BYTES = 64 << 10
READ_BYTES = 4 << 10  # at a time
CONNECTIONS = 64
IDLE_S = 300.0  # etsy's proxy asks `health` on one connection, again and again
PAUSE_S = 0.2  # after which a line without its LF is taken for whole
ANSWER_S = 30.0  # for a client to take an answer


class TextPort:
    """A listening text port."""

    def __init__(
        self, state: State, *, idle_s: float = IDLE_S, pause_s: float = PAUSE_S
    ) -> None:
        self._state = state
        self._idle_s = idle_s
        self._pause_s = pause_s
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> int:
        """Listen; return the port, where 0 was asked the one that the kernel chose.

        Raises SocketError.
        """
        try:
            self._server = await asyncio.start_server(
                self._serve, host, port, limit=LINE_BYTES
            )
        except OSError as fault:
            raise SocketError(
                f"text port {host}:{port}: cannot listen ({fault.strerror}): stop who "
                "has it (`ss -ltnp`), or choose another"
            ) from fault
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Stop listening, and end all connections."""
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if task is not None and len(self._serving) < CONNECTIONS:
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._converse(reader, writer)
                writer.close()
                async with asyncio.timeout(ANSWER_S):
                    await writer.wait_closed()
        writer.transport.abort()  # not close: it waits for a client that reads nothing

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer line by line, until one end has enough."""
        lines = _Lines(reader, self._idle_s, self._pause_s)
        while (line := await lines.next()) is not None:
            if len(line) > LINE_BYTES:
                writer.write(ERROR.encode())
                return
            text = line.decode("utf-8", "surrogateescape")
            reply = await answer(text, self._state)
            writer.write(reply.text.encode("utf-8", "surrogateescape"))
            async with asyncio.timeout(ANSWER_S):
                await writer.drain()
            if reply.is_last:
                return
            await asyncio.sleep(0)  # a client of many lines does not have the loop


class _Lines:
    """The lines of one connection."""

    def __init__(
        self, reader: asyncio.StreamReader, idle_s: float, pause_s: float
    ) -> None:
        self._reader = reader
        self._idle_s = idle_s
        self._pause_s = pause_s
        self._rest = b""

    async def next(self) -> bytes | None:
        """Return the next line, without its LF; None: there is none any more."""
        while b"\n" not in self._rest:
            if len(self._rest) > LINE_BYTES:
                return self._rest
            wait_s = self._pause_s if self._rest else self._idle_s
            try:
                async with asyncio.timeout(wait_s):
                    octets = await self._reader.read(READ_BYTES)
            except TimeoutError:
                octets = b""
            if not octets:
                line, self._rest = self._rest, b""
                return line or None
            self._rest += octets
        line, _, self._rest = self._rest.partition(b"\n")
        return line
