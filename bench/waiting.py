"""Waiting: how long datagrams wait in a socket's buffer until a worker reads them.

    looks   1000 a second: bytes in the buffer (/proc/net/udp, rx_queue)
    delay   bytes / (bytes of one datagram there x datagrams a second)

At a steady rate the datagrams in the buffer are those of the last so-and-so many ms:
the look says how long the oldest of them has waited. Between two reads that age grows
as the time goes by, from 0 to the length of the cycle, as evenly as the waits of the
cycle's datagrams fall from there to 0. So the looks, which come evenly in time, have
the same distribution as the waits (a renewal process: age and rest are alike), and the
server is measured as it is, without a word more in a datagram or a clock more in its
loop. A look that comes late is in the record as late as it was. What a datagram takes
of a buffer is told by a socket of our own.
"""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TABLE = Path("/proc/net/udp")
LOOK_S = 0.001
TRIED = 100  # datagrams in the socket of our own
PRIORITY = 1  # of the looker under SCHED_FIFO, where that is allowed


@dataclass(frozen=True, slots=True)
class Look:
    """What a buffer held at one moment."""

    at_s: float  # by the monotonic clock
    waiting_bytes: int


def parse_waiting(text: str, port: int) -> int:
    """Return the bytes in the buffers of a port's sockets, from /proc/net/udp.

    The second word is the local address, HEX:PORT, the fifth TX:RX, all hexadecimal.
    """
    end = f":{port:04X}"
    rows = (row.split() for row in text.splitlines() if end in row)
    return sum(int(r[4].partition(":")[2], 16) for r in rows if r[1].endswith(end))


def look_while(port: int, is_on: Callable[[], bool]) -> list[Look]:
    """Look each millisecond for as long as `is_on`."""
    looks: list[Look] = []
    due_s = time.monotonic()
    with first_served(), TABLE.open("rb", buffering=0) as table:
        while is_on():
            table.seek(0)
            text = table.readall()
            looks.append(Look(time.monotonic(), parse_waiting(text.decode(), port)))
            due_s = max(due_s + LOOK_S, time.monotonic())
            time.sleep(max(0.0, due_s - time.monotonic()))
    return looks


@contextlib.contextmanager
def first_served() -> Iterator[None]:
    """Let this thread come before all others where the system allows it.

    Else its looks would come late when they matter: while the others keep the CPUs.
    """
    usual = os.sched_getscheduler(0), os.sched_getparam(0)
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    try:
        yield
    finally:
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, *usual)


def weigh_datagram(size_bytes: int) -> float:
    """Return what a datagram of a size takes of a socket's buffer, in bytes."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        for _ in range(TRIED):
            sender.sendto(bytes(size_bytes), ("127.0.0.1", port))
        return parse_waiting(TABLE.read_text("ascii"), port) / TRIED


def percentile_ms(looks: Sequence[Look], part: float, bytes_per_s: float) -> float:
    """Return the delay that a part of the looks did not exceed; 0 without any."""
    held = sorted(look.waiting_bytes for look in looks)
    at = min(len(held) - 1, int(part * len(held)))
    return 1000 * held[at] / bytes_per_s if held else 0.0
