"""Senders: UDP sockets in the place of applications, paced by what has arrived.

    send chunk 1, send chunk 2, wait until chunk 1 has arrived, send chunk 3, ...

A closed loop: never more than two chunks are on their way, so that no buffer overflows
on a slow machine, and no clock is asked on a fast one.
"""

import itertools
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.support.wait import TIMEOUT_S, wait_until

CHUNK = 100  # datagrams; two chunks of small ones fit into the smallest usual buffer

Address = tuple[Any, ...]


@contextmanager
def open_senders(to: Address, count: int = 1) -> Iterator[list[socket.socket]]:
    """Give connected UDP sockets, each a flow of its own."""
    family = socket.AF_INET6 if ":" in to[0] else socket.AF_INET
    senders = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(count)]
    try:
        for sender in senders:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            sender.connect(to)
        yield senders
    finally:
        for sender in senders:
            sender.close()


def send_closed_loop(
    senders: Sequence[socket.socket],
    datagrams: Iterable[tuple[bytes, int]],
    arrived: Callable[[], int],
    *,
    chunk: int = CHUNK,
    timeout_s: float = TIMEOUT_S,
) -> int:
    """Send (datagram, lines that will arrive of it), from each sender in turn.

    ``arrived`` counts lines, from any number on. Returns how many datagrams were sent,
    once all their lines have arrived.
    """
    due = before = arrived()
    sent = 0
    turn = itertools.cycle(senders)
    rest = iter(datagrams)
    while batch := list(itertools.islice(rest, chunk)):
        for datagram, lines in batch:
            next(turn).send(datagram)
            due += lines
        sent += len(batch)
        wait_for(arrived, before, timeout_s)
        before = due
    wait_for(arrived, due, timeout_s)
    return sent


def wait_for(arrived: Callable[[], int], due: int, timeout_s: float) -> None:
    """Wait until so many lines have arrived."""
    wait_until(
        lambda: arrived() >= due,
        timeout_s,
        lambda: f"{arrived()} of {due} lines arrived",
    )
