"""The delay of a line ends when the kernel takes it in, however late it is read.

Real sockets of this host. What is compared are times before and after a call, in their
order; no test says how long anything takes.
"""

import os
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from statshard.load.corpus import rank_quantiles
from statshard.load.ports import SO_TIMESTAMPNS
from statshard.plane.load import Checker, Traffic
from tests.support.wait import wait_until

UNREAD_NS = 20_000_000  # a datagram lies in its socket so long
WRAP_US = 10**7


@pytest.fixture(name="port")
def open_port() -> Iterator[socket.socket]:
    """Give a bound, non-blocking socket."""
    kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
    with socket.socket(socket.AF_INET, kind) as port:
        port.bind(("127.0.0.1", 0))
        yield port


def has_time_of_arrival(port: socket.socket) -> bool:
    """Tell whether the kernel notes times of arrival; it begins to a while after."""
    port.sendto(b"probe", port.getsockname())
    after_ns = time.time_ns()
    _, controls, _, _ = port.recvmsg(64, 64)
    seconds, rest_ns = struct.unpack("qq", controls[0][2])
    return bool(seconds * 10**9 + rest_ns <= after_ns)


def read_late(port: socket.socket) -> tuple[int, int]:
    """Send a line, let it lie, check it; return its delay and what sending took, us."""
    traffic = Traffic(
        1,
        lines=1,
        senders=1,
        quantiles=rank_quantiles(1, 0),
        head=b"load.",
        suffixes=(b"|c",),
    )
    wake = os.eventfd(0, os.EFD_NONBLOCK)
    checker = Checker(traffic, [port.fileno()], wake)
    before_us = time.monotonic_ns() // 1000
    port.sendto(traffic.datagram(0, before_us % WRAP_US), port.getsockname())
    after_ns = time.monotonic_ns()
    wait_until(lambda: time.monotonic_ns() > after_ns + UNREAD_NS)
    checker.stop()
    checker.run()
    os.close(wake)
    assert 1 == checker.counts((1,))["arrived"]
    return checker.delays()[1], after_ns // 1000 + 1 - before_us


def test_a_line_has_come_when_the_kernel_has_it(port: socket.socket) -> None:
    """With times of arrival, a line has come about when it was sent, not when read.

    About: half of the time that it lay is allowed for comparing two clocks.
    """
    port.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    wait_until(lambda: has_time_of_arrival(port))
    delay_us, sending_us = read_late(port)
    assert 0 <= delay_us <= sending_us + UNREAD_NS // 2000


def test_without_such_times_that_of_reading_counts(port: socket.socket) -> None:
    """Where the kernel tells no time, a line comes when it is read."""
    delay_us, _ = read_late(port)
    assert delay_us >= UNREAD_NS // 1000
