"""What is sent again after a reset, to a peer that is slow, by a clock that leaps."""

import asyncio
import contextlib
import socket
import struct

import pytest

from statshard.sinks import stream
from statshard.sinks.outlet import Outlet
from statshard.sinks.table import open_sink
from tests.support.flushes import order, small_flush, wide_flush
from tests.support.leaping import LeapingLoop

READ_BYTES = 1 << 16
PAUSE_S = 0.7  # between reads: 6 MiB take more than a minute
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close is a reset


class Store:
    """A server that reads one connection at once, and the later ones slowly."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READ_BYTES)
        self.listener.settimeout(0)
        self.port: int = self.listener.getsockname()[1]
        self.received: list[bytearray] = []  # of each connection
        self.resets = asyncio.Event()  # set: the first connection is reset
        self.ended = asyncio.Event()  # set: a later one was read to its end

    async def serve(self) -> None:
        """Take connections for good."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while True:
                connection, _ = await loop.sock_accept(self.listener)
                connection.settimeout(0)
                group.create_task(self._read(connection))

    async def _read(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        received = bytearray()
        self.received.append(received)
        with connection:
            if len(self.received) == 1:
                reading = asyncio.create_task(self._read_on(connection, received))
                await self.resets.wait()
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                return
            while octets := await loop.sock_recv(connection, READ_BYTES):
                received += octets
                await asyncio.sleep(PAUSE_S)
            self.ended.set()

    async def _read_on(self, connection: socket.socket, received: bytearray) -> None:
        while octets := await asyncio.get_running_loop().sock_recv(connection, 1 << 20):
            received += octets


def lines_of(octets: bytearray) -> list[str]:
    """Return the gauges that came in whole lines."""
    rows = bytes(octets).decode().split("\n")[:-1]
    return [row for row in rows if row.startswith("stats.gauges.")]


@pytest.fixture(autouse=True)
def _seldom_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look less often, so that a clock that leaps makes fewer leaps."""
    monkeypatch.setattr(stream, "LONGEST_LOOK_S", 0.1)


def run_outlet() -> tuple[Store, Outlet, float]:
    """Deliver 6 MiB, reset the connection, and deliver more to a store that is slow
    now; return what came of it, and the time that it took.
    """

    async def run(loop: LeapingLoop) -> tuple[Store, Outlet, float]:
        store = Store()
        serving = asyncio.create_task(store.serve())
        sink = open_sink(order("graphite:", store.port))
        outlet = Outlet("test:", sink)
        outlet.open()
        await outlet.take(wide_flush(60_000))
        while outlet.statistics().waiting_points:  # noqa: ASYNC110 -- what ends is tasks
            await asyncio.sleep(0.1)
        store.resets.set()
        await asyncio.sleep(1.0)
        began_s = loop.time()
        await outlet.take(small_flush())
        await outlet.close(3600.0)
        await store.ended.wait()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        store.listener.close()
        return store, outlet, loop.time() - began_s

    with contextlib.closing(LeapingLoop()) as loop:
        return loop.run_until_complete(run(loop))


def test_a_slow_peer_gets_all_that_is_sent_again() -> None:
    """After a reset a peer that takes minutes for what may have been lost gets it once,
    whole, and then what comes behind; nothing begins anew.
    """
    store, outlet, took_s = run_outlet()
    statistics = outlet.statistics()
    assert took_s > 2 * stream.SILENT_S
    assert (0, 0) == (statistics.retries, sum(statistics.dropped_points.values()))
    assert (2, 60_000) == (len(store.received), len(lines_of(store.received[0])))
    *again, last = lines_of(store.received[1])
    assert lines_of(store.received[0])[-len(again) :] == again
    assert last.startswith("stats.gauges.g;k=v ")


def test_one_payload_may_take_as_long_as_it_gets_on() -> None:
    """A peer that takes some bytes now and then is waited for, however long the whole
    takes.
    """

    async def run(loop: LeapingLoop) -> None:
        store = Store()
        store.received.append(bytearray())  # as if of one before: what comes is slow
        serving = asyncio.create_task(store.serve())
        sender = stream.Stream("127.0.0.1", store.port)
        await sender.send(bytes(8 << 20))
        assert loop.time() > 2 * stream.SILENT_S
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await sender.close()
        store.listener.close()

    with contextlib.closing(LeapingLoop()) as loop:
        loop.run_until_complete(run(loop))


def test_a_peer_that_is_silent_is_given_up() -> None:
    """Where a peer takes nothing more, a payload fails, and is the sender's again."""

    async def run(loop: LeapingLoop, port: int) -> None:
        with pytest.raises(TimeoutError):
            await stream.Stream("127.0.0.1", port).send(bytes(16 << 20))
        assert loop.time() >= stream.SILENT_S

    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        contextlib.closing(LeapingLoop()) as loop,
    ):
        loop.run_until_complete(run(loop, listener.getsockname()[1]))
