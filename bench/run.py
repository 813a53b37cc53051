"""Measure what statshard costs and how late it is, and write bench/RESULTS.md.

    make bench                        every row, into bench/RESULTS.md and bench/plots
    make bench ARGS="--only slow"     some rows, to the terminal and build/bench
    make bench ARGS="--quick"         every row for a moment: that it works, no more

What there is to measure stands in bench/rows.py. Exit status 0 where every target was
met.
"""

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from bench import compared
from bench.arguments import read_arguments
from bench.cost import Cost, measure, measure_both, measure_delays
from bench.forwarder import compile_floor, is_here
from bench.machine import ROOT, count_cores, describe_commit, describe_machine
from bench.page import Conditions, format_page, list_sections, summarize
from bench.plots import plot
from bench.rows import Rows, Series, Work, choose, shorten
from bench.tables import Delayed, Paired, Result, Varied, has_passed

RESULTS = ROOT / "bench" / "RESULTS.md"


def main() -> int:
    """Measure the rows asked for; write the page where that was all of them."""
    asked = read_arguments(RESULTS, Rows().names, __doc__)
    rows = choose(Rows(), asked.names)
    rows = shorten(rows) if asked.is_quick else rows
    with tempfile.TemporaryDirectory() as folder:
        results = measure_all(rows, asked.rounds, compile_floor(Path(folder)))
    draw(results, asked.plots)
    if asked.is_whole:
        write(results, asked.rounds)
    print("\n".join(list_sections(results, asked.rounds)))
    print(f"targets: {summarize(results)}")
    return 0 if all(map(has_passed, results)) else 1


def measure_all(rows: Rows, rounds: int, floor: Path) -> list[Result]:
    """Measure rows in the order of the page, and tell the terminal of each."""
    started_s = time.monotonic()

    def tell(name: str) -> None:
        print(f"{time.monotonic() - started_s:4.0f} s  {name}", flush=True)

    @cache  # rows share some works
    def cost(work: Work) -> Cost:
        return measure(work, rounds, floor)

    results: list[Result] = []
    for target in rows.targets:
        tell(target.name)
        results.append(compared.measure(target, rounds))
    for delay in rows.delays:
        tell(delay.name)
        results.append(Delayed(delay, *measure_delays(delay.work, rounds)))
    for pair in rows.pairs:
        if not is_here(pair.work.host):
            tell(f"{pair.name}: left out, nothing can be bound to {pair.work.host}")
            continue
        tell(pair.name)
        results.append(Paired(pair, *measure_both(pair.work, pair.beside, rounds)))
    for series in rows.series:
        tell(series.name)
        results.append(Varied(series, measure_series(series, cost)))
    tell("done")
    return results


def measure_series(series: Series, cost: Callable[[Work], Cost]) -> tuple[Cost, ...]:
    """Measure each value of a series, or those up to the first with a loss."""
    costs: list[Cost] = []
    for work in series.works:
        costs.append(cost(work))
        if series.ends_at_loss and (costs[-1].lost or not costs[-1].is_reached):
            break
    return tuple(costs)


def draw(results: Sequence[Result], folder: Path) -> None:
    """Draw a plot of each series."""
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        if isinstance(result, Varied):
            plot(result, folder)


def write(results: Sequence[Result], rounds: int) -> None:
    """Write the page."""
    today = dt.datetime.now(tz=dt.UTC).date()
    taken = Conditions(
        today, describe_machine(), count_cores(), describe_commit(), rounds
    )
    RESULTS.write_text(format_page(results, taken), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
