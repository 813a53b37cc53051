"""Tables of series at their limits: memory, hostile names, many series."""

import math
from collections.abc import Sequence

import pytest

from statshard.plane import _sampling
from statshard.plane._collected import ScriptedCollector, put, slots_of, steps_of
from statshard.plane.aggregation import Interval, Store

KEY = bytes(range(16))
OTHER_KEY = bytes(range(1, 17))
MIB = 1 << 20
INF = float("inf")


def filled(lines: list[bytes], key: bytes = KEY, limit: int = 64 * MIB) -> Interval:
    """Return an interval with these lines."""
    interval = Interval(limit)
    collector = ScriptedCollector(interval, key)
    for line in lines:
        collector.take(line)
    return interval


def folded(lines: list[bytes]) -> Store:
    """Return a store with these lines, one worker's."""
    store = Store(KEY)
    store.fold([filled(lines)])
    return store


def figures_of(row: Sequence[float] | None) -> tuple[float, ...]:
    """Return the figures of a timer that has values."""
    assert row is not None
    return tuple(row)


def row_of(values: list[float], percentiles: tuple[float, ...]) -> tuple[float, ...]:
    """Return the row of a timer with these values, an interval of 10 s."""
    store = folded([b"t:%s|ms" % repr(value).encode() for value in values])
    return figures_of(store.timers(percentiles, 10.0)["t"])


def test_the_worked_figures_of_ten() -> None:
    """1 to 10 come to what etsy's server shows, in the order that `timers` promises."""
    row = row_of([float(n) for n in range(1, 11)], (90.0, -10.0, 5.0))
    assert row[:5] == (9, 5.0, 9.0, 45.0, 285.0)
    assert row[5:10] == (1, 10.0, 10.0, 10.0, 100.0)
    assert row[10:15] == (1, 1.0, 1.0, 1.0, 1.0)
    assert row[15:] == (2.8722813232690143, 10, 1, 10, 1, 55, 385, 5.5, 5.5)


def test_the_worked_figures_of_eight() -> None:
    """Unsorted times, a percentile that takes no value, and the 90th."""
    values = [450, 120, 553, 994, 334, 844, 675, 496]
    row = row_of([float(value) for value in values], (5.0, 90.0))
    assert row[:5] == (0, 0, 0, 0, 0)
    assert row[5:10] == (7, 496, 844, 3472, 2048242)
    assert row[10:] == (
        *(260.56033370411546, 994, 120, 8, 0.8, 4466, 3036278, 558.25, 524.5),
    )


def test_a_rate_scales_the_count_alone() -> None:
    """`@0.5` makes a time count twice, and nothing else."""
    store = folded([b"x:100|ms|@0.5", b"x:200|ms"])
    row = figures_of(store.timers((90.0,), 10.0)["x"])
    assert row[:5] == (2, 150, 200, 300, 50000)
    assert row[5:] == (50, 200, 100, 3, 0.3, 300, 50000, 150, 150)


def test_all_of_a_negative_percentile_is_a_number() -> None:
    """Where etsy says NaN, -90 of two values takes both."""
    assert row_of([10.0, 20.0], (-90.0,))[:5] == (2, 15, 10, 30, 500)


def test_the_worked_histogram() -> None:
    """Limits are excluded, infinity takes the rest, the first rule that fits wins."""
    store = folded([b"render:%s|ms" % n for n in (b".005", b".05", b".5", b"5", b"50")])
    rules = (("x", (1.0,)), ("end", (0.01, 0.1, 1.0, 10.0, INF)), ("", (7.0,)))
    row = figures_of(store.timers((), 10.0, rules)["render"])
    assert row[9:] == (1, 1, 1, 1, 1)
    assert row[5] == 55.555


def test_too_many_limits_are_refused() -> None:
    """A histogram has at most 64 bins."""
    store = folded([])
    with pytest.raises(ValueError, match="65 limits of bins: at most 64"):
        store.timers((), 10.0, (("", range(65)),))


def test_counters_and_gauges_of_the_reference() -> None:
    """Sums, deltas and distinct members as etsy's server shows them."""
    store = folded(
        [
            *(b"gorets:1|c", b"gorets:1|c|@0.1", b"frac:0.1|c", b"frac:0.2|c"),
            *(b"seven:7|c|@0.9", b"gaugor:333|g", b"gaugor:-10|g", b"gaugor:+4|g"),
            *(b"gneg:-5|g", b"uniques:765|s", b"uniques:765|s", b"uniques:42|s"),
            b"uniques:a b|s",
        ]
    )
    assert {
        "gorets": 11.0,
        "frac": 0.30000000000000004,
        "seven": 7.777777777777779,
    } == store.counters()
    assert {"gaugor": 327.0, "gneg": -5.0} == store.gauges()
    assert {"uniques": 3} == store.sets()
    assert [b"765", b"42", b"a b"] == store.members("uniques")


@pytest.mark.parametrize("deltas", [0, 1, 6, 7, 100])
def test_a_set_makes_the_deltas_before_it_void(deltas: int) -> None:
    """However many deltas came before a gauge is set, only those behind it count."""
    change = [b"g:+1|g"] * deltas
    store = folded([*change, b"g:5|g", *change, b"g:9|g", *change])
    assert {"g": 9.0 + deltas} == store.gauges()


def test_equal_values_keep_their_order() -> None:
    """0 and -0, of any number, stay in the order in which they came."""
    signs = [n % 3 == 0 for n in range(100)]
    store = folded([b"t:-0|ms" if sign else b"t:0|ms" for sign in signs])
    assert signs == [math.copysign(1, x) < 0 for x in store.values("t")]


def test_an_interval_without_samples() -> None:
    """Counters fall to 0, timers and sets to nothing; gauges stay."""
    store = folded([b"a:1|c", b"b:1|g", b"c:1|ms", b"d:1|s"])
    store.fold([Interval(MIB)])
    assert {"a": 0.0} == store.counters()
    assert {"b": 1.0} == store.gauges()
    assert {"c": None} == store.timers((90.0,), 10.0)
    assert {"d": 0} == store.sets()
    assert not store.members("d")
    assert not store.values("c")


def test_what_is_unknown_is_told() -> None:
    """A key, a type or a hash key that cannot be meant names itself."""
    store = Store(KEY)
    with pytest.raises(KeyError, match="nothing"):
        store.values("nothing")
    with pytest.raises(ValueError, match="'rate': one of counter, gauge, timer, set"):
        store.forget("rate", [])
    with pytest.raises(ValueError, match="a hash key of 3 bytes: it has 16"):
        Store(b"abc")
    with pytest.raises(ValueError, match="129 intervals: at most 128"):
        store.fold([Interval(MIB)] * 129)


def test_a_gauge_of_an_earlier_run() -> None:
    """A gauge that is put stands there, as old as is told, and deltas are added."""
    store = Store(KEY)
    store.put_gauge("g\udcff", 40.0, 2)
    store.fold([filled([b"h:1|g"])])
    assert {"g\udcff": 3, "h": 0} == store.idle("gauge")
    interval = Interval(MIB)
    collector = ScriptedCollector(interval, KEY, sanitizes=False)
    collector.take(b"g\xff:+2|g")
    store.fold([interval])
    assert {"g\udcff": 42.0, "h": 1.0} == store.gauges()
    assert {"g\udcff": 0, "h": 1} == store.idle("gauge")


def test_a_counter_of_an_earlier_run() -> None:
    """What is added to a counter, known or not, is in one fold, as samples are."""
    store = folded([b"a:1|c"])
    store.fold([Interval(MIB)])
    store.add_counter("a", 2.5)
    store.add_counter("\udcffb", 3.0)
    assert {"a": 2.5, "\udcffb": 3.0} == store.counters()
    assert {"a": 0, "\udcffb": 0} == store.idle("counter")
    store.fold([Interval(MIB)])
    assert {"a": 0.0, "\udcffb": 0.0} == store.counters()


def test_types_do_not_meet() -> None:
    """One key is four series, a counter, a gauge, a timer and a set."""
    store = folded([b"k:1|c", b"k:2|g", b"k:3|ms", b"k:4|s", b"k:5|c"])
    assert {"k": 6.0} == store.counters()
    assert {"k": 2.0} == store.gauges()
    assert [3.0] == list(store.values("k"))
    assert [b"4"] == store.members("k")


def test_without_memory_samples_are_dropped_and_counted() -> None:
    """What finds no memory is no_memory, what has its place already still counts."""
    interval = Interval(2 * MIB)
    collector = ScriptedCollector(interval, KEY)
    collector.take(b"t:1|ms\nu:1|s\ng:+1|g")
    for n in range(40_000):
        collector.take(b"some.name.of.many.%d:1|c\nfirst:1|c" % n)
    for n in range(200_000):
        collector.take(b"t:%d|ms\nu:%d|s\ng:+1|g" % (n, n))
    received, aggregated, dropped, _ = collector.counts()
    assert received == 680_003
    assert {"no_memory"} == dropped.keys()
    assert received == sum(aggregated.values()) + dropped["no_memory"]
    store = Store(KEY)
    store.fold([interval])
    counters = store.counters()
    assert counters["first"] == 40_000
    assert sum(counters.values()) == aggregated["counter"]
    assert len(store.values("t")) == aggregated["timer"]
    assert len(store.members("u")) == store.sets()["u"] < 200_000


def test_without_any_memory_all_overflow() -> None:
    """Below one piece of memory there is what needs none: the overflow of each type."""
    interval = Interval(0)
    collector = ScriptedCollector(interval, KEY)
    collector.take(b"a:1|c\nb:1|g\nb:+7|g\na:2|c\nc:1|ms\nd:1|s\n_sc|up|0")
    received, aggregated, dropped, _ = collector.counts()
    assert (received, sum(aggregated.values())) == (7, 6)
    assert {"too_many_events": 1} == dropped
    store = Store(KEY)
    store.fold([interval])
    assert {"_overflow": 3.0} == store.counters()
    assert {"_overflow": 7.0} == store.gauges()
    assert {"_overflow": 1} == store.sets()
    assert 1 == figures_of(store.timers((), 1.0)["_overflow"])[3]
    assert {"counter": 2, "gauge": 2, "timer": 1, "set": 1} == {
        kind: samples for kind, (samples, _) in store.overflowed().items()
    }


def test_many_series_are_found_again() -> None:
    """The index grows with the series, whichever way, and no sample goes astray."""
    lines = [b"m%d:1|c" % (n % 30_000) for n in range(90_000)]
    interval = filled(lines)
    assert len(interval) == 30_000
    assert slots_of(interval) == 65_536
    store = Store(KEY)
    store.fold([interval])
    assert {f"m{n}": 3.0 for n in range(30_000)} == store.counters()


def test_an_interval_gives_back_what_a_burst_took() -> None:
    """Memory of a burst is kept for one more interval, then it is gone."""
    interval = filled([b"burst.%d:1|ms" % n for n in range(30_000)])
    store = Store(KEY)
    sizes = []
    for _ in range(3):
        sizes.append((interval.resident_bytes(), slots_of(interval)))
        store.fold([interval])
        ScriptedCollector(interval, KEY).take(b"a:1|c")
    assert sizes[0] == sizes[1]
    assert (MIB, 16_384) == sizes[2]


def test_names_that_collide_under_another_key() -> None:
    """Names made to meet in one place do so under the key they were made for alone."""
    wanted = []
    for n in range(200_000):
        name = b"n%d" % n
        if _sampling.siphash(name, KEY) & 1023 == 77:
            wanted.append(b"%s:1|c" % name)
    assert len(wanted) > 150
    few = wanted[:150]
    assert steps_of(filled(few, KEY)) == sum(range(150))
    assert steps_of(filled(few, OTHER_KEY)) < 150


def test_series_of_one_hash_are_told_apart() -> None:
    """Type and bytes decide what a series is, and a member, whatever the hashes are."""
    interval = Interval(MIB)
    for key in (b"a", b"b", b"ab", b"a"):
        for type_ in ("counter", "gauge", "timer"):
            put(interval, type_, key, 7)
        for member in (b"x", b"y", b"xy", b"x"):
            put(interval, "set", key, 7, member)
    store = Store(KEY)
    store.fold([interval])
    assert {"a": 2.0, "b": 1.0, "ab": 1.0} == store.counters() == store.gauges()
    with pytest.raises(KeyError):  # under its own hash it is not there
        store.values("a")
    rows = store.timers((), 1.0)
    assert [2.0, 1.0, 1.0] == [figures_of(rows[key])[3] for key in ("a", "b", "ab")]
    assert {"a": 3, "b": 3, "ab": 3} == store.sets()


def test_events_and_checks_are_kept_as_they_came() -> None:
    """They are told in their order, byte for byte, until 64 KiB are full."""
    event = b"_e{1,3}:a|\xff\r."
    check = b"_sc|up|0|#x"
    interval = Interval(MIB)
    collector = ScriptedCollector(interval, KEY)
    collector.take(b"%s\n%s\na:1|c" % (event, check))
    assert [event, check] == interval.raw()
    big = b"_sc|" + b"x" * 30_000 + b"|1"
    collector.take(b"\n".join([big, big, big, check]))
    assert [event, check, big, big, check] == interval.raw()
    received, aggregated, dropped, lines = collector.counts()
    assert (received, lines) == (7, 7)
    assert {"counter": 1, "event": 1, "check": 4} == {
        k: n for k, n in aggregated.items() if n
    }
    assert {"too_many_events": 1} == dropped


def test_events_that_nobody_takes_are_dropped_as_such() -> None:
    """Without a sink for them they are no_sink, and take no room."""
    interval = Interval(MIB)
    collector = ScriptedCollector(interval, KEY, keeps_raw=False)
    collector.take(b"_sc|up|0\n" * 20_000)
    _, aggregated, dropped, _ = collector.counts()
    assert (aggregated["check"], dropped) == (0, {"no_sink": 20_000})
    assert interval.raw() == []


def test_a_long_timer_and_a_long_list_of_deltas() -> None:
    """A hundred thousand values of one series are all there, in order."""
    values = [(n * 7919) % 100_003 for n in range(100_000)]
    store = folded([b"t:%d|ms\ng:+%d|g\ng:-%d|g" % (n, n, n // 2) for n in values])
    assert sorted(values) == list(store.values("t"))
    assert {"g": float(sum(values) - sum(n // 2 for n in values))} == store.gauges()
