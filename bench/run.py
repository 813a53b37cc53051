"""Measure `statshard run` beside the floor, and write bench/RESULTS.md.

    make bench                                  every row, into bench/RESULTS.md
    make bench ARGS="--only single --rounds 1"  some rows, to the terminal alone

A row is one load and its targets; new rows are added to ROWS. The measuring itself is
bench/floor/compare's: it runs a C forwarder that parses nothing, then statshard under
the same load, and counts what arrived. Exit status 0 where every target was met.
"""

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPARE = ROOT / "bench" / "floor" / "compare"
RESULTS = ROOT / "bench" / "RESULTS.md"
BACKENDS = 4


@dataclass(frozen=True)
class Row:
    """One load, and what statshard may cost under it."""

    name: str
    what: str
    rate: int  # datagrams a second
    lines: int  # lines of one datagram
    seconds: int
    most_ratio: float  # CPU per line, in floors
    most_rss_mib: float
    flags: tuple[str, ...] = ()  # for `statshard run`, beyond those of build_command


@dataclass(frozen=True)
class Measured:
    """What one row came to: medians over the rounds, lines lost in all, peak memory."""

    row: Row
    ratio: float
    floor_us: float
    our_us: float
    lost: int
    rss_mib: float

    def has_passed(self) -> bool:
        """Tell whether every target of the row was met."""
        cheap = self.ratio <= self.row.most_ratio
        return cheap and self.lost == 0 and self.rss_mib <= self.row.most_rss_mib


ROWS = (
    Row("single", "200 000 datagrams/s, 1 line each", 200_000, 1, 3, 1.0, 30),
    Row("packed", "100 000 datagrams/s, 10 lines each", 100_000, 10, 3, 1.15, 30),
    Row("slow", "20 000 datagrams/s, 1 line each", 20_000, 1, 10, 0.4, 30),
)


def build_command(row: Row) -> list[str]:
    """Return the proxy's command; compare fills in the ports."""
    words = ["statshard", "run", "--no-admin", "--workers", "1"]
    words += ["--listen", "udp://127.0.0.1:{listen}"]
    for number in range(BACKENDS):
        words += ["--backend", f"127.0.0.1:{{b{number}}}"]
    return [*words, *row.flags]


def build_options(row: Row, rounds: int) -> list[str]:
    """Return the options of compare for one row."""
    load = {"--rate": row.rate, "--lines": row.lines, "--seconds": row.seconds}
    load |= {"--rounds": rounds, "--backends": BACKENDS}
    return [word for option, value in load.items() for word in (option, str(value))]


def measure(row: Row, rounds: int) -> Measured:
    """Run one row; exit with compare's own words where it could not be measured."""
    _, *words = build_command(row)
    statshard = Path(sys.executable).with_name("statshard")
    options = [*build_options(row, rounds), "--json", "--", str(statshard)]
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
    return Measured(
        row,
        ratio=found["ratio"],
        floor_us=statistics.median(r["us_per_line"] for r in floor),
        our_us=statistics.median(r["us_per_line"] for r in ours),
        lost=found["lost"],
        rss_mib=max(r["rss_mib"] for r in ours),
    )


COLUMNS = (
    "row",
    "load",
    "target",
    "measured",
    "floor, us/line",
    "statshard, us/line",
    "lost",
    "peak RSS, MiB (target)",
    "",
)


def format_cells(measured: Measured) -> list[str]:
    """Return one row of the table, a text for each of COLUMNS."""
    row = measured.row
    return [
        row.name,
        row.what,
        f"<= {row.most_ratio:.2f} x",
        f"{measured.ratio:.2f} x",
        f"{measured.floor_us:.3f}",
        f"{measured.our_us:.3f}",
        str(measured.lost),
        f"{measured.rss_mib:.1f} (<= {row.most_rss_mib:.0f})",
        "pass" if measured.has_passed() else "MISS",
    ]


def format_table(results: list[Measured]) -> str:
    """Return the results as a Markdown table."""
    rows = [COLUMNS, ["---"] * len(COLUMNS), *map(format_cells, results)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def first_line(*command: str) -> str:
    """Return the first line that a command prints, or nothing."""
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT
    )
    return (done.stdout.splitlines() or [""])[0]


def describe_machine() -> str:
    """Return CPU, cores, kernel, Python and compiler of this machine."""
    info = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    models = [m.split(":")[1].strip() for m in info.splitlines() if "model name" in m]
    cpu = models[0] if models else platform.machine()
    cores = len(os.sched_getaffinity(0))
    python = f"{platform.python_implementation()} {platform.python_version()}"
    kernel = f"{platform.system()} {platform.release()}"
    compiler = first_line(*sysconfig.get_config_vars()["CC"].split(), "--version")
    return f"{cpu}, {cores} cores, {kernel}, {python}, {compiler}"


def describe_commit() -> str:
    """Return the commit that was measured, and whether the tree differed from it."""
    commit = first_line("git", "rev-parse", "--short=12", "HEAD") or "none"
    others = f":!{RESULTS.relative_to(ROOT)}"
    changed = first_line("git", "status", "--porcelain", "--", ".", others)
    return f"{commit}, with uncommitted changes" if changed else commit


def format_page(results: list[Measured], rounds: int) -> str:
    """Return the text of bench/RESULTS.md."""
    commands = "\n".join(
        f"bench/floor/compare {' '.join(build_options(r.row, rounds))} -- \\\n"
        f"    {' '.join(build_command(r.row))}"
        for r in results
    )
    today = dt.datetime.now(tz=dt.UTC).date()
    return f"""# What statshard costs beside the floor

Written by `make bench`; not to be edited. The floor is a C forwarder that parses
nothing (bench/floor), run in turn with statshard under the same load. CPU is that of
the whole process, user and system. The ratio is the median of {rounds} rounds; lost
lines are their sum, memory is their peak.

- date: {today}
- machine: {describe_machine()}
- commit: {describe_commit()}

{format_table(results)}

```
{commands}
```
"""


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [row.name for row in ROWS]
    parser.add_argument(
        "--only",
        action="append",
        choices=names,
        help="measure this row, print it, and leave RESULTS.md alone; may be repeated",
    )
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def main() -> int:
    """Measure the rows asked for; write the page where that was all of them."""
    asked = parse_arguments()
    results = []
    for row in ROWS:
        if asked.only and row.name not in asked.only:
            continue
        print(f"measuring {row.name}: {row.what}", flush=True)
        results.append(measure(row, asked.rounds))
    if not asked.only:
        RESULTS.write_text(format_page(results, asked.rounds), encoding="utf-8")
    print(format_table(results))
    return 0 if all(result.has_passed() for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
