"""Several workers: the kernel gives each its share of the flows."""

from pathlib import Path

import pytest

from tests.support.network import NEEDS_IPV6
from tests.support.proxy import Proxy
from tests.support.receivers import Receivers
from tests.support.senders import open_senders, send_closed_loop
from tests.support.wait import wait_until

ANY_V4 = "0.0.0.0"  # noqa: S104 - a test's proxy is gone in a second
FLOWS = 32
LINES_EACH = 50


def queued_bytes(port: int, table: str) -> list[int]:
    """Return what waits in each socket of a port (proc(5), /proc/net/udp)."""
    rows = [row.split() for row in Path(table).read_text(encoding="ascii").splitlines()]
    return [
        int(row[4].split(":")[1], 16)
        for row in rows[1:]
        if int(row[1].split(":")[1], 16) == port
    ]


@pytest.mark.parametrize(
    ("listen", "table"),
    [
        ("udp://127.0.0.1:0", "/proc/net/udp"),
        (f"udp://{ANY_V4}:0", "/proc/net/udp"),
        pytest.param("udp://[::1]:0", "/proc/net/udp6", marks=NEEDS_IPV6),
    ],
)
@pytest.mark.parametrize("workers", [2, 4])
def test_every_worker_has_a_share(workers: int, listen: str, table: str) -> None:
    """Datagrams of 32 flows lie in the sockets of all workers, and all come out."""
    with (
        Receivers(3) as receivers,
        Proxy(*receivers.backends(), workers=workers, listen=[listen]) as proxy,
    ):
        host, port = proxy.address
        with open_senders((host.replace(ANY_V4, "127.0.0.1"), port), FLOWS) as flows:
            proxy.freeze()
            for number, sender in enumerate(flows):
                for turn in range(LINES_EACH // 10):
                    sender.send(b"flow.%d:%d|c" % (number, turn))
            wait_until(lambda: all(queued_bytes(port, table)))
            assert workers == len(queued_bytes(port, table))
            proxy.thaw()
            receivers.wait_for_lines(FLOWS * LINES_EACH // 10)
            lines = [(b"more.%d:1|c" % n, 1) for n in range(FLOWS * LINES_EACH)]
            send_closed_loop(flows, lines, lambda: receivers.lines)
        ending = proxy.stop()
    shares = [e["received_lines"] for e in proxy.list_events("balance_worker")]
    assert workers == len(shares)
    assert all(shares)
    total = FLOWS * LINES_EACH // 10 + FLOWS * LINES_EACH
    assert total == sum(shares)
    assert (total, total, "yes") == (
        ending.balance["received_datagrams"],
        ending.balance["forwarded_lines"],
        ending.balance["closes"],
    )


def test_every_listener_is_read_by_every_worker() -> None:
    """With several listeners and workers each of their sockets is read."""
    with (
        Receivers(2) as receivers,
        Proxy(
            *receivers.backends(), workers=3, listen=["udp://127.0.0.1:0"] * 3
        ) as proxy,
    ):
        for address in proxy.addresses:
            with open_senders(address, FLOWS) as flows:
                lines = [(b"some.%d:1|c" % number, 1) for number in range(2 * FLOWS)]
                send_closed_loop(flows, lines, lambda: receivers.lines)
        assert len(set(proxy.addresses)) == 3
