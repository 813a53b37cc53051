"""The plain twin of the server against what was observed of etsy's."""

import math

import pytest

from tests.model.figures import bins_for, timer_figures
from tests.model.js_number import write_number
from tests.model.server import Options, Server
from tests.support.aggregation import (
    START_S,
    Observed,
    ObservedFlushes,
    flush_input,
    masked,
    observed_flushes,
    observed_lines,
)


def in_state(row: Observed) -> Server:
    """Return a server whose series have the values that a row begins with."""
    server = Server(Options())
    for (kind, key), (before, _) in row.effects.items():
        if before is None:
            continue
        if kind == "timers":
            server.timers[key] = list(before)
            server.weights[key] = float(len(before))
        else:
            {"counters": server.counters, "gauges": server.gauges}[kind][key] = before[
                0
            ]
    return server


def value_of(server: Server, kind: str, key: str) -> list[float]:
    """Return the value of a series, of a timer its values."""
    server.settle()
    if kind == "timers":
        return server.timers[key]
    return [{"counters": server.counters, "gauges": server.gauges}[kind][key]]


@pytest.mark.parametrize("row", observed_lines(), ids=lambda row: repr(row.datagram))
def test_a_datagram_does_what_it_did_to_etsys_server(row: Observed) -> None:
    """Each observed datagram counts as many metrics and bad samples, and changes the
    same series from the same value to the same value.
    """
    server = in_state(row)
    reading = server.receive(row.datagram)
    assert (row.bad, row.metrics) == (reading.bad, reading.lines)
    after = {place: value_of(server, *place) for place in row.effects}
    assert {place: value for place, (_, value) in row.effects.items()} == after


@pytest.mark.parametrize("row", observed_flushes(), ids=lambda row: row.name)
def test_flushes_are_etsys_to_the_last_digit(row: ObservedFlushes) -> None:
    """The same datagrams and three flushes give the same lines in the same order."""
    server = Server(row.options)
    for datagram in flush_input():
        server.receive(datagram)
    told = [masked(server.flush(START_S + 10 * turn)) for turn in range(3)]
    assert row.flushes == told


COUNTERS = [
    ([b"c:2|c"], 0.1, 20.0, 2.0),
    ([b"c:100|c"], 0.2, 500.0, 100.0),
    ([b"c:7|c|@0.9"], 1.0, 7.777777777777779, 7.777777777777779),
    ([b"c:0.1|c", b"c:0.2|c"], 10.0, 0.030000000000000006, 0.30000000000000004),
]


@pytest.mark.parametrize(("datagrams", "interval_s", "rate", "count"), COUNTERS)
def test_counters_are_the_worked_ones(
    datagrams: list[bytes], interval_s: float, rate: float, count: float
) -> None:
    """A counter comes to the rate and the sum that were worked out for it."""
    server = Server(Options(interval_s=interval_s))
    for datagram in datagrams:
        server.receive(datagram)
    lines = server.flush(START_S)
    assert f"stats.c {write_number(rate)} {START_S}" in lines
    assert f"stats_counts.c {write_number(count)} {START_S}" in lines


TIMERS = [
    # values, interval_s, percentiles, some of the figures
    ([100], 0.1, [90], {"std": 0, "count_ps": 10, "sum_squares": 10_000}),
    (
        [100, 200, 300],
        0.1,
        [90],
        {
            "std": 81.64965809277261,
            "sum": 600,
            "sum_squares": 140_000,
            "mean": 200,
            "median": 200,
            "count_ps": 30,
        },
    ),
    (
        [100, 200, 300],
        0.1,
        [90, 80],
        {
            "count_90": 3,
            "mean_90": 200,
            "upper_90": 300,
            "sum_90": 600,
            "count_80": 2,
            "mean_80": 150,
            "upper_80": 200,
            "sum_80": 300,
            "sum_squares_80": 50_000,
        },
    ),
    (
        [10] * 8 + [100, 200],
        0.1,
        [-20],
        {"mean_top20": 150, "lower_top20": 100, "sum_top20": 300},
    ),
    ([300, 200, 400, 100], 0.1, [90], {"median": 250}),
    # Not a number in etsy's; put right here.
    (
        [1, 3],
        1,
        [-90],
        {"count_top90": 2, "mean_top90": 2, "sum_top90": 4, "sum_squares_top90": 10},
    ),
    ([2, 4, 12], 10, [90], {"std": 4.320493798938574, "mean_90": 6, "sum_90": 18}),
    (
        list(range(1, 11)),
        10,
        [99.9, 5],
        {"count_99_9": 10, "upper_99_9": 10, "count_5": 1, "upper_5": 1},
    ),
]


@pytest.mark.parametrize(("values", "interval_s", "percentiles", "expected"), TIMERS)
def test_timers_are_the_worked_ones(
    values: list[float],
    interval_s: float,
    percentiles: list[float],
    expected: dict[str, float],
) -> None:
    """A timer comes to the figures that were worked out for it."""
    figures = timer_figures(values, len(values), interval_s, percentiles)
    assert expected == {name: figures[name] for name in expected}


def test_a_percentile_of_no_values_is_left_out() -> None:
    """Where k is rounded to 0 nothing is told of the percentile."""
    values = [450.0, 120, 553, 994, 334, 844, 675, 496]
    names = timer_figures(values, 8, 10, [5])
    assert not [name for name in names if name.endswith("_5")]


def test_the_weight_scales_counts_and_nothing_else() -> None:
    """With a weight of 50 the counts change, sums and percentiles do not."""
    plain = timer_figures([100, 200, 300], 3, 0.1, [90, 80])
    heavy = timer_figures([100, 200, 300], 50, 0.1, [90, 80])
    assert plain | {"count": 50, "count_ps": 500} == heavy


HISTOGRAMS = [
    (range(1, 11), [1, 2], {"bin_1": 0, "bin_2": 1}),
    ([0.1234, 2.89, 4, 6, 8], [1, 2.21, math.inf], [1, 0, 4]),
    ([100], [50, 100, 150, 200, math.inf], [0, 0, 1, 0, 0]),
    ([0.005, 0.05, 0.5, 5, 50], [0.01, 0.1, 1, 10, math.inf], [1, 1, 1, 1, 1]),
]


@pytest.mark.parametrize(("values", "bins", "expected"), HISTOGRAMS)
def test_histograms_are_the_worked_ones(
    values: list[float], bins: list[float], expected: dict[str, float] | list[int]
) -> None:
    """Limits are exclusive, and what no bin takes is dropped."""
    figures = timer_figures(list(values), 1, 1, [], bins=bins)
    told = {name[10:]: x for name, x in figures.items() if name.startswith("histo")}
    assert expected == (told if isinstance(expected, dict) else list(told.values()))


def test_the_first_rule_that_is_part_of_the_key_holds() -> None:
    """Of several rules the first whose text is in the key gives the bins."""
    rules = [("foo", ()), ("ab", (1.0,)), ("", (2.0,))]
    keys = ["a.foo.ab", "xaby", "other"]
    assert [(), (1.0,), (2.0,)] == [bins_for(key, rules) for key in keys]


def test_chosen_timer_figures_go_by_general_names() -> None:
    """The choice of figures knows _percent and histogram; decimal percentiles can not
    be chosen, and an idle timer keeps count alone.
    """
    chosen = ["count", "upper_percent", "lower_percent", "histogram"]
    figures = timer_figures(
        [1, 2], 2, 1, [90, -10, 99.9, -90], bins=[1.5], chosen=chosen
    )
    assert ["upper_90", "lower_top90", "count", "histogram.bin_1_5"] == list(figures)
    assert ["count"] == list(timer_figures([], 0, 1, [90], bins=[1.5], chosen=chosen))


NUMBERS = [
    (0.0, "0"),
    (-0.0, "0"),
    (1.0, "1"),
    (-7.0, "-7"),
    (0.1, "0.1"),
    (123456.789, "123456.789"),
    (1e-6, "0.000001"),
    (1e-7, "1e-7"),
    (1.5e-7, "1.5e-7"),
    (1e20, "100000000000000000000"),
    (1e21, "1e+21"),
    (1.25e21, "1.25e+21"),
    (12345678901234567890, "12345678901234567000"),
    (1234567890123456789, "1234567890123456800"),
    (2.0**53, "9007199254740992"),
    (2.0**53 + 2, "9007199254740994"),
    (5e-324, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (math.inf, "Infinity"),
    (-math.inf, "-Infinity"),
    (math.nan, "NaN"),
]


@pytest.mark.parametrize(("number", "text"), NUMBERS)
def test_numbers_are_written_as_javascript_does(number: float, text: str) -> None:
    """A number has JavaScript's text."""
    assert text == write_number(number)
