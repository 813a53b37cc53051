"""Series without room: who gives way, who does not, and what is made of the others."""

from collections.abc import Sequence

import pytest

from statshard.plane._collected import ScriptedCollector
from statshard.plane.aggregation import Interval, Store

KEY = bytes(range(16))
MIB = 1 << 20
SERIES_BYTES = 240


def filled(interval: Interval, lines: Sequence[bytes]) -> ScriptedCollector:
    """Return the collector that has taken these lines, one after another."""
    collector = ScriptedCollector(interval, KEY)
    for line in lines:
        collector.take(line)
    return collector


def counters(names: str, numbers: range, value: int = 1) -> list[bytes]:
    """Return a line of a counter for each number."""
    return [b"%b%d:%d|c" % (names.encode(), n, value) for n in numbers]


def fold(
    store: Store, *lines: Sequence[bytes], series_max: int, idle: int | None = None
) -> None:
    """Fold what came to workers, whose tables recognise what the store knew before it
    forgot idle ones.
    """
    known = store.known()
    intervals = [Interval(4 * MIB, series_max=series_max) for _ in lines]
    if idle is not None:
        store.expire("counter", idle)
    for interval, each in zip(intervals, lines, strict=True):
        interval.recognise(known)
        filled(interval, each)
    store.fold(intervals)


def overflowed(store: Store) -> dict[str, int]:
    """Return type -> samples."""
    return {kind: samples for kind, (samples, _) in store.overflowed().items()}


def test_a_full_table_begins_what_is_known() -> None:
    """Where no new series begins any more, known ones do, also those that the table
    learns of when it is in use.
    """
    store = Store(KEY, series_max=100)
    fold(store, counters("k", range(50)), series_max=100)
    interval = Interval(4 * MIB, series_max=100)
    collector = filled(interval, counters("x", range(200)))
    collector.take(b"k1:5|c")
    assert 100 == len(interval)
    interval.recognise(store.known())
    for line in counters("k", range(50), 7):
        collector.take(line)
    assert 149 == len(interval) - 1
    store.fold([interval])
    told = store.counters()
    assert dict.fromkeys((f"k{n}" for n in range(50)), 7.0) == {
        key: n for key, n in told.items() if key.startswith("k")
    }
    assert 200 - 50 + 5 == told["_overflow"]
    assert {"counter": 151} == overflowed(store)
    assert ({"counter": 100, "gauge": 0, "timer": 0, "set": 0}) == store.sizes()[0]


def test_the_last_quarter_of_the_memory_is_for_what_is_known() -> None:
    """New names fill three quarters of a table; then known ones still begin."""
    store = Store(KEY)
    known = [b"known.%d:1|ms" % n for n in range(2000)]
    store.fold([interval_of(known)])
    interval = Interval(4 * MIB)
    interval.recognise(store.known())
    collector = filled(interval, [b"%0200d:1|c" % n for n in range(30_000)])
    for line in known:
        collector.take(line)
    *_, dropped, _ = collector.counts()
    store.fold([interval])
    assert {} == dropped
    assert {2000} == {sum(map(len, map(store.values, store.keys("timer"))))}
    assert 30_000 == sum(store.counters().values())


def interval_of(lines: Sequence[bytes]) -> Interval:
    """Return an interval with these lines, without bounds."""
    interval = Interval(64 * MIB)
    filled(interval, lines)
    return interval


@pytest.mark.parametrize("way", ["forget", "expire"])
def test_what_is_deleted_makes_room(way: str) -> None:
    """After a series is forgotten or has expired another may become known."""
    store = Store(KEY, series_max=1)
    fold(store, [b"a:1|c"], series_max=1)
    fold(store, [b"b:1|c"], series_max=1)
    assert {"a": 0.0, "_overflow": 1.0} == store.counters()
    if way == "forget":
        store.forget("counter", ["a"])
    else:
        store.expire("counter", 1)
    fold(store, [b"b:1|c"], series_max=1)
    assert {"_overflow": 0.0, "b": 1.0} == store.counters()


def test_what_was_told_does_not_give_way_to_what_is_new() -> None:
    """Where idle series are deleted before each fold, those that come again have room
    first, whichever worker has them, and each sample is told once.
    """
    store = Store(KEY, series_max=100)
    known = counters("k", range(80), 3)
    fold(store, known, known, series_max=100)
    for _ in range(3):
        fold(
            store,
            [*counters("x", range(100)), *known],
            [*counters("y", range(50)), *known[:40], b"_overflow:1000|c"],
            series_max=100,
            idle=0,
        )
        told = store.counters()
        assert [6.0] * 40 + [3.0] * 40 == [told[f"k{n}"] for n in range(80)]
        assert 80 + 20 + 1 == len(told)
        assert 150 + 3 * 120 + 1000 == sum(told.values())
        assert {"counter": 130} == overflowed(store)


def test_bytes_are_bounded_too() -> None:
    """Series take a fixed size and twice their names; a shorter one may still fit."""
    store = Store(KEY, bytes_max=2 * SERIES_BYTES + 2 * 12)
    lines = [b"a:1|c", b"long.name.1:1|g", b"long.name.2:1|c", b"b:2|ms", b"c:1|c"]
    fold(store, lines, series_max=100)
    assert {"a": 1.0, "_overflow": 2.0} == store.counters()
    assert {"long.name.1": 1.0} == store.gauges()
    assert ["_overflow"] == store.keys("timer")
    assert 2 * SERIES_BYTES + 2 * 12 == store.sizes()[1]


def test_a_gauge_that_overflows_is_what_was_given_last() -> None:
    """Of those that overflow at the fold and in the tables, by the time of the last."""
    store = Store(KEY, series_max=1)
    interval = Interval(MIB, series_max=2)
    collector = ScriptedCollector(interval, KEY)
    lines = [b"a:1|g", b"b:5|g", b"c:7|g", b"c:+3|g", b"b:+2|g"]
    for at_ns, line in enumerate(lines, 1):
        collector.take(line, at_ns)
    store.fold([interval])
    assert {"a": 1.0, "_overflow": 7.0} == store.gauges()
    assert {"gauge": 4} == overflowed(store)


def test_whose_names_overflow() -> None:
    """Of samples that overflow at the fold and in the tables the prefixes are known."""
    store = Store(KEY, series_max=10)
    fold(
        store,
        [*counters("k", range(10)), *counters("api.u", range(50), 2)],
        counters("api.u", range(30)),
        series_max=10,
    )
    samples, (stems, first, second, third) = store.overflowed()["counter"]
    assert 80 == samples
    assert ([(b"api.u", 80, 0)], [(b"api.", 80, 0)]) == (stems, first)
    assert ([], []) == (second, third)


def test_a_gauge_that_is_put_keeps_to_the_bounds() -> None:
    """Of gauges that are put one by one, what has no room is the overflow's."""
    store = Store(KEY, series_max=2)
    for n in range(4):
        store.put_gauge(f"g{n}", float(n))
    store.put_gauge("g0", 7.0)
    assert {"g0": 7.0, "g1": 1.0, "_overflow": 3.0} == store.gauges()
    assert 2 == store.sizes()[0]["gauge"]
