r"""Receivers: UDP sockets in the place of StatsD servers, all drained by one thread.

    shard-0  127.0.0.1:40001   datagrams [b"a:1|c", b"b:1|c\nc:1|c"]   lines 3
    shard-1  127.0.0.1:40002   ...

Rules: ports come from the kernel. Only the thread touches the sockets and appends;
everybody may read `datagrams` and `lines` at any time. Their receive buffers are as
large as the kernel grants, so that a test that paces its senders loses nothing here.
"""

import os
import selectors
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from tests.support.wait import TIMEOUT_S, wait_until

SO_RCVBUFFORCE = 33  # <asm-generic/socket.h>; Python has no name for it
BUFFER_BYTES = 32 << 20
DATAGRAM_MAX = 65_536


def open_socket(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """Return a bound UDP socket with a large receive buffer."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    except PermissionError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    opened.bind((host, port))
    return opened


class Receiver:
    """One server's place: its name, its address, and what came in."""

    def __init__(self, name: str, host: str) -> None:
        self.name = name
        self.host = host
        self.socket = open_socket(host)
        self.port = int(self.socket.getsockname()[1])
        self.datagrams: list[bytes] = []
        self.lines = 0

    @property
    def address(self) -> str:
        """HOST:PORT as a backend is written."""
        return (
            f"[{self.host}]:{self.port}"
            if ":" in self.host
            else f"{self.host}:{self.port}"
        )

    def list_lines(self) -> list[bytes]:
        """Return the lines that came in, in their order."""
        return [line for each in list(self.datagrams) for line in each.split(b"\n")]

    def drain(self) -> None:
        """Take in what the socket holds; only the thread calls this."""
        try:
            while True:
                datagram = self.socket.recv(DATAGRAM_MAX, socket.MSG_DONTWAIT)
                self.datagrams.append(datagram)
                self.lines += datagram.count(b"\n") + 1
        except (BlockingIOError, ConnectionRefusedError):
            return


class Receivers:
    """Some receivers and the thread that drains them; a context manager."""

    def __init__(self, count: int = 4, host: str = "127.0.0.1") -> None:
        self.each = [Receiver(f"shard-{index}", host) for index in range(count)]
        self._orders: SimpleQueue[tuple[Callable[[], None], Future[None]]]
        self._orders = SimpleQueue()
        self._wakeup = os.eventfd(0)
        self._is_open = True
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, name="receivers")

    def __enter__(self) -> Self:
        self._selector.register(self._wakeup, selectors.EVENT_READ)
        for receiver in self.each:
            self._selector.register(receiver.socket, selectors.EVENT_READ, receiver)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._order(self._end)
        self._thread.join()
        self._selector.close()
        os.close(self._wakeup)
        for receiver in self.each:
            receiver.socket.close()

    @property
    def lines(self) -> int:
        """How many lines have come in everywhere."""
        return sum(receiver.lines for receiver in self.each)

    @property
    def datagrams(self) -> list[bytes]:
        """All datagrams that have come in, in the order of each receiver."""
        return [datagram for each in self.each for datagram in list(each.datagrams)]

    def backends(self, weights: tuple[float, ...] = ()) -> list[str]:
        """Return the receivers as the flags that name them to a proxy."""
        words = []
        for index, receiver in enumerate(self.each):
            weight = f",weight={weights[index]:g}" if weights else ""
            words += ["--backend", f"{receiver.name}={receiver.address}{weight}"]
        return words

    def list_lines(self) -> list[bytes]:
        """Return all lines that have come in, in the order of each receiver."""
        return [line for receiver in self.each for line in receiver.list_lines()]

    def wait_for_lines(self, count: int, timeout_s: float = TIMEOUT_S) -> None:
        """Wait until so many lines have come in everywhere."""
        wait_until(
            lambda: self.lines >= count,
            timeout_s,
            lambda: f"{self.lines} of {count} lines came in",
        )

    def leave(self, index: int) -> None:
        """Close a receiver's socket: its host refuses datagrams from now on."""
        self._order(lambda: self._leave(self.each[index]))

    def come_back(self, index: int) -> None:
        """Bind a receiver that has left to its port again."""
        self._order(lambda: self._come_back(self.each[index]))

    def forget(self) -> None:
        """Start again with nothing received."""
        self._order(self._forget)

    def _run(self) -> None:
        while self._is_open:
            ready = [key for key, _ in self._selector.select()]
            for key in ready:
                if key.data:
                    key.data.drain()
            # Last, because an order may close a socket that was ready.
            if any(key.fd == self._wakeup for key in ready):
                self._obey()

    def _order(self, order: Callable[[], None]) -> None:
        """Have the thread do something, and wait until it is done."""
        done: Future[None] = Future()
        self._orders.put((order, done))
        os.eventfd_write(self._wakeup, 1)
        done.result(TIMEOUT_S)

    def _obey(self) -> None:
        for _ in range(os.eventfd_read(self._wakeup)):
            order, done = self._orders.get()
            order()
            done.set_result(None)

    def _leave(self, receiver: Receiver) -> None:
        receiver.drain()
        self._selector.unregister(receiver.socket)
        receiver.socket.close()

    def _come_back(self, receiver: Receiver) -> None:
        receiver.socket = open_socket(receiver.host, receiver.port)
        self._selector.register(receiver.socket, selectors.EVENT_READ, receiver)

    def _forget(self) -> None:
        for receiver in self.each:
            receiver.datagrams = []
            receiver.lines = 0

    def _end(self) -> None:
        self._is_open = False
