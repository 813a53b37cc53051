"""Overlaps: what is told of addresses is what the kernel makes of them."""

import itertools
from collections.abc import Sequence

import pytest

from statshard.daemon.listeners import open_listeners, resolve_listen
from statshard.daemon.overlaps import find_overlaps
from statshard.errors import SocketError
from statshard.settings.addresses import Listen, read_listen
from tests.support.network import NEEDS_IPV6, find_free_port

BUFFER = 4096
IPV4 = ("0.0.0.0", "127.0.0.1", "127.0.0.2")  # noqa: S104 -- nobody sends there
IPV6 = ("[::]", "[::1]", "[::ffff:127.0.0.1]")


def can_bind(listens: Sequence[Listen]) -> bool:
    """Tell whether the kernel gives all of them to one process."""
    try:
        listeners = open_listeners(listens, 2, BUFFER)
    except SocketError:
        return False
    for listener in listeners:
        listener.close()
    return True


def pairs_of(listens: Sequence[Listen]) -> list[tuple[int, int]]:
    """Return the places of those that overlap."""
    return list(find_overlaps([resolve_listen(each)[1] for each in listens]))


@pytest.mark.parametrize(
    "hosts", [IPV4, pytest.param((*IPV4, *IPV6), marks=NEEDS_IPV6)], ids=["4", "6"]
)
def test_the_kernel_refuses_what_overlaps_and_nothing_else(
    hosts: Sequence[str],
) -> None:
    """Any one to three listeners can be bound together if and only if none overlaps."""
    port = find_free_port()
    verdicts = set()
    for count in (1, 2, 3):
        for chosen in itertools.product(hosts, repeat=count):
            listens = [read_listen(f"udp://{host}:{port}") for host in chosen]
            bound = can_bind(listens)
            assert (chosen, bound) == (chosen, not pairs_of(listens))
            verdicts.add(bound)
    assert verdicts == {True, False}


def test_another_port_is_another_address() -> None:
    """Nothing of one port overlaps with anything of another."""
    urls = [f"udp://{host}:{port}" for port in (1, 2) for host in ("[::]", IPV4[0])]
    assert pairs_of([read_listen(url) for url in urls]) == []


def test_each_is_told_once_beside_the_first() -> None:
    """Of several that overlap, each later one is told with the first of them."""
    addresses = [("127.0.0.1", 1), ("127.0.0.2", 1), (IPV4[0], 1), ("127.0.0.1", 1)]
    assert list(find_overlaps(addresses)) == [(0, 2), (0, 3)]


def test_the_scope_is_a_part_of_the_address() -> None:
    """A link-local address on another interface is another one."""
    addresses = [("fe80::1", 1, 0, 1), ("fe80::1", 1, 0, 2), ("fe80::1", 1, 0, 1)]
    assert list(find_overlaps(addresses)) == [(0, 2)]


def test_thousands_of_them_take_no_time() -> None:
    """As many as a file can hold, all alike, are told in one walk."""
    count = 50_000
    assert len(list(find_overlaps([("127.0.0.1", 1)] * count))) == count - 1
