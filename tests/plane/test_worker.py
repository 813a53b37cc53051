"""A worker on real sockets, in this process: its counters, its tables, its stop."""

import contextlib
import itertools
import os
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from statshard.plane.counters import LINK_FIELDS, LISTENER_FIELDS
from statshard.plane.plane import COUNTERS, REASONS, Table, Worker
from tests.model.slots import pick
from tests.support.tables import build_table
from tests.support.tree import ROOT
from tests.support.wait import wait_until

BACKENDS = [(b"a", 1.0), (b"b", 1.0)]


class Bench:
    """A worker between a sending socket and two receiving ones."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.listener, self.sender, *self.receivers = (
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            for _ in range(4)
        )
        for s in (self.listener, *self.receivers):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            s.bind(("127.0.0.1", 0))
            s.settimeout(0)
        self.sender.connect(self.listener.getsockname())
        self.links = []
        for receiver in self.receivers:
            link = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            link.connect(receiver.getsockname())
            link.settimeout(0)
            self.links.append(link)
        self.wake = os.eventfd(0, os.EFD_NONBLOCK)
        stack.callback(os.close, self.wake)
        self.worker = Worker(
            build_table("rendezvous", "name", BACKENDS, 1),
            [self.listener.fileno()],
            [(link.fileno(), False) for link in self.links],
            self.wake,
            max_payload=1432,
            max_delay_ns=1_000_000,
            receive_buffer_bytes=4 << 20,
            queue_bytes=1 << 20,
            queue_age_ns=10**10,
        )
        self.thread = threading.Thread(target=self.worker.run)

    def publish(self, table: Table) -> None:
        """Give the worker a new table and wake it."""
        self.worker.publish(table)
        os.eventfd_write(self.wake, 1)

    def stop(self) -> None:
        """Drain and end the worker."""
        self.listener.connect(self.listener.getsockname())
        self.worker.stop(time.monotonic_ns() + 5 * 10**9)
        os.eventfd_write(self.wake, 1)
        self.thread.join()

    def received(self) -> list[list[bytes]]:
        """Return the lines that each receiver holds."""
        arrived = []
        for receiver in self.receivers:
            lines: list[bytes] = []
            with contextlib.suppress(BlockingIOError):
                while True:
                    lines += receiver.recv(65_536).split(b"\n")
            arrived.append(lines)
        return arrived

    def received_lines(self) -> int:
        """Return how many lines the worker has counted."""
        _, listeners, _ = self.worker.counters()
        return listeners[0]["received_lines"]


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A running worker; stopped afterwards, if the test has not done it."""
    with contextlib.ExitStack() as stack:
        bench = Bench(stack)
        bench.thread.start()
        yield bench
        if bench.thread.is_alive():
            bench.stop()


def send_paced(bench: Bench, datagrams: list[bytes]) -> None:
    """Send, never more than two thousand datagrams ahead of the worker."""
    for number, datagram in enumerate(datagrams):
        bench.sender.send(datagram)
        if number % 1000 == 0:
            wait_until(lambda: bench.received_lines() >= number - 2000)  # noqa: B023 - called at once


def test_every_read_of_the_counters_closes(bench: Bench) -> None:
    """While a worker forwards, each read shows a state in which the balance closes."""
    datagrams = [b"m%d:1|c" % n if n % 7 else b":bad" for n in range(20_000)]
    sender = threading.Thread(target=send_paced, args=(bench, datagrams))
    sender.start()
    seen = set()

    def closes_to_the_end() -> bool:
        dropped, listeners, links = bench.worker.counters()
        received = listeners[0]["received_lines"]
        out = sum(c["forwarded_lines"] + c["waiting_lines"] for c, _ in links)
        lost = sum(dropped.values()) + sum(sum(d.values()) for _, d in links)
        assert received == out + lost
        seen.add(received)
        return received == len(datagrams)

    wait_until(closes_to_the_end)
    sender.join()
    assert len(seen) > 2


def test_a_worker_that_is_woken_comes_round(bench: Bench) -> None:
    """Without any traffic its beats move each time that it is woken."""
    for _ in range(3):
        before = bench.worker.beats()
        os.eventfd_write(bench.wake, 1)
        wait_until(lambda: bench.worker.beats() != before)  # noqa: B023 - called at once


def test_every_count_stands_under_its_own_name(bench: Bench) -> None:
    """Three lines of one datagram are counted exactly, in each field of each table."""
    bench.sender.send(b"m:1|c\nm:22|c\nm:333|c")
    wait_until(lambda: any(c["forwarded_lines"] for c, _ in bench.worker.counters()[2]))
    dropped, listeners, links = bench.worker.counters()
    assert {reason.name: 0 for reason in REASONS} == dropped
    assert [
        {
            "received_datagrams": 1,
            "received_lines": 3,
            "receive_errors": 0,
            "truncated_datagrams": 0,
        }
    ] == listeners
    nothing = {
        "forwarded_lines": 0,
        "forwarded_datagrams": 0,
        "forwarded_bytes": 0,
        "refused_datagrams": 0,
        "waiting_lines": 0,
        "queued_lines": 0,
    }
    expected = [nothing, nothing]
    expected[pick(b"m", BACKENDS)] = nothing | {
        "forwarded_lines": 3,
        "forwarded_datagrams": 1,
        "forwarded_bytes": 20,
    }
    assert [(counts, dropped) for counts in expected] == links


def test_a_stop_without_traffic_ends_the_worker(bench: Bench) -> None:
    """An idle worker sleeps until it is woken, and then ends."""
    bench.stop()
    assert not bench.thread.is_alive()


def test_a_stop_forwards_all_that_was_sent_before(bench: Bench) -> None:
    """What was in the socket when the stop came is forwarded."""
    lines = [b"m%d:1|c" % n for n in range(3000)]
    for line in lines:
        bench.sender.send(line)
    bench.stop()
    assert sorted(lines) == sorted(itertools.chain.from_iterable(bench.received()))


def test_a_new_table_is_taken_without_traffic(bench: Bench) -> None:
    """A published table is used once the worker is woken, and the old one let go."""
    bench.publish(build_table("rendezvous", "name", BACKENDS, 2))
    wait_until(lambda: bench.worker.generation() == 2)


def test_tables_change_under_traffic_without_loss(bench: Bench) -> None:
    """While tables come and go, each line arrives once, a receiver's in order."""
    lines = [b"m%d:%d|c" % (n % 50, n) for n in range(20_000)]
    sender = threading.Thread(target=send_paced, args=(bench, lines))
    sender.start()
    generation = 1
    while sender.is_alive():
        generation += 1
        swapped = BACKENDS if generation % 2 else [(b"b", 1.0), (b"a", 1.0)]
        bench.publish(build_table("rendezvous", "name", swapped, generation))
        wait_until(lambda: bench.worker.generation() == generation)  # noqa: B023 - called at once
    sender.join()
    bench.stop()
    arrived = bench.received()
    assert sorted(lines) == sorted(arrived[0] + arrived[1])
    for mine in arrived:
        of_a_name: dict[bytes, list[int]] = {}
        for line in mine:
            name, value = line.removesuffix(b"|c").split(b":")
            of_a_name.setdefault(name, []).append(int(value))
        assert all(sorted(values) == values for values in of_a_name.values())
    assert generation > 3


@pytest.mark.parametrize(
    ("hash_name", "shard_by", "backends"),
    [
        ("nothing", "name", BACKENDS),
        ("rendezvous", "nothing", BACKENDS),
        ("rendezvous", "name", []),
    ],
)
def test_a_table_of_nothing_is_refused(
    hash_name: str, shard_by: str, backends: list[tuple[bytes, float]]
) -> None:
    """An unknown hash or key, and a table without backends, raise ValueError."""
    with pytest.raises(ValueError, match=r".+"):
        build_table(hash_name, shard_by, backends, 1)


@pytest.mark.parametrize("links", [0, 1, 3])
def test_a_worker_needs_one_link_for_each_backend(links: int) -> None:
    """With more or fewer links than the table has backends, ValueError is raised."""
    with pytest.raises(ValueError, match=f"{links} links for 2 backends"):
        Worker(
            build_table("rendezvous", "name", BACKENDS, 1),
            [],
            [(-1, False)] * links,
            -1,
            max_payload=1432,
            max_delay_ns=1_000_000,
            receive_buffer_bytes=4 << 20,
            queue_bytes=1 << 20,
            queue_age_ns=10**10,
        )


@pytest.mark.parametrize("generation", [0, 4, 5])
def test_a_table_of_an_old_generation_is_refused(bench: Bench, generation: int) -> None:
    """To publish a generation that is not above the last one raises ValueError."""
    bench.publish(build_table("rendezvous", "name", BACKENDS, 5))
    with pytest.raises(ValueError, match=f"generation {generation} is not the newest"):
        bench.worker.publish(build_table("rendezvous", "name", BACKENDS, generation))
    wait_until(lambda: bench.worker.generation() == 5)


@pytest.mark.parametrize("backends", [1, 3])
def test_a_table_of_another_size_is_refused(bench: Bench, backends: int) -> None:
    """To publish a table with more or fewer backends than links raises ValueError."""
    members = [(b"%d" % number, 1.0) for number in range(backends)]
    with pytest.raises(ValueError, match=f"2 links, {backends} backends"):
        bench.worker.publish(build_table("rendezvous", "name", members, 2))
    bench.publish(build_table("rendezvous", "name", BACKENDS, 2))
    wait_until(lambda: bench.worker.generation() == 2)


def test_the_table_of_counters_is_complete() -> None:
    """Every counter and reason has a name of its own and a help text."""
    names = [counter.name for counter in COUNTERS]
    reasons = [reason.name for reason in REASONS]
    assert sorted(set(names)) == sorted(names)
    assert sorted(set(reasons)) == sorted(reasons)
    assert all(reason.help for reason in REASONS)
    assert all(each.help and each.unit and each.labels for each in COUNTERS)


@pytest.mark.parametrize(
    ("struct", "fields"),
    [("ListenerCounters", LISTENER_FIELDS), ("LinkCounters", LINK_FIELDS)],
)
def test_the_names_of_the_words_are_in_their_order(
    struct: str, fields: tuple[str, ...]
) -> None:
    """The names by which counts are shown are those of the C struct, in its order."""
    declarations = (ROOT / "src/statshard/plane/counters.pxd").read_text("utf-8")
    _, _, body = declarations.partition(f"cdef struct {struct}:")
    words = re.findall(r"(?m)^    uint64_t (\w+) *(?:#.*)?$", body.split("\ncdef")[0])
    assert tuple(words) == fields
