"""Errors that only a network has: narrow paths, full devices, absent hosts."""

import contextlib
import os
import socket
from collections.abc import Iterator

import pytest

from tests.model.slots import pick
from tests.support.namespaces import Host, two_hosts, why_not
from tests.support.network import NEEDS_ICMP
from tests.support.proxy import Proxy
from tests.support.wait import wait_until

pytestmark = [
    NEEDS_ICMP,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "nothing missing"),
]


@pytest.fixture(scope="module")
def hosts() -> Iterator[tuple[Host, Host]]:
    """The host of the proxy and its senders, and that of the backends."""
    with two_hosts() as pair:
        yield pair


class Backend:
    """A receiving socket on a host."""

    def __init__(self, host: Host) -> None:
        self.socket = host.udp_socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.settimeout(0)
        self.flag = "{}:{}".format(*self.socket.getsockname())
        self.datagrams: list[bytes] = []

    def lines(self) -> list[bytes]:
        """Return the lines that have arrived so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.datagrams.append(self.socket.recv(65_536))
        return [line for d in self.datagrams for line in d.split(b"\n")]


@pytest.fixture
def backend(hosts: tuple[Host, Host]) -> Iterator[Backend]:
    """A StatsD server on the far host."""
    backend = Backend(hosts[1])
    yield backend
    backend.socket.close()


def proxy_on(host: Host, *flags: str, workers: int = 1) -> Proxy:
    """Return a proxy that runs on a host."""
    proxy = Proxy(*flags, listen=[f"udp://{host.address}:0"], workers=workers)
    proxy.command[:0] = host.command()
    return proxy


def test_a_narrow_path_gets_smaller_datagrams(
    hosts: tuple[Host, Host], backend: Backend
) -> None:
    """Behind a cable of MTU 600 all lines arrive, in datagrams of 572 bytes at most."""
    near, _ = hosts
    lines = [b"metric.%04d:%d|c" % (n, n) for n in range(400)]
    for host in hosts:
        host.run("ip", "link", "set", host.cable, "mtu", "600")
    try:
        with proxy_on(near, "--backend", backend.flag) as proxy, near.udp_socket() as s:
            for at in range(0, len(lines), 40):
                s.sendto(b"\n".join(lines[at : at + 40]), proxy.address)
            wait_until(lambda: len(backend.lines()) >= len(lines))
            ending = proxy.stop()
    finally:
        for host in hosts:
            host.run("ip", "link", "set", host.cable, "mtu", "1500")
    assert lines == backend.lines()
    assert max(map(len, backend.datagrams)) <= 600 - 28
    assert (len(lines), 0, "yes") == (
        ending.balance["forwarded_lines"],
        ending.balance["dropped_lines"],
        ending.balance["closes"],
    )


def test_a_long_line_crosses_a_narrow_path_in_fragments(
    hosts: tuple[Host, Host], backend: Backend
) -> None:
    """A single line of 20 000 bytes arrives whole over an MTU of 1500."""
    near, _ = hosts
    long = b"long:" + b"1" * 20_000 + b"|c"
    with proxy_on(near, "--backend", backend.flag) as proxy, near.udp_socket() as s:
        s.sendto(b"a:1|c\n" + long + b"\nb:1|c", proxy.address)
        wait_until(lambda: len(backend.lines()) == 3)
    assert [b"a:1|c", long, b"b:1|c"] == backend.datagrams


def test_a_full_device_makes_lines_wait(
    hosts: tuple[Host, Host], backend: Backend
) -> None:
    """Where the device drops what it cannot send (ENOBUFS), lines wait, then arrive.

    The proxy has one CPU: packets that several put on the cable may overtake each other
    there, in the kernel's backlog of each.
    """
    near, _ = hosts
    lines = [b"metric.%05d:%s|c" % (n, b"1" * 100) for n in range(2000)]
    shape = ["tc", "qdisc", "add", "dev", near.cable, "root", "tbf"]
    near.run(*shape, "rate", "8mbit", "burst", "4kb", "limit", "8kb")
    try:
        proxy = proxy_on(near, "--backend", backend.flag)
        proxy.command[:0] = ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
        with proxy, near.udp_socket() as s:
            for at in range(0, len(lines), 10):
                s.sendto(b"\n".join(lines[at : at + 10]), proxy.address)
            wait_until(lambda: len(backend.lines()) >= len(lines))
            ending = proxy.stop()
    finally:
        near.run("tc", "qdisc", "delete", "dev", near.cable, "root")
    assert lines == backend.lines()
    assert ending.balance["dropped_lines"] == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_queue_that_is_full_drops_the_oldest_and_says_so(
    hosts: tuple[Host, Host], backend: Backend, workers: int
) -> None:
    """Where the device stays full, what the queue cannot hold counts as queue_full.

    One flow goes to one worker, whose queue is its share; the rest waits to the end.
    """
    near, _ = hosts
    lines = [b"metric.%05d:%s|c" % (n, b"1" * 100) for n in range(8000)]
    shape = ["tc", "qdisc", "add", "dev", near.cable, "root", "tbf"]
    near.run(*shape, "rate", "8kbit", "burst", "4kb", "limit", "8kb")
    flags = ["--backend", backend.flag, "--queue-bytes", "128KiB"]
    try:
        proxy = proxy_on(near, *flags, workers=workers)
        with proxy, near.udp_socket() as s:
            for at in range(0, len(lines), 10):
                s.sendto(b"\n".join(lines[at : at + 10]), proxy.address)
            proxy.wait_for_event("backend_waits")
            ending = proxy.stop()
    finally:
        near.run("tc", "qdisc", "delete", "dev", near.cable, "root")
    assert ending.dropped[backend.flag, "queue_full"] > 0
    waited = ending.dropped[backend.flag, "shutdown"] * len(lines[0])
    assert (64 << 10) / workers < waited < (128 << 10) / workers
    assert (len(lines), "yes") == (
        ending.balance["received_lines"],
        ending.balance["closes"],
    )
    assert ending.seconds < 2


def test_a_route_that_vanishes_drops_as_unreachable(
    hosts: tuple[Host, Host], backend: Backend
) -> None:
    """Without a route the lines are dropped as unreachable; with it they flow again."""
    near, far = hosts
    route = f"{far.address}/32"
    flags = ["--backend", backend.flag, "--summary-s", "1"]
    with proxy_on(near, *flags) as proxy, near.udp_socket() as s:
        near.run("ip", "route", "add", "unreachable", route)
        try:
            s.sendto(b"lost:1|c", proxy.address)
            s.sendto(b"seen:1|c", proxy.address)
            proxy.wait_for_event("summary", received_lines=2)
        finally:
            near.run("ip", "route", "delete", "unreachable", route)
        s.sendto(b"kept:1|c", proxy.address)
        wait_until(lambda: backend.lines() == [b"kept:1|c"])
        ending = proxy.stop()
    assert {(backend.flag, "unreachable"): 2} == ending.dropped
    assert ending.balance["closes"] == "yes"


def test_a_host_that_is_not_there_costs_the_others_nothing(
    hosts: tuple[Host, Host], backend: Backend
) -> None:
    """Lines for an absent host are forwarded or counted; all those of others arrive."""
    near, _ = hosts
    lines = [b"metric.%04d:1|c" % n for n in range(200)]
    flags = ["--backend", f"here={backend.flag}", "--backend", "gone=192.0.2.77:8125"]
    ring = [(b"gone", 1.0), (b"here", 1.0)]
    here = [line for line in lines if pick(line.removesuffix(b":1|c"), ring) == 1]
    with proxy_on(near, *flags) as proxy, near.udp_socket() as s:
        rounds = 0
        while not proxy.list_events("backend_refuses", backend="gone"):
            for line in lines:
                s.sendto(line, proxy.address)
            rounds += 1
            wait_until(lambda: len(backend.lines()) >= rounds * len(here))  # noqa: B023 - called at once
        ending = proxy.stop()
    assert here * rounds == backend.lines()
    assert rounds * len(lines) == ending.balance["received_lines"]
    assert ending.backends["gone"]["refused_datagrams"] > 0
    assert ending.balance["closes"] == "yes"


def test_a_stop_is_orderly_though_the_address_is_gone(
    hosts: tuple[Host, Host], backend: Backend
) -> None:
    """Where the listener's address has left the host, a stop still has its balance."""
    near, _ = hosts
    floating = ["192.0.2.9/32", "dev", near.cable]
    near.run("ip", "address", "add", *floating)
    proxy = Proxy("--backend", backend.flag, listen=["udp://192.0.2.9:0"], workers=2)
    proxy.command[:0] = near.command()
    with proxy, near.udp_socket() as s:
        s.sendto(b"a:1|c", proxy.address)
        wait_until(lambda: backend.lines() == [b"a:1|c"])
        near.run("ip", "address", "delete", *floating)
        ending = proxy.stop()
    assert (0, 1, "yes") == (
        ending.status,
        ending.balance["forwarded_lines"],
        ending.balance["closes"],
    )


def test_a_neighbour_is_no_loop_where_any_address_can_be_bound(
    hosts: tuple[Host, Host], backend: Backend
) -> None:
    """With net.ipv4.ip_nonlocal_bind a backend on the listener's port is no loop."""
    near, _ = hosts
    port = backend.socket.getsockname()[1]
    near.run("sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1")
    proxy = Proxy("--backend", backend.flag, listen=[f"udp://0.0.0.0:{port}"])
    proxy.command[:0] = near.command()
    with proxy, near.udp_socket() as s:
        s.sendto(b"a:1|c", (near.address, port))
        wait_until(lambda: backend.lines() == [b"a:1|c"])
