"""A collector's loop in a time of its own: what it reads, its swaps, its end."""

import errno

from hypothesis import given
from hypothesis import strategies as st

from statshard.plane._collected import ScriptedCollector
from statshard.plane.plane import Interval, Store

KEY = bytes(range(16))
MIB = 1 << 20
MS = 1_000_000
SECOND = 1_000_000_000


def counters_of(*intervals: Interval) -> dict[str, float]:
    """Return what these came to."""
    store = Store(KEY)
    store.fold(list(intervals))
    return store.counters()


def test_datagrams_on_the_socket_are_collected_until_the_stop() -> None:
    """All that comes before the stop, and just behind it, is in the table."""
    interval = Interval(MIB)
    collector = ScriptedCollector(interval, KEY)
    collector.give([b"a:1|c\nb:2|c", b"", b"a:5|c\n"])
    collector.give([b"late:1|c"], SECOND + 3 * MS)
    collector.run(SECOND, 10 * SECOND)
    assert {"a": 6.0, "b": 2.0, "late": 1.0} == counters_of(interval)
    assert collector.counts()[::3] == (4, 4)


def test_a_collector_that_nothing_reaches_sleeps() -> None:
    """It wakes for nothing in an hour without traffic."""
    collector = ScriptedCollector(Interval(MIB), KEY)
    collector.run(3600 * SECOND, 3601 * SECOND)
    (_, ended_ns, listens), *_ = collector.sleeps()
    assert ended_ns == 3600 * SECOND
    assert listens


def test_a_swap_comes_between_two_batches() -> None:
    """What was read before goes to the old table, what is read after to the new one."""
    first, second = Interval(MIB), Interval(MIB)
    collector = ScriptedCollector(first, KEY)
    collector.give([b"a:1|c"] * 600)
    assert not collector.read()
    collector.publish(second)
    assert collector.generation() == 0
    collector.adopt()
    assert collector.generation() == 1
    assert collector.read()
    assert {"a": 512.0} == counters_of(first)
    assert {"a": 88.0} == counters_of(second)


def test_the_end_takes_the_newest_interval() -> None:
    """An interval that came behind the last batch is in use when the loop has ended."""
    first, second = Interval(MIB), Interval(MIB)
    collector = ScriptedCollector(first, KEY)
    collector.give([b"a:1|c"])
    collector.read()
    collector.publish(second)
    collector.end()
    assert collector.generation() == 1
    assert {"a": 1.0} == counters_of(first, second)


def test_the_cut_tail_of_a_datagram_is_one_sample() -> None:
    """Of a datagram longer than the slot the whole lines count, the rest is dropped."""
    interval = Interval(MIB)
    collector = ScriptedCollector(interval, KEY, datagram_max=10)
    collector.give([b"a:1|c\nb:2|c\nc:3|c"])
    collector.read()
    received, _, dropped, lines = collector.counts()
    assert (received, dropped, lines) == (2, {"truncated": 1}, 2)
    assert {"a": 1.0} == counters_of(interval)


def test_a_read_that_fails_harms_nothing() -> None:
    """Errors of the socket are waited out, and what comes behind them is collected."""
    interval = Interval(MIB)
    collector = ScriptedCollector(interval, KEY)
    collector.give([b"a:1|c"])
    collector.answer_receives([-errno.ENOMEM, -errno.EINTR, -errno.ENOBUFS])
    collector.run(SECOND, 2 * SECOND)
    assert {"a": 1.0} == counters_of(interval)


def test_names_put_together_do_not_meet() -> None:
    """Names that lie in the room, many in one batch, are each taken as they are."""
    interval = Interval(MIB)
    collector = ScriptedCollector(interval, KEY)
    lines = [b"a b:%d|c|#k:%d" % (n, n) for n in range(100)]
    collector.give([b"\n".join(lines)])
    collector.read()
    expected = {f"a_b;k={n}": float(n) for n in range(100)}
    assert expected == counters_of(interval)


def test_large_datagrams_are_taken_before_their_pages_go() -> None:
    """Lines far behind in a datagram are read before its pages are given back."""
    interval = Interval(MIB)
    collector = ScriptedCollector(interval, KEY)
    lines = [b"some.name.%d:1|c" % n for n in range(3000)]
    collector.give([b"\n".join(lines)] * 2)
    collector.read()
    assert {f"some.name.{n}": 2.0 for n in range(3000)} == counters_of(interval)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=20), st.integers(0, 99).map(lambda n: b"m%d:1|c" % n)
        ),
        max_size=60,
    ),
    st.lists(st.integers(0, 5), max_size=20),
)
def test_at_each_step_the_balance_closes(
    datagrams: list[bytes], answers: list[int]
) -> None:
    """Whatever is read, in whatever batches: received = aggregated + dropped."""
    collector = ScriptedCollector(Interval(MIB), KEY)
    collector.give(datagrams)
    collector.answer_receives(answers)
    for _ in range(len(answers) + 1):
        collector.read()
        received, aggregated, dropped, _ = collector.counts()
        assert received == sum(aggregated.values()) + sum(dropped.values())
