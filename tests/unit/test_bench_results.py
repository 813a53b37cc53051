"""The benchmark's results: medians, verdicts, tables, the page; none of it measured."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bench.compared import Compared
from bench.cost import Cost, Run, read_run
from bench.forwarder import join, list_worker_lines
from bench.page import Conditions, format_page, summarize
from bench.rows import DELAYS, PAIRS, SERIES, TARGETS, Series, Work
from bench.tables import (
    Delayed,
    Paired,
    Result,
    Varied,
    format_count,
    format_table,
    has_passed,
    tabulate_delays,
    tabulate_pairs,
    tabulate_series,
)

RUN = Run(1.0, 0, 1000.0, 27.0, 2_000, 4_000, 6_000, 0.5)
WORK = Work(1000)
CLEAN = Cost(WORK, (RUN, RUN, RUN))
COMPARED = Compared(TARGETS[0], 1.0, 0.9, 0.9, 0, 30.0)
RATES = Series("rate", "By rate", "datagrams/s", "rate", (1_000, 2_000), WORK)
RATES = replace(RATES, ends_at_loss=True)


def runs(*costs_us: float) -> tuple[Run, ...]:
    """Return runs of these costs."""
    return tuple(replace(RUN, us_per_line=each) for each in costs_us)


def cost_of(run: Run, rate: int = 1_000) -> Cost:
    """Return the cost of one round at a rate that was asked for."""
    return Cost(replace(WORK, rate=rate), (run,))


SLOW, FAST = cost_of(RUN), cost_of(replace(RUN, rate=2_000.0), 2_000)
LOSSY = cost_of(replace(RUN, lost=1))
LOSSY_FAST = cost_of(replace(RUN, rate=2_000.0, lost=4), 2_000)
LATE_FAST = cost_of(replace(RUN, rate=1_900.0), 2_000)


def test_figures_are_medians_losses_sums_and_memory_the_worst() -> None:
    """One disturbed round moves no median, but its loss and its peak are told."""
    bad = replace(
        RUN, us_per_line=9.0, lost=3, rss_mib=40.0, p99_us=9_000, max_us=9_999
    )
    cost = Cost(WORK, (RUN, bad, RUN))
    assert (cost.our_us, cost.p50_ms, cost.p99_ms) == (1.0, 2.0, 4.0)
    assert (cost.lost, cost.rss_mib, cost.max_ms) == (3, 40.0, 9.999)


def test_the_ratio_is_the_median_of_the_rounds_own() -> None:
    """Each round of statshard is held against the floor of the same round."""
    cost = Cost(WORK, runs(1.0, 4.0, 9.0), runs(1.0, 2.0, 3.0))
    assert cost.ratio == 2.0
    assert cost.floor_us == 2.0


def test_without_the_floor_there_is_no_ratio() -> None:
    """Where the floor cannot do the work, its figures are absent, not 0."""
    assert (CLEAN.ratio, CLEAN.floor_us) == (None, None)


def test_what_the_load_told_is_read() -> None:
    """Cost is per line that arrived; the busiest worker's share is of all lines."""
    found = {
        "sent": {"datagrams_per_s": 990.5},
        "received": {
            "arrived": 500,
            "lost": 7,
            "delay_us": {"p50": 1, "p99": 2, "max": 3},
        },
    }
    expected = Run(2.0, 7, 990.5, 20.0, 1, 2, 3, 0.75)
    assert expected == read_run(found, 0.001, 20.0, (100, 300))


def test_nothing_that_arrived_is_no_error() -> None:
    """A run in which all was lost has figures too."""
    found = {
        "sent": {"datagrams_per_s": 1.0},
        "received": {"arrived": 0, "lost": 9, "delay_us": None},
    }
    assert read_run(found, 0.0, 1.0).lost == 9


def test_the_log_tells_each_worker_s_lines() -> None:
    """Rows of the log that are no events of a worker are passed over."""
    log = """not JSON
{"event": "started", "workers": 2}
{"event": "balance_worker", "worker": 0, "received_lines": 3}
{"event": "balance_worker", "worker": 1, "received_lines": 5}
"""
    assert list_worker_lines(log) == (3, 5)


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    """HOST:PORT, as every flag takes it."""
    assert (join("::1", 1), join("127.0.0.1", 1)) == ("[::1]:1", "127.0.0.1:1")


@pytest.mark.parametrize(
    ("result", "passes"),
    [
        (COMPARED, True),
        (replace(COMPARED, ratio=1.01), False),
        (replace(COMPARED, lost=1), False),
        (replace(COMPARED, rss_mib=30.1), False),
        (Delayed(DELAYS[0], CLEAN, CLEAN), True),
        (Delayed(DELAYS[0], cost_of(replace(RUN, p99_us=7_000)), CLEAN), True),
        (Delayed(DELAYS[0], cost_of(replace(RUN, p99_us=7_001)), CLEAN), False),
        (Delayed(DELAYS[0], LOSSY, CLEAN), False),
        (Paired(PAIRS[0], CLEAN, CLEAN), True),
        (Paired(PAIRS[0], cost_of(replace(RUN, busiest=0.75)), SLOW), True),
        (Paired(PAIRS[0], cost_of(replace(RUN, busiest=0.7502)), SLOW), True),
        (Paired(PAIRS[0], cost_of(replace(RUN, busiest=0.76)), SLOW), False),
        (Paired(PAIRS[0], cost_of(replace(RUN, us_per_line=1.2)), SLOW), False),
        (Paired(PAIRS[1], cost_of(replace(RUN, us_per_line=9.0)), SLOW), True),
        (Paired(PAIRS[1], LOSSY, SLOW), False),
        (Varied(SERIES[0], (CLEAN,)), True),
    ],
)
def test_a_target_is_met_up_to_its_limit(result: Result, *, passes: bool) -> None:
    """At the limit a row passes, beyond it or with one line lost it does not."""
    assert passes == has_passed(result)


def test_a_series_without_a_target_is_no_target_met() -> None:
    """The summary counts rows that have one, and names those that missed."""
    missed = replace(COMPARED, lost=1)
    assert summarize([COMPARED, Varied(SERIES[0], (CLEAN,))]) == "all 1 met"
    assert summarize([COMPARED, missed]) == "1 of 2 met; MISS: single"


@pytest.mark.parametrize(
    ("costs", "highest"),
    [
        ((SLOW, FAST), 2_000),
        ((SLOW, LOSSY_FAST), 1_000),
        ((SLOW, LATE_FAST), 1_000),
        ((LOSSY, FAST), None),
    ],
)
def test_the_highest_rate_is_clean_and_reached(
    costs: tuple[Cost, ...], highest: int | None
) -> None:
    """A rate above one that was lossy, or not reached, is none."""
    assert highest == Varied(RATES, costs).highest_rate


def test_delays_stand_above_those_without_the_proxy() -> None:
    """The row with the verdict comes first, the same load direct below it."""
    rows = tabulate_delays([Delayed(DELAYS[0], CLEAN, CLEAN)]).splitlines()[2:]
    assert rows == [
        "| delay-20k | 20 000 | statshard | <= 7 | 2.00 | 4.00 | 6.00 | 0 | pass |",
        "|  | 20 000 | direct | - | 2.00 | 4.00 | 6.00 | 0 | - |",
    ]


def test_what_has_no_target_has_a_dash() -> None:
    """IPv6 has no worker to share with; the two workers' row tells both limits."""
    rows = tabulate_pairs(Paired(pair, CLEAN, CLEAN) for pair in PAIRS).splitlines()
    assert "1.00 x (<= 1.10) | 50% (<= 75%) | 0 | pass" in rows[2]
    assert "1.00 x | - | 0 | pass" in rows[3]


def test_a_series_has_dashes_where_the_floor_cannot() -> None:
    """Our cost alone is told there, beside that of the base."""
    varied = Varied(RATES, (FAST, Cost(WORK, (RUN,), (replace(RUN, us_per_line=2.0),))))
    rows = tabulate_series(varied).splitlines()[2:]
    assert rows == [
        "| 2 000 | 2 000 | - | 1.000 | - | 1.00 x | 27.0 | 0 | - |",
        "| 1 000 | 1 000 | 2.000 | 1.000 | 0.50 x | 1.00 x | 27.0 | 0 | 0 |",
    ]


def test_a_table_has_a_rule_below_its_head() -> None:
    """Markdown's form."""
    assert (
        format_table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
    )


def test_thousands_are_apart() -> None:
    """10 000 000, as in the texts."""
    assert format_count(10_000_000) == "10 000 000"


def test_the_page_tells_all_rows_their_commands_and_what_was_missed() -> None:
    """Each row has its command, each series its plot, and a MISS stands at the top."""
    results: list[Result] = [
        replace(COMPARED, lost=1),
        Delayed(DELAYS[0], CLEAN, CLEAN),
        Paired(PAIRS[0], CLEAN, CLEAN),
        Varied(RATES, (SLOW, LOSSY_FAST)),
    ]
    taken = Conditions(dt.date(2026, 1, 2), "a CPU, 2 cores", 2, "abc", 3)
    page = format_page(results, taken)
    assert "- targets: 2 of 3 met; MISS: single\n" in page
    assert all(f"--only {each.row.name}" in page for each in results)
    assert "](plots/rate.svg)" in page
    assert "Highest rate without a lost line: 1 000 datagrams/s." in page
    assert "4 lines lost at the next" in page
    assert "{" not in page.replace("{listen}", "").replace("{b", "")


@pytest.mark.filterwarnings("ignore")  # matplotlib's own are not ours
def test_the_same_figures_give_the_same_plot(tmp_path: Path) -> None:
    """A plot has no date and no random name, so that git shows what changed."""
    plots = pytest.importorskip("bench.plots", reason="matplotlib: only by make bench")
    (tmp_path / "again").mkdir()
    varied = Varied(RATES, (SLOW, LOSSY_FAST))
    first, again = plots.plot(varied, tmp_path), plots.plot(varied, tmp_path / "again")
    assert first.read_text() == again.read_text()
    assert "datagrams/s" in first.read_text()
