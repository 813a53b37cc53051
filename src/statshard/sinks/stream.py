"""Stream: a persistent TCP connection that payloads are confirmed on.

    send -> kernel's send queue -> peer's kernel acknowledges: sent (SIOCOUTQ is 0)
                                -> FIN, RST, silence: OSError, nothing of it is sure

Why wait for the acknowledgement: the first bytes written after a peer has gone are
taken by the kernel all the same, and would count as sent. Acknowledged is not read yet:
a process that ends with bytes unread resets the connection (RFC 2525, 2.17), one that
has read all closes it in order. So after anything but an orderly end the last payloads,
as many as a peer's receive buffer may hold, are sent once more on the next connection;
the store must not mind. They are more than a slow link takes in any fixed time: so the
limit is on silence, and whoever takes a byte now and then is waited for. What the peer
says is read only to learn of its end. Must not know: what the payloads are.
"""

import asyncio
import contextlib
import fcntl
import struct
import termios
from collections import deque

FIRST_LOOK_S = 0.0005
LONGEST_LOOK_S = 0.02
SILENT_S = 30.0  # for so long the peer has neither answered nor taken a byte
READ_BYTES = 1 << 16
UNREAD_BYTES = 6 << 20  # the highest receive buffer that Linux grants by itself, tcp(7)


class Stream:
    """One connection to HOST:PORT, opened when there is something to send."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._writer: asyncio.StreamWriter | None = None
        self._watch: asyncio.Task[bool] | None = None
        self._recent: deque[bytes] = deque()  # acknowledged on this connection
        self._recent_bytes = 0
        self._is_in_doubt = False  # whether they were read

    async def send(self, payload: bytes) -> None:
        """Send bytes, and wait until the peer's host has them; raises OSError.

        It takes as long as it takes, unless the peer is silent (TimeoutError). After an
        OSError the connection is closed: bytes may have arrived in part.
        """
        try:
            writer = await self._open()
            await self._write(writer, payload)
        except BaseException:  # cancelled, too: half a payload must not have a rest
            await self._break_off()
            raise
        self._remember(payload)

    async def close(self) -> None:
        """Close the connection, if there is one."""
        writer, self._writer = self._writer, None
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _open(self) -> asyncio.StreamWriter:
        if self._writer is not None and self._is_up:
            return self._writer
        if self._watch is not None:
            self._note_end(is_orderly=self._watch.result())
        async with asyncio.timeout(SILENT_S):
            await self.close()
            reader, self._writer = await asyncio.open_connection(self.host, self.port)
        self._watch = asyncio.create_task(_wait_for_end(reader))
        if self._is_in_doubt:
            for payload in self._recent:
                await self._write(self._writer, payload)
            self._is_in_doubt = False
        return self._writer

    async def _write(self, writer: asyncio.StreamWriter, payload: bytes) -> None:
        writer.write(payload)
        look_s, least = FIRST_LOOK_S, len(payload)
        async with asyncio.timeout(SILENT_S) as limit:
            while self._is_up and (left := _count_unacknowledged(writer)):
                if left < least:
                    least = left
                    limit.reschedule(asyncio.get_running_loop().time() + SILENT_S)
                await asyncio.sleep(look_s)
                look_s = min(2 * look_s, LONGEST_LOOK_S)
        if not self._is_up:
            raise ConnectionResetError(f"{self.host}:{self.port} closed the connection")

    async def _break_off(self) -> None:
        """End the connection without a word; what was sent on it is in doubt."""
        ended = self._watch is not None and self._watch.done()
        self._note_end(
            is_orderly=self._watch is None or (ended and self._watch.result())
        )
        if self._writer is not None:
            self._writer.transport.abort()  # close would wait for a peer that is away
        await self.close()

    def _note_end(self, *, is_orderly: bool) -> None:
        if not is_orderly:
            self._is_in_doubt = True
        elif not self._is_in_doubt:
            self._recent.clear()
            self._recent_bytes = 0

    def _remember(self, payload: bytes) -> None:
        self._recent.append(payload)
        self._recent_bytes += len(payload)
        while self._recent_bytes > UNREAD_BYTES:
            self._recent_bytes -= len(self._recent.popleft())

    @property
    def _is_up(self) -> bool:
        return self._watch is not None and not self._watch.done()


async def _wait_for_end(reader: asyncio.StreamReader) -> bool:
    """Return when the peer has ended the connection, and whether it did so in order."""
    try:
        while await reader.read(READ_BYTES):
            pass
    except OSError:
        return False
    return True


def _count_unacknowledged(writer: asyncio.StreamWriter) -> int:
    """Return how many bytes the peer's host does not have (SIOCOUTQ, tcp(7)).

    Raises ConnectionResetError where the connection was closed beneath it.
    """
    fd = writer.get_extra_info("socket").fileno()
    if fd < 0:
        raise ConnectionResetError("the connection is closed")
    words = fcntl.ioctl(fd, termios.TIOCOUTQ, struct.pack("i", 0))
    count: int = struct.unpack("i", words)[0]
    return count + writer.transport.get_write_buffer_size()
