"""What the kernel holds for a UDP port (/proc/net/udp), to pace what a peer is sent.

      sl  local_address rem_address   st tx_queue rx_queue tr tm->when ... drops
    7210: 0100007F:9C41 00000000:0000 07 00000000:00000000 00:00000000 ... 0

Of the field `tx_queue:rx_queue` the second half is the bytes that the program has not
read yet; the last field counts datagrams that found no room (proc_pid_net(5)).
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import LOOPBACK
from tests.support.wait import wait_until

TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))
ROOM_BYTES = 100_000  # fits into the smallest usual buffer (net.core.rmem_default)
OVERHEAD_BYTES = 1024  # what the kernel counts for a datagram beside its bytes, at most


@dataclass(frozen=True)
class Queue:
    """What waits on one port, of all sockets that are bound to it."""

    sockets: int
    waiting_bytes: int
    dropped: int  # datagrams, since the sockets were bound


def read_queue(port: int) -> Queue:
    """Return what the kernel holds for a port."""
    rows = [
        fields
        for table in TABLES
        if table.exists()
        for fields in map(str.split, table.read_text().splitlines()[1:])
        if int(fields[1].rpartition(":")[2], 16) == port
    ]
    return Queue(
        sockets=len(rows),
        waiting_bytes=sum(int(row[4].partition(":")[2], 16) for row in rows),
        dropped=sum(int(row[-1]) for row in rows),
    )


def is_bound(port: int) -> bool:
    """Tell whether a program has bound this port."""
    return read_queue(port).sockets > 0


def send_paced(port: int, datagrams: Iterable[bytes]) -> None:
    """Send datagrams to a port of loopback, some once those before them were read."""
    before = read_queue(port).dropped
    room = ROOM_BYTES
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect((LOOPBACK, port))
        for datagram in datagrams:
            cost = len(datagram) + OVERHEAD_BYTES
            if cost > room:
                _wait_until_read(port)
                room = ROOM_BYTES
            sender.send(datagram)
            room -= cost
    _wait_until_read(port)
    assert before == read_queue(port).dropped, f"the kernel dropped at port {port}"


def _wait_until_read(port: int) -> None:
    wait_until(
        lambda: read_queue(port).waiting_bytes == 0,
        blame=lambda: f"port {port} is not read: {read_queue(port)}",
    )
