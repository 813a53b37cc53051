"""What the kernel holds for a UDP port (/proc/net/udp), to pace what a peer is sent.

      sl  local_address rem_address   st tx_queue rx_queue tr tm->when ... drops
    7210: 0100007F:9C41 00000000:0000 07 00000000:00000000 00:00000000 ... 0

Of the field `tx_queue:rx_queue` the second half is the bytes that the program has not
read yet; the last field counts datagrams that found no room (proc_pid_net(5)).
"""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.wait import wait_until

TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))
CHUNK = 50  # datagrams; of small ones, these fit into the smallest usual buffer


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
    """Send datagrams to a port of loopback, each few once those before were read."""
    pending: Sequence[bytes] = list(datagrams)
    before = read_queue(port).dropped
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        while pending:
            for datagram in pending[:CHUNK]:
                sender.send(datagram)
            pending = pending[CHUNK:]
            wait_until(
                lambda: read_queue(port).waiting_bytes == 0,
                blame=lambda: f"port {port} is not read: {read_queue(port)}",
            )
    assert before == read_queue(port).dropped, f"the kernel dropped at port {port}"
