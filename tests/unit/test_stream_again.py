"""What is sent again on the next connection, and what is not."""

import asyncio
import socket
import struct
from collections.abc import Callable
from functools import partial

import pytest

from statshard.sinks import stream
from statshard.sinks.stream import Stream
from tests.support.stores import wait_for

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close is a reset


class Peer:
    """A server that keeps what each connection brings, and ends it when told to."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def take(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Read a connection to its end."""
        at = len(self.received)
        self.received.append(b"")
        self.writers.append(writer)
        while octets := await reader.read(1 << 16):
            self.received[at] += octets

    def has_read(self, last: bytes) -> bool:
        """Tell whether these came last on the last connection."""
        return b"".join(self.received[-1:]).endswith(last)

    def reset(self) -> None:
        """End the last connection by a reset."""
        end: socket.socket = self.writers[-1].get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.writers[-1].transport.abort()

    def close(self) -> None:
        """End the last connection in order."""
        self.writers[-1].close()


def test_what_was_read_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a reset what may not have been read comes first, as much as a receive
    buffer holds; after an orderly end nothing comes twice.
    """
    monkeypatch.setattr(stream, "UNREAD_BYTES", 2)

    async def run() -> list[bytes]:
        peer = Peer()
        server = await asyncio.start_server(peer.take, "127.0.0.1", 0)
        sender = Stream("127.0.0.1", server.sockets[0].getsockname()[1])
        ends: list[tuple[bytes, Callable[[], None]]] = [
            (b"A", peer.reset),
            (b"B", peer.close),
            (b"C", peer.reset),
            (b"DE", peer.reset),
            (b"F", peer.close),
        ]
        for payloads, end in ends:
            for octet in payloads:
                await sender.send(bytes([octet]))
            await wait_for(partial(peer.has_read, payloads))
            end()
            await wait_for(lambda: not sender._is_up)
        await sender.close()
        server.close()
        return peer.received

    assert [b"A", b"AB", b"C", b"CDE", b"DEF"] == asyncio.run(run())
