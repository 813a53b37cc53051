"""Series of which more comes than is kept one by one: when they are sketches, what is
told of them then, what they take.
"""

import random
from collections.abc import Sequence
from math import inf

import pytest

from statshard.plane._collected import ScriptedCollector, make_sketch
from statshard.plane.aggregation import Interval, Store
from tests.plane.test_series import KEY, MIB, figures_of

MOST = 1000
ALPHA = 0.01
BOUNDS = {"timer_values_max": MOST, "set_members_max": MOST}
PERCENTILES = (50.0, 90.0, 99.9, -10.0, 100.0, 0.001)


class Bench:
    """Workers with bounds, and their store."""

    def __init__(self, workers: int = 1, limit: int = 64 * MIB) -> None:
        self.intervals = [Interval(limit, **BOUNDS) for _ in range(workers)]
        self.collectors = [ScriptedCollector(each, KEY) for each in self.intervals]
        self.store = Store(KEY, **BOUNDS)

    def take(self, lines: Sequence[bytes]) -> None:
        """Give lines to the workers by turns."""
        for place, line in enumerate(lines):
            self.collectors[place % len(self.collectors)].take(line)

    def fold(self) -> Store:
        """End the interval."""
        self.store.fold(self.intervals)
        return self.store


def timer_lines(count: int) -> list[bytes]:
    """Return so many values of one timer."""
    return [b"t:%d|ms" % n for n in range(count)]


def set_lines(count: int) -> list[bytes]:
    """Return so many members of one set."""
    return [b"s:%d|s" % n for n in range(count)]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_whether_it_is_exact_does_not_depend_on_workers(workers: int) -> None:
    """A timer and a set of as many as are kept are exact, of one more they are
    sketches, whoever of the workers has seen them; in the next interval they are exact.
    """
    for more in (0, 1):
        bench = Bench(workers)
        bench.take([*timer_lines(MOST + more), *set_lines(MOST + more), *set_lines(5)])
        store = bench.fold()
        is_exact = not more
        assert ([] if is_exact else ["t"]) == store.sketched("timer")
        assert ([] if is_exact else ["s"]) == store.sketched("set")
        assert (MOST if is_exact else 0) == len(store.values("t"))
        assert (MOST if is_exact else 0) == len(store.members("s"))
        assert MOST + more == figures_of(store.timers((), 1.0)["t"])[3]
        assert store.sets()["s"] == pytest.approx(MOST + more, rel=0.01)
        bench.take([b"t:7|ms", b"s:x|s"])
        store = bench.fold()
        assert [] == [*store.sketched("timer"), *store.sketched("set")]
        assert ([7.0], [b"x"]) == (list(store.values("t")), store.members("s"))
        store = bench.fold()
        assert (None, {"s": 0}) == (store.timers((), 1.0)["t"], store.sets())


@pytest.mark.parametrize("workers", [1, 3])
def test_figures_of_a_sketch_are_those_of_the_values_within_the_bound(
    workers: int,
) -> None:
    """Beside a store that keeps all: count, bounds, sums, mean and deviation are equal,
    percentiles within 1 %, their sums of squares within 2.01 %.
    """
    one = random.Random(7)
    lines = [b"t:%r|ms|@0.5" % one.lognormvariate(3, 1) for _ in range(5 * MOST)]
    exact, sketched = Interval(64 * MIB), Bench(workers)
    collector, store = ScriptedCollector(exact, KEY), Store(KEY)
    for line in lines:
        collector.take(line)
    sketched.take(lines)
    store.fold([exact])
    expected = figures_of(store.timers(PERCENTILES, 10.0)["t"])
    told = figures_of(sketched.fold().timers(PERCENTILES, 10.0)["t"])
    for at in range(0, 5 * len(PERCENTILES), 5):
        assert expected[at] == told[at]
        assert expected[at + 1 : at + 4] == pytest.approx(
            told[at + 1 : at + 4], rel=ALPHA
        )
        assert expected[at + 4] == pytest.approx(told[at + 4], rel=0.0201)
    assert expected[20:25] == pytest.approx(told[20:25], rel=1e-12)
    assert expected[30:38] == pytest.approx(told[30:38], rel=1e-12)
    assert expected[38] == pytest.approx(told[38], rel=ALPHA)


def test_bins_of_a_sketch() -> None:
    """A histogram counts each value once, on its side of a limit that is 1 % off."""
    bench = Bench()
    bench.take([b"t:%d|ms" % n for n in range(1, 2 * MOST + 1)])
    row = figures_of(bench.fold().timers((), 1.0, (("", (0.5, 100, 1000, inf)),))["t"])
    nothing, low, middle, rest = row[9:]
    assert 2 * MOST == nothing + low + middle + rest
    assert 0 == nothing
    assert 98 <= low <= 101
    assert 989 <= nothing + low + middle <= 1011


def test_a_sketched_series_takes_no_more_memory() -> None:
    """A million values and members take what the first thousand and a sketch take."""
    bench = Bench()
    for start in range(0, 1_000_000, 1000):
        numbers = [b"%d" % n for n in range(start, start + 1000)]
        bench.collectors[0].take(b"t:" + b":".join(numbers) + b"|ms")
        bench.collectors[0].take(b"\n".join([b"s:%b|s" % each for each in numbers]))
    assert MIB == bench.intervals[0].resident_bytes()
    store = bench.fold()
    row = figures_of(store.timers((90.0,), 1.0)["t"])
    assert (900_000, 1_000_000) == (row[0], row[8])
    assert row[2] == pytest.approx(899_999, rel=ALPHA)
    assert store.sets()["s"] == pytest.approx(1_000_000, rel=0.0325)


def test_a_sketch_that_finds_no_memory() -> None:
    """A timer that cannot become a sketch takes no more, and that is counted; a set
    stays a list as long as there is room for one, and is told as a sketch.
    """
    bench = Bench(limit=MIB)
    bench.take([*timer_lines(MOST), *set_lines(MOST)])
    bench.take([b"f%d%b:1|c" % (n, b"x" * 300) for n in range(8 * MOST)])
    bench.take([b"t:1|ms", b"s:one more|s"])
    received, aggregated, dropped, _ = bench.collectors[0].counts()
    assert (received - 1, {"no_memory": 1}) == (sum(aggregated.values()), dropped)
    store = bench.fold()
    assert (MOST, 0) == (len(store.values("t")), len(store.members("s")))
    assert ([], ["s"]) == (store.sketched("timer"), store.sketched("set"))
    assert store.sets()["s"] == pytest.approx(MOST + 1, rel=0.01)


@pytest.mark.parametrize(("sketches", "others"), [(1, 0), (2, 0), (1, 1)])
@pytest.mark.parametrize("values", [0, 3])
def test_a_series_that_is_a_sketch_from_the_start(
    sketches: int, others: int, values: int
) -> None:
    """However little comes for it, it is told as a sketch, with what other workers have
    in lists; where nothing comes, it has nothing. It takes no further memory.
    """
    bench = Bench(sketches + others, MIB)
    for interval in bench.intervals[:sketches]:
        for kind, key in (("timer", b"t"), ("set", b"s")):
            assert make_sketch(interval, kind, key, KEY)
    if not others:
        bench.take([b"f%d:1|c" % n for n in range(20 * MOST * sketches)])
        assert all(len(each) < 20 * MOST for each in bench.intervals)  # it is full
    bench.take([*timer_lines(values), *set_lines(values)])
    store = bench.fold()
    told = ["t"] if values else []
    assert (told, ["s"]) == (store.sketched("timer"), store.sketched("set"))
    assert {"s": values} == store.sets()
    assert told == [*store.timers((), 1.0)]
