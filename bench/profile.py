"""Profile: where the time of a busy proxy goes, line by line of the source.

    make profile                  two loads, into bench/PROFILE.md
    make profile ARGS="--print"   the same to the terminal alone

perf(1) samples the proxy's threads while `statshard load` sends; the compiled modules
know the lines of their .pyx files (emit_linenums), so each sample falls on one. Exit
status 1 where perf is missing or may not sample.
"""

import argparse
import datetime as dt
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.cost import send
from bench.forwarder import Forwarder
from bench.machine import ROOT, describe_commit, describe_machine
from bench.rows import Work

PAGE = ROOT / "bench" / "PROFILE.md"
PLANE = ROOT / "src" / "statshard" / "plane"
SECONDS = 6.0  # of sending; perf looks at all of it
SAMPLES_PER_S = 9973  # a prime, so as not to beat with what the proxy does regularly
MOST = 20  # rows of a table
KERNEL = "[kernel.kallsyms]"
WORKS = (
    ("200 000 datagrams/s, 1 line each", Work(200_000, seconds=SECONDS)),
    ("100 000 datagrams/s, 10 lines each", Work(100_000, seconds=SECONDS, lines=10)),
)
HEAD = """\
# Where the time goes

Written by `make profile`; not to be edited. perf(1) sampled `statshard run` with one
worker and four backends on loopback. A share is of all samples of the process, so what
stands under a table's lines and is not shown makes up the rest.

- date: {date}
- machine: {machine}
- commit: {commit}
"""


@dataclass(frozen=True)
class Share:
    """A part of the samples, and where they fell."""

    percent: float
    place: str  # an object; a function; file:line
    text: str = ""  # the line, where it is ours


def record(work: Work, samples: Path) -> None:
    """Sample the proxy while it does a work."""
    with Forwarder(work) as forwarder:
        sending = threading.Thread(
            target=send, args=(work, forwarder.target, forwarder.receivers)
        )
        sending.start()
        words = ["perf", "record", "--quiet", "-F", str(SAMPLES_PER_S)]
        words += ["-o", str(samples), "-p", str(forwarder.pid)]
        done = subprocess.run(
            [*words, "--", "sleep", f"{work.seconds:g}"],
            check=False,
            stderr=subprocess.PIPE,
            text=True,
        )
        sending.join()
    if done.returncode:
        sys.exit(f"profile: perf could not sample: {done.stderr.strip()}")


def report(samples: Path, *fields: str) -> list[list[str]]:
    """Return perf's rows of these fields, the greatest share first."""
    words = ["perf", "report", "--stdio", "-i", str(samples), "-t", "|"]
    done = subprocess.run(
        [*words, "-F", ",".join(("overhead", *fields))],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    rows = [row for row in done.stdout.splitlines() if row and not row.startswith("#")]
    return [[cell.strip() for cell in row.split("|", len(fields))] for row in rows]


def list_objects(rows: Iterable[Sequence[str]]) -> list[Share]:
    """Return the shares of the kernel, of each library and of each of our modules."""
    return [Share(read_percent(share), name_object(dso)) for share, dso in rows]


def list_lines(rows: Iterable[Sequence[str]]) -> list[Share]:
    """Return the shares of single lines outside the kernel, with ours in words."""
    lines = []
    for share, dso, where in rows:
        if dso == KERNEL:
            continue
        file, _, number = where.rpartition(":")
        source = PLANE / f"{Path(file).stem}.pyx"
        is_ours = source.is_file() and number.isdigit()
        text = read_line(source, int(number)) if is_ours else ""
        place = f"{source.name}:{number}" if is_ours else f"{name_object(dso)} {where}"
        lines.append(Share(read_percent(share), place, text))
    return lines


def list_functions(rows: Iterable[Sequence[str]]) -> list[Share]:
    """Return the shares of the kernel's functions."""
    return [
        Share(read_percent(share), function.removeprefix("[k] "))
        for share, dso, function in rows
        if dso == KERNEL
    ]


def read_percent(text: str) -> float:
    """Read 1.35%."""
    return float(text.removesuffix("%"))


def read_line(source: Path, number: int) -> str:
    """Return a line of a source file, or nothing."""
    lines = source.read_text("utf-8").splitlines()
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def name_object(dso: str) -> str:
    """Return an object's name, without what names the interpreter."""
    return dso.split(".cpython", maxsplit=1)[0]


def format_table(title: str, shares: Sequence[Share]) -> str:
    """Return the greatest shares as a Markdown table."""
    rows = [f"| {title} | share, % | |", "| --- | --- | --- |"]
    for share in shares[:MOST]:
        text = f"`{share.text}`" if share.text else ""
        rows.append(f"| {share.place} | {share.percent:.1f} | {text} |")
    return "\n".join(rows)


def profile(title: str, work: Work) -> str:
    """Sample a work; return its section of the page."""
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples"
        record(work, samples)
        tables = (
            format_table("where", list_objects(report(samples, "dso"))),
            format_table("line", list_lines(report(samples, "dso", "srcline"))),
            format_table("kernel", list_functions(report(samples, "dso", "sym"))),
        )
    return "\n\n".join((f"## {title}", *tables))


def main() -> int:
    """Profile each work; write the page, or print it."""
    parser = argparse.ArgumentParser(
        prog="profile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--print", action="store_true", help="write no page")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of each load [default: 6]"
    )
    asked = parser.parse_args()
    if shutil.which("perf") is None:
        print("profile: perf is missing: apt-get install linux-perf", file=sys.stderr)
        return 1
    sections = [profile(t, replace(w, seconds=asked.seconds)) for t, w in WORKS]
    today = dt.datetime.now(tz=dt.UTC).date()
    head = HEAD.format(date=today, machine=describe_machine(), commit=describe_commit())
    page = "\n\n".join((head.rstrip(), *sections)) + "\n"
    if asked.print:
        print(page)
    else:
        PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
