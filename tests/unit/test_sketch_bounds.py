"""Sketches keep their word: errors on distributions, ordinary and adversarial."""

import bisect
import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

import pytest

from statshard.plane._sketching import Distinct, Sketch

ALPHA = Fraction(1, 100)
NORMAL_LEAST = 2.0**-1022
HALF_A_DENORMAL = Fraction(1, 2**1075)  # of its last bit
STANDARD_ERROR = 1.04 / math.sqrt(2**14)
N = 3000
PERCENTILES = (90.0, 50.0, 99.9, 0.1, -10.0, -75.0, 100.0)
NEARLY = 1 + 1e-9  # rounding of long sums

DISTRIBUTIONS: Mapping[str, Callable[[random.Random], list[float]]] = {
    "constant": lambda _: [0.1] * N,
    "two far points": lambda _: [1e-300] * (N // 2) + [1e300] * (N // 2),
    "edges of bins": lambda _: [math.exp(i / 50) for i in range(-1000, 1000)],
    "beside edges": lambda _: [
        math.nextafter(math.exp(i / 50), toward)
        for i in range(-1000, 1000)
        for toward in (0.0, math.inf)
    ],
    "powers of the paper's gamma": lambda _: [(101 / 99) ** i for i in range(1000)],
    "powers of two": lambda _: [2.0**i for i in range(60)],
    "denormals": lambda one: [one.randrange(1, 1 << 12) * 5e-324 for _ in range(N)],
    "the largest": lambda one: [one.uniform(1e307, 1.79e308) for _ in range(N)],
    "one largest among ordinary": lambda one: [
        *(one.uniform(1, 500) for _ in range(N)),
        1.7976931348623157e308,
    ],
    "all negative": lambda one: [-one.expovariate(0.001) for _ in range(N)],
    "mixed signs": lambda one: [one.gauss(0, 100) for _ in range(N)],
    "zeros": lambda _: [0.0, -0.0] * (N // 2),
    "zeros and few others": lambda one: [0.0] * N + [one.random() for _ in range(30)],
    "exponential": lambda one: [one.expovariate(0.01) for _ in range(N)],
    "pareto": lambda one: [one.paretovariate(1.01) for _ in range(N)],
    "lognormal": lambda one: [one.lognormvariate(3, 2.5) for _ in range(N)],
    "uniform": lambda one: [one.uniform(0, 1000) for _ in range(N)],
    "bimodal": lambda one: [one.gauss(one.choice([3, 3000]), 0.1) for _ in range(N)],
    "ascending": lambda _: [float(i) for i in range(N)],
    "descending": lambda _: [float(i) for i in range(N, 0, -1)],
    "zipf": lambda one: [float(int(1 / (1 - one.random()))) for _ in range(N)],
    "whole milliseconds": lambda one: [float(one.randrange(1, 90)) for _ in range(N)],
    "around infinity": lambda one: [
        one.choice([-math.inf, math.inf, -5.0, 0.0, 5.0]) for _ in range(N)
    ],
}

# Those whose squares no double can hold.
BEYOND_SQUARES = {
    "two far points",
    "the largest",
    "one largest among ordinary",
    "around infinity",
}


def filled(values: Sequence[float]) -> Sketch:
    """Return a sketch with values."""
    sketch = Sketch()
    sketch.add(values)
    return sketch


def splits(values: Sequence[float]) -> Iterator[list[Sequence[float]]]:
    """Yield ways to share values out among workers."""
    yield [values[:1], values[1:]]
    yield [values[start::3] for start in range(3)]
    ordered = sorted(values)
    yield [ordered[: len(ordered) // 2], ordered[len(ordered) // 2 :]]
    yield [[value] for value in values[:40]] + [values[40:]]


def is_within(told: float, value: float) -> bool:
    """Tell whether a value is told to within the stated error."""
    if math.isinf(value):
        return told == value
    error = abs(Fraction(told) - Fraction(value))
    slack = HALF_A_DENORMAL if abs(value) < NORMAL_LEAST else 0
    return error <= ALPHA * abs(Fraction(value)) + slack


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_every_rank_is_told_to_within_one_per_cent(name: str) -> None:
    """The value of each rank, and so of every percentile, is within the bound; counts
    and the ends are exact; shared out in any way and merged, it is the same.
    """
    values = DISTRIBUTIONS[name](random.Random(name))
    sketch = filled(values)
    levels = sketch.levels()
    told = [value for value, count in levels for _ in range(count)]
    pairs = list(zip(told, sorted(values), strict=True))
    assert [] == [pair for pair in pairs if not is_within(*pair)]
    assert (len(values), min(values), max(values)) == sketch.moments()[:3]
    for parts in splits(values):
        merged = Sketch()
        for part in parts:
            merged.merge(filled(part))
        assert levels == merged.levels()


@pytest.mark.parametrize("name", sorted(set(DISTRIBUTIONS) - BEYOND_SQUARES))
def test_sums_are_those_of_the_values(name: str) -> None:
    """Sum, sum of squares and deviation are right to rounding, merged or not."""
    values = DISTRIBUTIONS[name](random.Random(name))
    mean = math.fsum(values) / len(values)
    expected = (
        math.fsum(values),
        math.fsum(value * value for value in values),
        math.fsum((value - mean) ** 2 for value in values),
    )
    every: list[list[Sequence[float]]] = [[values], *splits(values)]
    for parts in every:
        merged = Sketch()
        for part in parts:
            merged.merge(filled(part))
        _, _, _, total, squares, _, deviations = merged.moments()
        scale = math.fsum(map(abs, values))
        assert expected[0] == pytest.approx(total, rel=1e-9, abs=1e-12 * scale)
        assert expected[1] == pytest.approx(squares, rel=1e-9)
        near = 1e-18 * expected[1]
        assert expected[2] == pytest.approx(deviations, rel=1e-9, abs=near)


@pytest.mark.parametrize("name", sorted(set(DISTRIBUTIONS) - BEYOND_SQUARES))
def test_figures_are_within_the_stated_bounds(name: str) -> None:
    """Of each percentile the count is exact, the bound within 1 %, the sums within 1 %
    and 2.01 % of what is added; bins blur limits by 1 %, and lose no value.
    """
    values = sorted(DISTRIBUTIONS[name](random.Random(name)))
    n = len(values)
    limits = tuple(sorted({0.0, values[0], values[n // 3], values[n // 2] * 1.5}))
    row = filled(values).row(PERCENTILES, (*limits, math.inf))
    for at, percentile in enumerate(PERCENTILES):
        count, mean, bound, total, squares = row[5 * at : 5 * at + 5]
        k = math.floor(abs(percentile) / 100 * n + 0.5)
        taken = values[:k] if percentile > 0 else values[n - k :]
        assert k == count
        if k == 0:
            assert [0.0] * 4 == [mean, bound, total, squares]
            continue
        assert is_within(bound, taken[-1] if percentile > 0 else taken[0])
        slack = 0.01 * math.fsum(map(abs, taken)) * NEARLY + k * 5e-324
        assert abs(math.fsum(taken) - total) <= slack
        assert mean == total / k
        square = math.fsum(value * value for value in taken)
        assert abs(square - squares) <= 0.0201 * square * NEARLY
    below = [*itertools.accumulate(row[-1 - len(limits) :])]
    assert n == below[-1]
    for counted, limit in zip(below, limits, strict=False):
        blurs = (limit / 1.0102, limit * 1.0102)
        assert bisect.bisect_left(values, min(blurs)) <= counted
        assert counted <= bisect.bisect_left(values, max(blurs))


def test_a_small_spread_around_a_large_mean_is_seen() -> None:
    """A deviation of 1 around 10^9 is not lost in the sum of the squares."""
    sketch = filled([1e9 + one for one in (-1.0, 1.0)] * 1000)
    *_, deviations = sketch.moments()
    assert 2000 == pytest.approx(deviations)


def test_no_more_than_sixteen_pages_of_a_sign_are_kept() -> None:
    """Of values over all that a double can hold, those in the 16 highest pages are told
    to within the bound, all others keep their rank and are told too high.
    """
    values = [math.exp(2.56 * n) for n in range(-270, 270)]
    told = [value for value, count in filled(values).levels() for _ in range(count)]
    kept = [is_within(*pair) for pair in zip(told, values, strict=True)]
    assert 540 == len(told)
    assert sorted(told) == told
    assert [False] * 524 + [True] * 16 == kept


def test_what_is_collapsed_of_a_full_range_is_beyond_a_double_of_the_largest() -> None:
    """Where each page has values, the first that is told wrong is so small beside the
    largest that adding it changes nothing.
    """
    values = [math.exp(n / 10) for n in range(1000)]
    told = [value for value, count in filled(values).levels() for _ in range(count)]
    pairs = zip(told, values, strict=True)
    wrong = [value for told, value in pairs if not is_within(told, value)]
    assert wrong
    assert values[-1] == values[-1] + max(wrong)


def test_no_number_harms_nothing_else() -> None:
    """NaN, which no timer takes, is counted, and all else is told as before."""
    sketch = filled([5.0, math.nan, 7.0])
    assert 3 == sketch.moments()[0]
    assert (5.0, 7.0) == sketch.moments()[1:3]
    assert 3 == sum(count for _, count in sketch.levels())
    assert [True, True] == [
        is_within(told, value)
        for (told, _), value in zip(sketch.levels(), (5.0, 7.0), strict=False)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_distinct_members_are_counted_to_within_four_standard_errors(seed: int) -> None:
    """From none to 10^6, whole or merged from overlapping parts."""
    key = random.Random(seed).randbytes(16)
    whole = Distinct()
    before = 0
    assert 0.0 == whole.estimate()
    for count in (1, 10, 100, 1000, 5000, 20_000, 40_000, 60_000, 100_000, 10**6):
        whole.add_numbers(key, before, count)
        parts = [Distinct() for _ in range(3)]
        for part, (start, stop) in zip(
            parts, itertools.pairwise((0, count // 3, count // 2, count)), strict=True
        ):
            part.add_numbers(key, max(0, start - count // 10), stop)
        for part in parts[1:]:
            parts[0].merge(part)
        assert whole.registers() == parts[0].registers()
        assert abs(whole.estimate() - count) <= 4 * STANDARD_ERROR * count
        before = count


def test_the_standard_error_is_the_stated_one() -> None:
    """Over many keys the errors' spread is the stated one, and their mean nothing."""
    count = 200_000
    errors = []
    for seed in range(100):
        distinct = Distinct()
        distinct.add_numbers(random.Random(seed).randbytes(16), 0, count)
        errors.append(distinct.estimate() / count - 1)
    spread = math.sqrt(sum(error * error for error in errors) / len(errors))
    assert 0.7 * STANDARD_ERROR < spread < 1.2 * STANDARD_ERROR
    assert abs(sum(errors) / len(errors)) < 4 * STANDARD_ERROR / math.sqrt(len(errors))
