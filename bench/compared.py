"""Compared: the rows with a target beside the floor, measured by bench/floor/compare.

It runs a C forwarder that parses nothing, then statshard under the same load, in turn,
and counts what arrived. Must not know: `statshard load`.
"""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.forwarder import STATSHARD
from bench.rows import BACKENDS, HERE, Target

COMPARE = Path(__file__).resolve().parent / "floor" / "compare"


@dataclass(frozen=True)
class Compared:
    """What one row came to: medians over the rounds, lines lost in all, peak memory."""

    row: Target
    ratio: float
    floor_us: float  # CPU per line
    our_us: float
    lost: int
    rss_mib: float


def measure(row: Target, rounds: int) -> Compared:
    """Run one row; exit with compare's own words where it could not be measured."""
    _, *words = build_command(row)
    options = [*build_options(row, rounds), "--json", "--", str(STATSHARD)]
    done = subprocess.run(
        [sys.executable, COMPARE, *options, *words],
        check=False,  # its status 1 says that lines were lost, which the table shows
        stdout=subprocess.PIPE,
        text=True,
    )
    if not done.stdout:
        sys.exit(f"bench: row {row.name!r} could not be measured")
    found = json.loads(done.stdout)
    floor, ours = zip(*found["rounds"], strict=True)
    return Compared(
        row,
        ratio=found["ratio"],
        floor_us=statistics.median(r["us_per_line"] for r in floor),
        our_us=statistics.median(r["us_per_line"] for r in ours),
        lost=found["lost"],
        rss_mib=max(r["rss_mib"] for r in ours),
    )


def build_command(row: Target) -> list[str]:
    """Return the proxy's command; compare fills in the ports."""
    words = ["statshard", "run", "--no-admin", "--workers", "1"]
    words += ["--listen", f"udp://{HERE}:{{listen}}"]
    for number in range(BACKENDS):
        words += ["--backend", f"{HERE}:{{b{number}}}"]
    return [*words, *row.flags]


def build_options(row: Target, rounds: int) -> list[str]:
    """Return the options of compare for one row."""
    load = {"--rate": row.rate, "--lines": row.lines, "--seconds": row.seconds}
    load |= {"--rounds": rounds, "--backends": BACKENDS}
    return [word for option, value in load.items() for word in (option, f"{value:g}")]
