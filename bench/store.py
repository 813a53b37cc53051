"""Store: what a server's Graphite sink sends to; it reads all, and keeps the ends.

    text of a flush:  name value timestamp LF ... numStats ... flush_length 0 17...

A flush ends with the server's own figures, so their last line says that all of it has
come. Reading costs a core little: nothing is parsed but these. Must not know: who
sends.
"""

import contextlib
import re
import socket
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

READ_BYTES = 1 << 20
KEPT_BYTES = 4096  # enough for a flush's own figures
END = re.compile(rb"graphiteStats\.flush_length \S+ \d+\n")
FIGURE = re.compile(rb"(?:^|\n)(?:stats\.)?statsd\.([A-Za-z_.]+) (\S+) (\d+)(?=\n)")
LOOK_S = 0.005


@dataclass(frozen=True)
class Arrived:
    """A flush that has come in whole."""

    at_s: float  # by the monotonic clock: its last byte
    size_bytes: int
    series: int
    processing_ms: int  # the fold and all before the writing
    figures: dict[str, float]  # of the server's own, by name


class Store:
    """A TCP server on a port of its own; a context manager."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.arrived: list[Arrived] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):  # wakes accept
            socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._listener.close()

    def wait_for(self, count: int, within_s: float) -> bool:
        """Wait until so many flushes have come; tell whether they have."""
        due_s = time.monotonic() + within_s
        while len(self.arrived) < count and time.monotonic() < due_s:
            time.sleep(LOOK_S)
        return len(self.arrived) >= count

    def _run(self) -> None:
        """Read one connection after another."""
        while not self._stop.is_set():
            connection, _ = self._listener.accept()
            with connection:
                self._read(connection)

    def _read(self, connection: socket.socket) -> None:
        """Read a connection to its end."""
        room = memoryview(bytearray(READ_BYTES))
        size_bytes, tail = 0, b""
        while count := connection.recv_into(room):
            size_bytes += count
            tail = (tail + bytes(room[max(0, count - KEPT_BYTES) : count]))[
                -KEPT_BYTES:
            ]
            while end := END.search(tail):
                rest = tail[end.end() :]
                told_bytes = size_bytes - len(rest)
                told = read_end(tail[: end.end()], time.monotonic(), told_bytes)
                self.arrived.append(told)
                size_bytes, tail = len(rest), rest


def read_end(tail: bytes, at_s: float, size_bytes: int) -> Arrived:
    """Return a flush from its last lines."""
    figures = {name.decode(): float(value) for name, value, _ in FIGURE.findall(tail)}
    return Arrived(
        at_s,
        size_bytes,
        series=int(figures["numStats"]),
        processing_ms=int(figures["processing_time"]),
        figures=figures,
    )
