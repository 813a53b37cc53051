"""Listeners and members: real sockets, no process, no packet lost."""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from statshard.daemon.listeners import Listener, open_listeners
from statshard.daemon.loops import Door, refuse_loops
from statshard.errors import SettingsError, SocketError
from statshard.membership.static import Member, resolve_backends
from statshard.settings.addresses import Backend, read_listen
from tests.support.network import NEEDS_IPV6
from tests.support.wait import wait_until

ANY_V4 = "0.0.0.0"  # noqa: S104 - nothing but these tests sends there
BUFFER = 64 << 10
FLOWS = 32


@contextmanager
def opened(*urls: str, workers: int = 1) -> Iterator[tuple[Listener, ...]]:
    """Give open listeners."""
    listeners = open_listeners([read_listen(url) for url in urls], workers, BUFFER)
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.close()


def door_of(listener: Listener) -> Door:
    """Return where a listener is."""
    return Door(listener.bound_url, listener.address)


def members_at(*addresses: str) -> tuple[Member, ...]:
    """Return members at these addresses, named by them."""
    return resolve_backends([Backend(address, address) for address in addresses])


def read_all(listener: Listener) -> list[bytes]:
    """Return what all sockets of a listener hold."""
    found = []
    for each in listener.sockets:
        while True:
            try:
                found.append(each.recv(65_536))
            except BlockingIOError:
                break
    return found


@contextmanager
def flows_to(address: Sequence[Any]) -> Iterator[list[socket.socket]]:
    """Give connected sockets to an address."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    flows = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(FLOWS)]
    try:
        for flow in flows:
            flow.connect(tuple(address))
        yield flows
    finally:
        for flow in flows:
            flow.close()


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(
    ("url", "to"),
    [
        ("udp://127.0.0.1:0", "127.0.0.1"),
        (f"udp://{ANY_V4}:0", "127.0.0.1"),
        pytest.param("udp://[::1]:0", "::1", marks=NEEDS_IPV6),
        pytest.param("udp://[::]:0", "::1", marks=NEEDS_IPV6),
        pytest.param("udp://[::]:0", "127.0.0.1", marks=NEEDS_IPV6),
    ],
)
def test_a_shut_door_keeps_what_is_queued(url: str, to: str, workers: int) -> None:
    """What came before the door was shut can be read; what comes later is refused."""
    with opened(url, workers=workers) as (listener,):
        port = listener.address[1]
        with flows_to((to, port)) as flows:
            for number, flow in enumerate(flows):
                flow.send(b"before.%d" % number)
            listener.shut_door()
            refused = 0
            for flow in flows:
                flow.send(b"after")
                try:
                    flow.send(b"after")
                except ConnectionRefusedError:
                    refused += 1
        assert {b"before.%d" % number for number in range(FLOWS)} == set(
            read_all(listener)
        )
        assert refused == FLOWS


def test_every_worker_has_a_socket_of_each_listener() -> None:
    """The sockets of one address have one port and share its flows."""
    with opened("udp://127.0.0.1:0", "udp://127.0.0.1:0", workers=4) as listeners:
        for listener in listeners:
            assert len(listener.sockets) == 4
            assert {listener.address} == {s.getsockname() for s in listener.sockets}
            with flows_to(listener.address) as flows:
                for flow in flows:
                    flow.send(b"x")
            assert read_all(listener) == [b"x"] * FLOWS
        assert listeners[0].address != listeners[1].address


def test_no_listener_waits_or_is_inherited() -> None:
    """Listeners' sockets do not block, and no child process gets them."""
    with opened("udp://127.0.0.1:0", workers=2) as (listener,):
        assert {False} == {s.getblocking() for s in listener.sockets}
        assert {False} == {s.get_inheritable() for s in listener.sockets}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("udp://127.0.0.1:0", "udp://127.0.0.1:{}"),
        ("udp://localhost:0", "udp://127.0.0.1:{}"),
        pytest.param("udp://[::1]:0", "udp://[::1]:{}", marks=NEEDS_IPV6),
        pytest.param("udp://[::]:0", "udp://[::]:{}", marks=NEEDS_IPV6),
    ],
)
def test_the_bound_url_has_the_port_of_the_kernel(url: str, shown: str) -> None:
    """What a listener is called is where it can be reached."""
    with opened(url) as (listener,):
        assert listener.address[1] > 0
        assert shown.format(listener.address[1]) == listener.bound_url


@pytest.mark.skipif(os.geteuid() != 0, reason="needs CAP_NET_ADMIN")
def test_a_privileged_process_gets_more_than_rmem_max() -> None:
    """What is asked is granted beyond net.core.rmem_max to whoever may have it."""
    rmem_max = int(Path("/proc/sys/net/core/rmem_max").read_text())
    listens = [read_listen("udp://127.0.0.1:0")]
    (listener,) = open_listeners(listens, 1, 2 * rmem_max)
    assert 4 * rmem_max == listener.granted_bytes()
    listener.close()


def test_the_granted_buffer_is_what_the_kernel_accounts_for() -> None:
    """What was granted is told as the kernel counts it: twice what was asked."""
    with opened("udp://127.0.0.1:0", workers=2) as (listener,):
        assert listener.granted_bytes() == 2 * BUFFER


def test_kernel_drops_are_added_up_over_the_workers() -> None:
    """Each datagram that found a full buffer is counted, and no other."""
    with opened("udp://127.0.0.1:0", workers=2) as (listener,):
        assert listener.kernel_drops() == 0
        sent = 0
        with flows_to(listener.address) as flows:
            for _ in range(50):
                for flow in flows:
                    flow.send(b"x")
                    sent += 1
        assert sent == len(read_all(listener)) + listener.kernel_drops()
        assert listener.kernel_drops() > 0


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_port_is_bound_once(workers: int) -> None:
    """A second set of listeners on a port is refused while the first is open."""
    with opened("udp://127.0.0.1:0", workers=workers) as (listener,):
        with pytest.raises(SocketError, match="in use, perhaps by another statshard"):
            open_listeners([read_listen(listener.bound_url)], workers, BUFFER)
        url = listener.bound_url
    with opened(url, workers=workers):
        pass


def test_a_refused_listener_closes_the_others() -> None:
    """Where one address cannot be bound, none stays bound."""
    with opened("udp://127.0.0.1:0") as (free,):
        url = free.bound_url
    with opened("udp://127.0.0.1:0") as (taken,):
        listens = [read_listen(url), read_listen(taken.bound_url)]
        with pytest.raises(SocketError) as refused:
            open_listeners(listens, 2, BUFFER)
        assert refused.value.exit_status == 71
    with opened(url):
        pass


def test_a_listener_that_does_not_resolve_is_a_setting_at_fault() -> None:
    """A name that has no address is told with the URL as written."""
    with pytest.raises(SettingsError, match=r"'udp://nowhere\.invalid:1'"):
        open_listeners([read_listen("udp://nowhere.invalid:1")], 1, BUFFER)


@pytest.mark.parametrize(
    ("listen", "backend"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "localhost"),
        ("127.0.0.1", ANY_V4),
        (ANY_V4, "127.0.0.1"),
        (ANY_V4, "127.1.2.3"),
        (ANY_V4, ANY_V4),
        pytest.param("127.0.0.1", "[::ffff:127.0.0.1]", marks=NEEDS_IPV6),
        pytest.param("[::ffff:127.0.0.1]", "127.0.0.1", marks=NEEDS_IPV6),
        pytest.param(ANY_V4, "[::ffff:127.0.0.1]", marks=NEEDS_IPV6),
        pytest.param("[::1]", "[::1]", marks=NEEDS_IPV6),
        pytest.param("[::1]", "[::]", marks=NEEDS_IPV6),
        pytest.param("[::]", "[::1]", marks=NEEDS_IPV6),
        pytest.param("[::]", "127.0.0.1", marks=NEEDS_IPV6),
        pytest.param("[::]", ANY_V4, marks=NEEDS_IPV6),
        pytest.param("[::]", "[::ffff:127.0.0.1]", marks=NEEDS_IPV6),
    ],
)
def test_a_loop_is_seen_as_the_kernel_would_make_it(listen: str, backend: str) -> None:
    """What is sent to the backend does arrive at the listener, and so is refused."""
    with opened(f"udp://{listen}:0") as (listener,):
        (member,) = members_at(f"{backend}:{listener.address[1]}")
        with socket.socket(member.family, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", member.address)
        wait_until(lambda: read_all(listener) == [b"x"])
        with pytest.raises(SettingsError, match="is this proxy's own listener"):
            refuse_loops([member], [door_of(listener)])


@pytest.mark.parametrize(
    ("listen", "backend"),
    [
        ("127.0.0.1", "127.0.0.2"),
        ("127.0.0.2", ANY_V4),
        ("127.0.0.1", "203.0.113.1"),
        (ANY_V4, "203.0.113.1"),
        pytest.param(ANY_V4, "[::1]", marks=NEEDS_IPV6),
        pytest.param("[::]", "203.0.113.1", marks=NEEDS_IPV6),
        pytest.param("[::1]", "127.0.0.1", marks=NEEDS_IPV6),
        pytest.param("127.0.0.1", "[::1]", marks=NEEDS_IPV6),
        pytest.param("127.0.0.1", "[::]", marks=NEEDS_IPV6),
    ],
)
def test_a_neighbour_is_no_loop(listen: str, backend: str) -> None:
    """The listener's port at an address that does not lead to it is taken."""
    with opened(f"udp://{listen}:0") as (listener,):
        port = listener.address[1]
        refuse_loops(members_at(f"{backend}:{port}"), [door_of(listener)])
        others = members_at(f"{listen}:{port % 65_535 + 1}")
        refuse_loops(others, [door_of(listener)])


def fake_lookup(answers: dict[str, list[str]]) -> Any:  # noqa: ANN401 - stands for socket.getaddrinfo
    """Return a lookup that knows these names only."""

    def lookup(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        if host == "too..long":
            raise UnicodeError("label empty or too long")
        if host not in answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (
                socket.AF_INET6 if ":" in found else socket.AF_INET,
                socket.SOCK_DGRAM,
                17,
                "",
                (found, port, 0, 0) if ":" in found else (found, port),
            )
            for found in answers[host]
        ]

    return lookup


def test_a_member_has_the_first_address_of_its_name() -> None:
    """Names are resolved once, to their first address, in the backends' order."""
    lookup = fake_lookup({"a": ["10.0.0.1", "10.0.0.2"], "b": ["fd00::1", "10.0.0.3"]})
    backends = [Backend("two", "b:2"), Backend("one", "a:1")]
    two, one = resolve_backends(backends, lookup)
    assert (backends[0], "fd00::1", 2, socket.AF_INET6) == (
        two.backend,
        str(two.ip),
        two.port,
        two.family,
    )
    assert (backends[1], "10.0.0.1", 1, socket.AF_INET) == (
        one.backend,
        str(one.ip),
        one.port,
        one.family,
    )


def test_a_mapped_address_is_the_ipv4_one() -> None:
    """An IPv4 address that comes as an IPv6 one is compared as what it is."""
    lookup = fake_lookup({"a": ["::ffff:10.0.0.1"]})
    (member,) = resolve_backends([Backend("a", "a:1")], lookup)
    assert str(member.ip) == "10.0.0.1"


def test_all_names_without_an_address_are_told() -> None:
    """Each backend whose name fails, is too long, or has no address is named."""
    lookup = fake_lookup({"good": ["10.0.0.1"], "empty": []})
    names = ["bad", "good", "too..long", "empty"]
    with pytest.raises(SettingsError) as refused:
        resolve_backends([Backend(name, f"{name}:1") for name in names], lookup)
    faults = str(refused.value).splitlines()
    assert [fault.split("backend ")[1].split(":")[0] for fault in faults] == [
        "bad",
        "too..long",
        "empty",
    ]
    assert [fault for fault in faults if "does not resolve" not in fault] == []


def test_a_mapped_address_is_reached_by_ipv4() -> None:
    """A backend at ::ffff:127.0.0.1 has an IPv4 socket, whose errors are IPv4's."""
    (member,) = resolve_backends([Backend("a", "[::ffff:127.0.0.1]:8125")])
    expected = (socket.AF_INET, ("127.0.0.1", 8125))
    assert expected == (member.family, member.address)
