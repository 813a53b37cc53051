"""Receivers: the backends of a soak, which come and go by a schedule.

    thread   | drains every socket that is there | obeys the schedule | ... | drains all
    others   | read the counts, which this thread alone writes

Rules: ports come from the kernel; whoever comes back, comes back to its port. Before a
socket closes it is read empty. What the kernel had no room for at a receiver is counted
too, so that received + lost here = what the proxy sent, in datagrams, wherever the port
was never closed.
"""

import contextlib
import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from soak.judge import Arrived
from soak.schedule import GONE, ROLES, STALLED, Absence

HOST = "127.0.0.1"
TICK_S = 0.05
DATAGRAM_MAX = 65_536
BUFFER_BYTES = 32 << 20  # asked for; without root the kernel grants less
SO_RCVBUFFORCE = 33  # <asm-generic/socket.h>; Python has no name for these
SO_MEMINFO = 55
MEMINFO = struct.Struct("9I")  # the last one: SK_MEMINFO_DROPS (<linux/sock_diag.h>)


@dataclass(slots=True)
class Receiver:
    """One backend: what came, and whether it is there. The thread alone writes here."""

    name: str
    role: str
    socket: socket.socket
    port: int
    lines: int = 0
    datagrams: int = 0
    lost: int = 0  # datagrams, at sockets that are closed by now
    absences: int = 0  # that are over
    is_away: bool = False

    def drain(self) -> None:
        """Take in what the socket holds."""
        with contextlib.suppress(BlockingIOError):
            while True:
                datagram = self.socket.recv(DATAGRAM_MAX, socket.MSG_DONTWAIT)
                self.datagrams += 1
                self.lines += datagram.count(b"\n") + 1

    def close(self) -> None:
        """Read the socket empty and close it."""
        self.drain()
        words = self.socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO.size)
        self.lost += MEMINFO.unpack(words)[-1]
        self.socket.close()


class Receivers:
    """All receivers and their thread, which `begin` lets go by the schedule."""

    def __init__(self, absences: Sequence[Absence]) -> None:
        self.each = [open_receiver(index, role) for index, role in enumerate(ROLES)]
        self._selector = selectors.DefaultSelector()
        steps = [(a.begin_s, a, True) for a in absences]
        steps += [(a.end_s, a, False) for a in absences]
        self._steps = deque(sorted(steps, key=lambda step: step[0]))
        self._began_s = float("inf")
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="receivers")

    def __enter__(self) -> Self:
        for receiver in self.each:
            self._watch(receiver)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def begin(self) -> None:
        """Let the schedule begin now."""
        self._began_s = time.monotonic()

    def end(self) -> None:
        """Take in what is still there, and close. Once everything has been sent."""
        self._is_over.set()
        self._thread.join()

    @property
    def away(self) -> list[str]:
        """The names of those that are away now."""
        return [each.name for each in self.each if each.is_away]

    def arrived(self) -> list[Arrived]:
        """Return what came, of each; whole after `end`."""
        return [
            Arrived(
                each.name,
                each.role,
                each.lines,
                each.datagrams,
                each.lost,
                each.absences,
            )
            for each in self.each
        ]

    def _run(self) -> None:
        """Drain and obey the schedule, until the end."""
        while not self._is_over.is_set():
            for key, _ in self._selector.select(TICK_S):
                key.data.drain()
            self._obey(time.monotonic() - self._began_s)
        for receiver in self.each:
            if receiver.socket.fileno() >= 0:
                receiver.close()
        self._selector.close()

    def _obey(self, now_s: float) -> None:
        """Let go and come back whoever is due."""
        while self._steps and self._steps[0][0] <= now_s:
            _, absence, is_begin = self._steps[0]
            receiver = self.each[absence.backend]
            if is_begin:
                self._leave(receiver)
            elif not self._come_back(receiver):
                return  # at the next tick again
            self._steps.popleft()

    def _leave(self, receiver: Receiver) -> None:
        """Close the port, or only stop reading."""
        self._selector.unregister(receiver.socket)
        receiver.is_away = True
        if receiver.role == GONE:
            receiver.close()

    def _come_back(self, receiver: Receiver) -> bool:
        """Open the port again, or read again; False where another one has the port."""
        if receiver.role == GONE:
            try:
                receiver.socket = open_socket(receiver.port)
                widen(receiver.socket)
            except OSError:
                return False
        self._watch(receiver)
        receiver.is_away = False
        receiver.absences += 1
        return True

    def _watch(self, receiver: Receiver) -> None:
        """Read a receiver's socket from now on."""
        self._selector.register(receiver.socket, selectors.EVENT_READ, receiver)


def open_receiver(index: int, role: str) -> Receiver:
    """Return a receiver on a port that the kernel chose."""
    opened = open_socket(0)
    if role != STALLED:  # whose buffer shall be full now and then
        widen(opened)
    return Receiver(f"shard-{index}", role, opened, int(opened.getsockname()[1]))


def open_socket(port: int) -> socket.socket:
    """Return a bound UDP socket."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.bind((HOST, port))
    except OSError:
        opened.close()
        raise
    return opened


def widen(opened: socket.socket) -> None:
    """Give a socket a large receive buffer."""
    try:
        opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
    except PermissionError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
