"""A collector on real sockets, in this process: counters, swaps, its stop."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from statshard.plane.counters import LISTENER_FIELDS
from statshard.plane.plane import (
    AGGREGATED,
    SAMPLE_COUNTERS,
    SAMPLE_REASONS,
    Collector,
    Interval,
    Store,
)
from tests.support.wait import wait_until

KEY = bytes(range(16))
MIB = 1 << 20


class Bench:
    """A collector, and a socket that sends to it."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.listener, self.sender = (
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            for _ in range(2)
        )
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.settimeout(0)
        self.sender.connect(self.listener.getsockname())
        self.wake = os.eventfd(0, os.EFD_NONBLOCK)
        stack.callback(os.close, self.wake)
        self.interval, self.spare = Interval(64 * MIB), Interval(64 * MIB)
        self.collector = Collector(
            self.interval,
            [self.listener.fileno()],
            self.wake,
            compat="strict",
            sanitizes=True,
            keeps_raw=True,
            hash_key=KEY,
            max_delay_ns=1_000_000,
            receive_buffer_bytes=4 << 20,
        )
        self.store = Store(KEY)
        self.thread = threading.Thread(target=self.collector.run)

    def flush(self) -> None:
        """Swap, and fold what the worker had."""
        before = self.collector.swap(self.spare)
        os.eventfd_write(self.wake, 1)
        wait_until(self.collector.has_swapped)
        self.store.fold([before])
        self.spare = before

    def stop(self) -> None:
        """Drain and end the worker."""
        self.listener.connect(self.listener.getsockname())
        self.collector.stop(time.monotonic_ns() + 5 * 10**9)
        os.eventfd_write(self.wake, 1)
        self.thread.join()

    def received(self) -> int:
        """Return the samples that came, of a state that must balance."""
        received, aggregated, dropped, _ = self.collector.counters()
        assert received == sum(aggregated.values()) + sum(dropped.values())
        return received


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A running collector; stopped afterwards, if the test has not done it."""
    with contextlib.ExitStack() as stack:
        bench = Bench(stack)
        bench.thread.start()
        yield bench
        if bench.thread.is_alive():
            bench.stop()


def test_no_sample_is_lost_or_told_twice_by_swaps(bench: Bench) -> None:
    """While datagrams come, any number of flushes add up to all that was sent."""
    count = 20_000
    is_sent = threading.Event()

    def send() -> None:
        for number in range(count):
            bench.sender.send(b"m%d:1|c\nt:%d|ms\nbad" % (number % 50, number))
            if number % 500 == 0:
                wait_until(lambda: bench.received() >= 3 * (number - 2000))  # noqa: B023 - called at once
        is_sent.set()

    sender = threading.Thread(target=send)
    sender.start()
    sums = 0.0
    values: list[float] = []
    flushes = 0
    while not is_sent.is_set() or bench.received() < 3 * count:
        bench.flush()
        sums += sum(bench.store.counters().values())
        values += bench.store.values("t") if bench.store.timers((), 1.0) else []
        flushes += 1
    sender.join()
    bench.flush()
    sums += sum(bench.store.counters().values())
    values += bench.store.values("t")
    assert flushes > 2
    assert sums == count
    assert sorted(values) == [float(number) for number in range(count)]


def test_every_count_stands_under_its_own_name(bench: Bench) -> None:
    """One line of each kind and fault is counted exactly, in each table."""
    bench.sender.send(
        b"a:1|c\na:1:2:3|g\nb:1:2|ms\nc:x|s\n_e{1,1}:a|b\n_sc|up|0\n"
        b"none\n:1|c\n_e{\n_sc|\nd:\nd:x|c\nd:1|q\nd:1|c|@0\n;:1|c"
    )
    wait_until(lambda: bench.received() >= 18)
    received, aggregated, dropped, listeners = bench.collector.counters()
    assert {
        "counter": 1,
        "gauge": 3,
        "timer": 2,
        "set": 1,
        "event": 1,
        "check": 1,
    } == aggregated
    assert {
        "no_colon": 1,
        "empty_name": 2,
        "bad_event": 1,
        "bad_check": 1,
        "truncated": 0,
        "no_value": 1,
        "bad_value": 1,
        "bad_type": 1,
        "bad_rate": 1,
        "no_memory": 0,
        "too_many_events": 0,
    } == dropped
    assert received == 18
    assert [dict(zip(LISTENER_FIELDS, (1, 15, 0, 0), strict=True))] == listeners


def test_the_tables_name_all_that_is_counted() -> None:
    """Types, reasons and counters of the face are those that `counters` returns."""
    assert ("counter", "gauge", "timer", "set", "event", "check") == AGGREGATED
    assert len({reason.name for reason in SAMPLE_REASONS}) == len(SAMPLE_REASONS) - 1
    assert all(counter.unit == "samples" for counter in SAMPLE_COUNTERS)


def test_a_swap_before_the_last_is_done_is_refused() -> None:
    """An interval that is in use, or not empty, is refused; so is one swap too many."""
    with contextlib.ExitStack() as stack:
        bench = Bench(stack)
        with pytest.raises(ValueError, match="an interval in use"):
            bench.collector.swap(bench.interval)
        assert bench.collector.swap(bench.spare) is bench.interval
        assert not bench.collector.has_swapped()
        with pytest.raises(ValueError, match="still the worker's"):
            bench.collector.swap(Interval(MIB))


def test_the_last_interval_is_whole_after_the_stop(bench: Bench) -> None:
    """What came before the stop is in the interval that was given last."""
    for number in range(100):
        bench.sender.send(b"m%d:1|c" % number)
    bench.stop()
    bench.store.fold([bench.interval])
    assert {f"m{number}": 1.0 for number in range(100)} == bench.store.counters()


def test_a_wrong_setting_is_refused() -> None:
    """An unknown `compat` or a short hash key names what is valid."""
    for compat, key, message in [
        ("loose", KEY, "'loose'; one of strict, etsy"),
        ("strict", b"1234", "a hash key of 4 bytes: it has 16"),
    ]:
        with pytest.raises(ValueError, match=message):
            Collector(
                Interval(MIB),
                [],
                0,
                compat=compat,
                sanitizes=True,
                keeps_raw=False,
                hash_key=key,
                max_delay_ns=1,
                receive_buffer_bytes=1,
            )
