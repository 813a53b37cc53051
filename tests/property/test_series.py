"""Collectors and the fold agree with their plain twins, whatever comes, and when.

Rule: as in test_pure.py, each test draws, asks both, compares; doubles to the last bit.
"""

from collections.abc import Collection

from hypothesis import example, given
from hypothesis import strategies as st

from statshard.plane._collected import ScriptedCollector
from statshard.plane.aggregation import Interval, Store
from tests.model import figures as figures_model
from tests.model import series as model
from tests.model.sketch_figures import sketch_row
from tests.property import sample_strategies
from tests.property.strategies import events, lines

KEY = bytes(range(16))
MIB = 1 << 20

# Few names and members, so that samples meet; numbers whose sums round.
numbers = st.one_of(
    st.integers(-5, 5).map(str),
    st.floats(-1e9, 1e9).map(repr),
    st.sampled_from(["0.1", "1e300", "-1e300", "1e-300", "-0", "0"]),
)
samples = st.builds(
    lambda name, sign, number, kind, rate: (
        f"{name}:{sign}{number}|{kind}{rate}".encode()
    ),
    st.sampled_from(["a", "b", "c.d", "a b", "a;k=v"]),
    st.sampled_from(["", "", "+"]),
    numbers,
    st.sampled_from(["c", "c", "g", "g", "ms", "h", "s"]),
    st.sampled_from(["", "", "|@0.1", "|@0.9", "|#k:v"]),
)
datagrams = st.lists(
    st.one_of(
        samples, samples, samples, sample_strategies.sample_lines, lines, events()
    ),
    max_size=12,
).map(b"\n".join)
# Many names of few prefixes, and that of what overflows.
crowded = st.lists(
    st.builds(
        "{}{}:{}|{}".format,
        st.sampled_from(["a.b", "a.c.", "x", "_overflow", "a.b.c.d.e"]),
        st.sampled_from(["", "", "1", "22", "3.z"]),
        st.sampled_from(["1", "2.5", "+3", "-4"]),
        st.sampled_from(["c", "g", "g", "ms", "s"]),
    ).map(str.encode),
    max_size=12,
).map(b"\n".join)
# (worker, step of time, datagram); None: a flush.
comings = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 3), st.integers(0, 2), datagrams),
        st.tuples(st.integers(0, 3), st.integers(0, 2), datagrams),
        st.none(),
    ),
    max_size=12,
)


ROOM = (1000, 1 << 40)  # series of a type, bytes
# What of a series is kept one by one.
bounds = st.one_of(
    st.none(), st.builds(model.Bounds, st.integers(0, 4), st.integers(0, 3))
)
PERCENTILES = (90.0, -10.0, 50.0, 100.0)
BINS = (-1.0, 0.0, 1.0, 5.0, float("inf"))


def kept(each: model.Bounds | None) -> dict[str, int]:
    """Return bounds as intervals and stores take them."""
    if each is None:
        return {}
    return {
        "timer_values_max": each.timer_values,
        "set_members_max": each.set_members,
    }


def bits(number: float) -> str:
    """Give each bit of a double; there is one NaN."""
    return "nan" if number != number else number.hex()  # noqa: PLR0124 - NaN alone


def shown(store: Store) -> list[object]:
    """Return all that a store tells, order too."""
    rows = store.timers(PERCENTILES, 1.0, (("", BINS),))
    sketched = {key: [*map(bits, rows[key] or ())] for key in store.sketched("timer")}
    return [
        sketched,
        store.sketched("set"),
        [(key, bits(number)) for key, number in store.counters().items()],
        [(key, bits(number)) for key, number in store.gauges().items()],
        [(key, [*map(bits, store.values(key))]) for key in store.timers((), 1.0)],
        [(key, size, store.members(key)) for key, size in store.sets().items()],
        [store.keys(kind) for kind in ("counter", "gauge", "timer", "set")],
        store.overflowed(),
        store.sizes(),
    ]


def shown_model(store: model.Store) -> list[object]:
    """Return the same of the twin."""
    sketched = {
        key: [*map(bits, sketch_row(each, store.times[key], 1.0, PERCENTILES, BINS))]
        for key, each in store.sketches.items()
    }
    sizes = {key: len(members) for key, members in store.sets.items()}
    sizes |= {key: round(estimate) for key, estimate in store.estimates.items()}
    return [
        sketched,
        [*store.estimates],
        [(key, bits(number)) for key, number in store.counters.items()],
        [(key, bits(number)) for key, number in store.gauges.items()],
        [(key, [*map(bits, values)]) for key, values in store.timers.items()],
        [(key, sizes[key], members) for key, members in store.sets.items()],
        [[*each] for each in (store.counters, store.gauges, store.timers, store.sets)],
        {
            kind: (store.overflowed[kind], store.offenders[kind].counted())
            for kind in store.offenders
        },
        ({kind: store.size_of(kind) for kind in model.KINDS}, store.size_bytes()),
    ]


def emptied(twin: model.Interval, known: Collection[model.Key] = ()) -> model.Interval:
    """Return the twin that goes on counting, without what came."""
    return model.Interval(
        twin.compat,
        twin.series_max,
        frozenset(known),
        received=twin.received,
        aggregated=twin.aggregated,
        dropped=twin.dropped,
    )


def judge_counts(
    collectors: list[ScriptedCollector], twins: list[model.Interval]
) -> None:
    """Hold that all has been counted as by the twins."""
    for collector, each in zip(collectors, twins, strict=True):
        received, aggregated, dropped, _ = collector.counts()
        assert each.received == received
        assert each.aggregated == {k: n for k, n in aggregated.items() if n}
        assert each.dropped == dropped


def run_both(
    comings: list[tuple[int, int, bytes] | None],
    n: int,
    compat: str,
    bounds: model.Bounds | None,
    room: tuple[int, int] = ROOM,
) -> None:
    """Give collectors and their twins the same, and compare at each flush."""
    series_max, bytes_max = room
    most = {"series_max": series_max, **kept(bounds)}
    intervals, spares = ([Interval(8 * MIB, **most) for _ in range(n)] for _ in "ab")
    collectors = [ScriptedCollector(each, KEY, compat=compat) for each in intervals]
    twins = [model.Interval(compat, series_max) for _ in range(n)]
    store = Store(KEY, bytes_max=bytes_max, **most)
    twin = model.Store(bounds, KEY, series_max, bytes_max)
    at_ns = 1
    for coming in [*comings, None]:
        if coming is not None:
            worker, step_ns, datagram = coming
            at_ns += step_ns
            collectors[worker % n].take(datagram, at_ns)
            twins[worker % n].take(datagram, at_ns)
            continue
        known = [*twin.known]  # of the fold before: the tables are swapped first
        for place, collector in enumerate(collectors):
            spares[place].recognise(store.known())
            collector.publish(spares[place])
            collector.adopt()
            assert twins[place].raw == intervals[place].raw()
            intervals[place], spares[place] = spares[place], intervals[place]
            received, aggregated, dropped, _ = collector.counts()
            assert received == sum(aggregated.values()) + sum(dropped.values())
        store.fold(spares)
        twin.fold(twins)
        assert shown_model(twin) == shown(store)
        twins = [emptied(each, known) for each in twins]
    judge_counts(collectors, twins)


@given(comings, st.integers(1, 4), st.sampled_from(["strict", "etsy"]), bounds)
@example(
    [(0, 1, b"a:1|g"), (1, 0, b"a:+5|g"), (0, 0, b"a:+7|g"), None], 2, "strict", None
)
@example([(1, 1, b"a:1|g"), (0, 0, b"a:2|g\na:+5|g"), None], 2, "strict", None)
@example(
    [(0, 1, b"a:+1|g"), None, (0, 1, b"a:+2|g"), (1, 1, b"a:-5|g")], 2, "strict", None
)
@example([(0, 1, b"a:0|ms\na:-0|ms"), (1, 1, b"a:-0|ms\na:0|ms")], 2, "etsy", None)
@example([(0, 1, b"a:Infinity|g\na:-Infinity|g\na:+5|g")], 1, "etsy", None)
@example([(0, 1, b"a:Infinity|ms\na:-5|ms \na:5|ms")], 1, "etsy", model.Bounds(1, 1))
@example(
    [
        (0, 1, b"a:1|ms\na:x|s"),
        (1, 1, b"a:2|ms\na:x|s\na:y|s"),
        None,
        (0, 0, b"a:3|ms"),
    ],
    2,
    "strict",
    model.Bounds(1, 1),
)
@example(
    [(0, 1, b"a:1|ms|@0.1\na:2|ms\na:3|ms\na:4|ms")] * 3,
    2,
    "strict",
    model.Bounds(2, 2),
)
def test_a_fold(
    comings: list[tuple[int, int, bytes] | None],
    n: int,
    compat: str,
    bounds: model.Bounds | None,
) -> None:
    """Whatever comes, whenever flushed, however much is kept: totals and counts are the
    twin's.
    """
    run_both(comings, n, compat, bounds)


crowds = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.one_of(crowded, datagrams)),
        st.none(),
    ),
    max_size=12,
)


@given(
    crowds,
    st.integers(1, 4),
    st.tuples(st.integers(1, 3), st.sampled_from([1 << 40, 1 << 40, 640, 860, 0])),
    bounds,
)
@example(
    [(0, 1, b"a:1|g\nb:2|g\nb:+3|g\nc:+1|g"), None, (1, 1, b"d:+2|g")],
    *(2, (1, 999), None),
)
@example(
    [(0, 1, b"_overflow:1|c\na:1|c\nb:1|c"), None, (0, 1, b"b:1|c\na:1|c")],
    *(1, (1, 999), None),
)
@example([(0, 1, b"a:1|c"), None, (0, 1, b"b:1|c\nc:1|c\na:1|c")], *(1, (1, 999), None))
@example(
    [(0, 1, b"a:1|ms\nb:2|ms\na:x|s\nb:x|s\nc:x|s"), (1, 1, b"_overflow:3|ms\nc:4|ms")],
    *(2, (1, 999), model.Bounds(4, 1)),
)
def test_a_fold_at_its_bounds(
    comings: list[tuple[int, int, bytes] | None],
    n: int,
    room: tuple[int, int],
    bounds: model.Bounds | None,
) -> None:
    """With room for next to nothing it is the twin's too: what overflows, and whose
    names it has.
    """
    run_both(comings, n, "strict", bounds, room)


values = st.lists(
    st.one_of(st.integers(0, 9).map(float), st.floats(0, 1e6)), min_size=1, max_size=70
)
percentiles = st.lists(
    st.one_of(
        st.sampled_from([90.0, 50.0, 5.0, -10.0, -90.0, 99.9, 100.0, -100.0]),
        st.floats(0.001, 100),
        st.floats(-100, -0.001),
    ),
    max_size=4,
    unique=True,
).map(tuple)
limits = st.lists(st.floats(0, 100), max_size=5, unique=True).map(sorted)


@given(values, percentiles, limits, st.booleans(), st.integers(1, 3))
@example([10.0, 20.0], (-90.0,), [], False, 1)  # noqa: FBT003 - as they are drawn
def test_figures(
    values: list[float],
    percentiles: tuple[float, ...],
    limits: list[float],
    is_open: bool,  # noqa: FBT001 - as it is drawn
    workers: int,
) -> None:
    """The figures of any values, on any workers, are the twin's, to the bit."""
    bins = tuple(limits) + (float("inf"),) * is_open
    intervals = [Interval(8 * MIB) for _ in range(workers)]
    collectors = [ScriptedCollector(each, KEY) for each in intervals]
    for place, value in enumerate(values):
        collectors[place % workers].take(b"t:%s|ms" % repr(value).encode())
    store = Store(KEY)
    store.fold(intervals)
    row = store.timers(percentiles, 10.0, (("x", ()), ("", bins)))["t"]
    assert row is not None
    width = 5 * len(percentiles)
    expected = figures_model.timer_figures(
        values, float(len(values)), 10.0, percentiles, bins=bins
    )
    parts = [row[at : at + 5] for at in range(0, width, 5)]
    told = [number for part in parts if part[0] for number in part]
    assert [*map(bits, expected.values())] == [
        bits(float(number)) for number in (*told, *row[width:])
    ]


@given(st.lists(st.integers(0, 59), max_size=200), st.integers(0, 3))
def test_what_is_forgotten(steps: list[int], idle: int) -> None:
    """What is forgotten or expires is gone; all else stays, in order, and is found."""
    interval = Interval(8 * MIB)
    collector = ScriptedCollector(interval, KEY)
    store = Store(KEY)
    known: dict[str, int] = {}  # key -> folds since it came
    came: dict[str, int] = {}
    for step in steps:
        if step < 50:
            collector.take(b"m%d:1|c" % step)
            came[f"m{step}"] = 0
            continue
        store.fold([interval])
        known = {key: n + 1 for key, n in known.items()} | came
        came = {}
        gone = [key for key in known if key.endswith(str(step % 10))]
        if step % 2:
            assert len(gone) == store.forget("counter", [*gone, "never"])
        else:
            gone = [key for key, n in known.items() if n >= idle and "7" not in key]
            assert len(gone) == store.expire("counter", idle, ("7",))
        known = {key: n for key, n in known.items() if key not in gone}
        assert [*known] == [*store.counters()]
