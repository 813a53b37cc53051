"""Evenness, measured: how evenly each shard function spreads keys, as page and plot.

    make evenness                     into bench/EVENNESS.md and its plot: some minutes
    make evenness ARGS="--quick"      few names, to the terminal alone

Exit status 1 where, for some number of backends up to 200, rendezvous is less even than
ketama.
"""

import argparse
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.evenness import (
    COUNTS,
    NAMES,
    OF_POINTS,
    OF_SLOTS,
    Figures,
    format_page,
    measure,
    tabulate,
)
from bench.machine import ROOT
from bench.plots import SIZE_INCHES, STYLE, save
from statshard.settings.hashes import HASHES

PAGE = ROOT / "bench" / "EVENNESS.md"
PLOT = ROOT / "bench" / "plots" / "evenness.svg"
QUICK_NAMES = 20_000
COLORS = {
    "rendezvous": "#0b5fa5",
    "ketama": "#b3541e",
    "libketama": "#f0c8a0",
    "etsy": "#2e7d32",
    "jump": "#6a3d9a",
    "murmur3": "#a58fc4",
    "sdbm": "#808080",
    "djb2": "#c00000",
}


def main() -> int:
    """Measure and write; return the exit status."""
    parser = argparse.ArgumentParser(description="How even the shard functions are.")
    parser.add_argument("--quick", action="store_true", help="few names; no page")
    is_quick = parser.parse_args().quick
    figures = measure(QUICK_NAMES if is_quick else NAMES)
    faults = list(figures.list_faults())
    if is_quick:
        print(tabulate(figures.by_names, tuple(HASHES)))
        print(tabulate(figures.by_numbers, (*OF_SLOTS, *OF_POINTS)))
    else:
        PAGE.write_text(format_page(figures, faults), encoding="utf-8")
        draw(figures, PLOT)
    for fault in faults:
        print(f"rendezvous is less even than ketama: {fault}", file=sys.stderr)
    return 1 if faults and not is_quick else 0


def draw(figures: Figures, path: Path) -> None:
    """Draw evenness over names by the number of backends."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        axes = figure.subplots()
        for name in HASHES:
            found = [figures.by_names[name, count] for count in COUNTS]
            # With equal weights libketama lies on ketama: both are to be seen.
            line = "--" if name == "libketama" else "-"
            axes.plot(COUNTS, found, line, label=name, color=COLORS[name], marker=".")
        axes.set_xscale("log")
        axes.set_xticks(COUNTS, [str(count) for count in COUNTS])
        axes.set_xticks([], minor=True)
        axes.set_ylim(bottom=1)
        axes.set_title(f"Evenness over {NAMES:,} names")
        axes.set_xlabel("backends")
        axes.set_ylabel("busiest / mean")
        axes.legend(ncols=2)
        save(figure, path)


if __name__ == "__main__":
    sys.exit(main())
