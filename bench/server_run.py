"""Measure what the aggregation server costs, and write bench/SERVER.md.

    make bench-server                              every row, into bench/SERVER.md
    make bench-server ARGS="--only server-single"  some rows, to the terminal
    make bench-server ARGS="--quick"               every row for a moment: that it works

What there is to measure stands in bench/server_rows.py. Exit status 0 where every
target was met and nothing was lost.
"""

import datetime as dt
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.arguments import read_arguments
from bench.etsy import is_installed, run_etsy
from bench.machine import ROOT, count_cores, describe_commit, describe_machine
from bench.page import Conditions
from bench.server_page import format_page, list_sections, summarize
from bench.server_plots import plot
from bench.server_rows import Rows, choose, shorten
from bench.server_tables import (
    Beside,
    Costed,
    Delayed,
    Result,
    datagram_bytes,
    has_passed,
)
from bench.serving import run_once
from bench.waiting import weigh_datagram

PAGE = ROOT / "bench" / "SERVER.md"


def main() -> int:
    """Measure the rows asked for; write the page where that was all of them."""
    asked = read_arguments(PAGE, Rows().names, __doc__)
    load = os.getloadavg()[0]
    rows = choose(Rows(), asked.names)
    rows = shorten(rows) if asked.is_quick else rows
    results = measure_all(rows, asked.rounds)
    draw(results, asked.plots)
    if asked.is_whole:
        write(results, asked.rounds, load)
    print("\n".join(list_sections(results)))
    print(f"load average at the start: {load:.2f}")
    print(f"targets: {summarize(results)}")
    return 0 if all(map(has_passed, results)) else 1


def measure_all(rows: Rows, rounds: int) -> list[Result]:
    """Measure rows in the order of the page, and tell the terminal of each."""
    started_s = time.monotonic()

    def tell(name: str) -> None:
        print(f"{time.monotonic() - started_s:4.0f} s  {name}", flush=True)

    results: list[Result] = []
    for row in (*rows.costs, *rows.often):
        tell(row.name)
        results.append(Costed(row, tuple(run_once(row.stream) for _ in range(rounds))))
    for row in rows.by_series:
        tell(row.name)
        results.append(Costed(row, (run_once(row.stream),)))
    for row in rows.beside:
        if not is_installed():
            tell(f"{row.name}: left out, `make peers` installs it")
            continue
        tell(row.name)
        results.append(Beside(row, run_etsy(row.stream)))
    for during in rows.during:
        tell(during.name)
        weight = weigh_datagram(datagram_bytes(during.stream))
        results.append(Delayed(during, run_once(during.stream, looks=True), weight))
    tell("done")
    return results


def draw(results: Sequence[Result], folder: Path) -> None:
    """Draw memory and cost by the number of series."""
    costs = [each for each in results if isinstance(each, Costed)]
    by_series = [each for each in costs if each.row.name.startswith("series-")]
    if by_series:
        folder.mkdir(parents=True, exist_ok=True)
        plot(by_series, folder)


def write(results: Sequence[Result], rounds: int, load: float) -> None:
    """Write the page."""
    today = dt.datetime.now(tz=dt.UTC).date()
    taken = Conditions(
        today, describe_machine(), count_cores(), describe_commit(), rounds
    )
    PAGE.write_text(format_page(results, taken, load), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
