"""A backend that goes and comes back: what it costs, and what is told of it."""

import itertools
from collections.abc import Iterator

import pytest

from tests.model.slots import pick
from tests.support.network import NEEDS_ICMP, NEEDS_IPV6
from tests.support.proxy import Proxy
from tests.support.receivers import Receivers
from tests.support.senders import open_senders, send_closed_loop
from tests.support.wait import wait_until

pytestmark = NEEDS_ICMP
NAMES = [b"shard-0", b"shard-1", b"shard-2"]
GONE = 1
REFUSED_FEW = 12  # datagrams to the one that is gone; the kernel limits ICMP beyond 50

HOSTS = pytest.mark.parametrize(
    "host", ["127.0.0.1", pytest.param("::1", marks=NEEDS_IPV6)], ids=["ipv4", "ipv6"]
)


def lines_for(*indices: int) -> Iterator[bytes]:
    """Give lines without end whose keys belong to these backends."""
    backends = [(name, 1.0) for name in NAMES]
    for number in itertools.count():
        name = b"some.%d" % number
        if pick(name, backends) in indices:
            yield name + b":1|c"


def listen_at(host: str) -> list[str]:
    """Return the URL to listen at."""
    return [f"udp://[{host}]:0" if ":" in host else f"udp://{host}:0"]


@pytest.mark.parametrize(
    ("workers", "host"),
    [(1, "127.0.0.1"), pytest.param(2, "::1", marks=NEEDS_IPV6)],
    ids=["ipv4", "ipv6"],
)
def test_a_backend_goes_and_comes_back(workers: int, host: str) -> None:
    """While one is gone the others lose nothing; the first datagram after its return
    arrives; each refused one is counted, and both changes are told once.
    """
    own, others = lines_for(GONE), lines_for(0, 2)
    with (
        Receivers(3, host) as receivers,
        Proxy(*receivers.backends(), listen=listen_at(host), workers=workers) as proxy,
        open_senders(proxy.address) as senders,
    ):
        gone = receivers.each[GONE]
        rest = [receivers.each[0], receivers.each[2]]

        def arrived_at_others() -> int:
            return sum(each.lines for each in rest)

        def carry(to_own: int, to_others: int) -> None:
            """Send lines to the one and to the others, and wait for these."""
            batch = [(next(own), 0) for _ in range(to_own)]
            batch += [(next(others), 1) for _ in range(to_others)]
            send_closed_loop(senders, batch, arrived_at_others)

        carry(50, 100)
        wait_until(lambda: gone.lines == 50)
        receivers.leave(GONE)
        for _ in range(REFUSED_FEW):
            carry(1, 20)
        proxy.wait_for_event("backend_refuses", backend=gone.name)
        carry(1, 20)
        carry(0, 1)  # behind the whole batch of the last one
        receivers.come_back(GONE)
        before = len(gone.datagrams)
        first = next(own)
        senders[0].send(first)
        wait_until(lambda: len(gone.datagrams) > before)
        assert first == gone.datagrams[before]

        def is_told() -> bool:
            carry(1, 20)
            return bool(proxy.list_events("backend_takes", backend=gone.name))

        wait_until(is_told)
        due = gone.lines
        carry(100, 100)
        wait_until(lambda: gone.lines >= due + 100)
        ending = proxy.stop()
    assert arrived_at_others() == sum(
        ending.backends[each.name]["forwarded_lines"] for each in rest
    )
    counts = ending.backends[gone.name]
    assert counts["refused_datagrams"] == REFUSED_FEW + 1
    assert len(gone.datagrams) + REFUSED_FEW + 1 == counts["forwarded_datagrams"]
    assert gone.lines + REFUSED_FEW + 1 == counts["forwarded_lines"]
    assert (ending.status, ending.balance["closes"], ending.dropped) == (0, "yes", {})
    told = [e["event"] for e in proxy.events if e.get("backend") == gone.name]
    assert told == ["backend", "backend_refuses", "backend_takes", "balance_backend"]


@HOSTS
def test_no_datagram_is_eaten_by_the_echo_of_an_earlier_one(host: str) -> None:
    """However often a backend goes and comes back, of the datagrams sent while it was
    there none is lost.
    """
    own = lines_for(GONE)
    with (
        Receivers(3, host) as receivers,
        Proxy(*receivers.backends(), listen=listen_at(host)) as proxy,
        open_senders(proxy.address) as senders,
    ):
        gone = receivers.each[GONE]
        marks = lines_for(0)
        sent_there = []
        for _ in range(10):
            receivers.leave(GONE)
            senders[0].send(next(own))
            # The first mark may leave in the same batch, and so before it; what is
            # sent once that one has arrived comes behind the whole batch.
            for _ in range(2):
                send_closed_loop(
                    senders, [(next(marks), 1)], lambda: receivers.each[0].lines
                )
            receivers.come_back(GONE)
            sent_there.append(next(own))
            send_closed_loop(senders, [(sent_there[-1], 1)], lambda: gone.lines)
        ending = proxy.stop()
    assert sent_there == gone.list_lines()
    assert ending.backends[gone.name]["refused_datagrams"] == len(sent_there)
    assert (ending.dropped, ending.balance["closes"]) == ({}, "yes")


def test_a_refusal_at_once_after_the_start_is_told() -> None:
    """A backend that refuses the very first datagrams, and gets no more, is told of."""
    own, marks = lines_for(GONE), lines_for(0)
    with (
        Receivers(3) as receivers,
        Proxy(*receivers.backends()) as proxy,
        open_senders(proxy.address) as senders,
    ):
        receivers.leave(GONE)
        for _ in range(2):  # the second one meets the refusal of the first
            batch = [(next(own), 0), (next(marks), 1)]
            send_closed_loop(senders, batch, lambda: receivers.lines)
        proxy.wait_for_event("backend_refuses", backend="shard-1")
