"""Graphite: a store that reads all and adds up the counts that begin so.

    stats_counts._overflow 1800000 1764074225 LF ...   -> sums["_overflow"] += 1800000

Must not know: who sends, what is right.
"""

import re
import socket
import threading
from collections import Counter
from types import TracebackType
from typing import Self

READ_BYTES = 1 << 20
COUNT = re.compile(rb"^stats_counts\.((?:known|_overflow)\S*) (\S+) ", re.MULTILINE)


class Graphite:
    """A TCP server on a port of its own; a context manager."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.sums: Counter[str] = Counter()  # whole once the sender has closed
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
        self._listener.close()

    def wait_for_end(self, within_s: float) -> bool:
        """Wait until the one connection has ended; tell whether it has."""
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        """Read one connection to its end."""
        connection, _ = self._listener.accept()
        with connection:
            rest = b""
            while read := connection.recv(READ_BYTES):
                text, _, rest = (rest + read).rpartition(b"\n")
                for name, count in COUNT.findall(text + b"\n"):
                    self.sums[name.decode("ascii")] += int(float(count))
