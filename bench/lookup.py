"""Look-ups: what a line's place costs by hash, key and number of backends.

    make lookups                  into bench/LOOKUP.md
    make lookups ARGS="--quick"   all of it for a moment, to the terminal

The worker's own two steps are timed (key and hash of 32 lines, then their backends) in
compiled code, with no Python between lines; judging, packing and sending are not in it.
Then how long a table takes to make, and to change. Exit status 0 where every target was
met.
"""

import argparse
import datetime as dt
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from statistics import median

from bench.machine import ROOT, describe_commit, describe_machine
from bench.tables import format_count, format_table
from statshard.plane._timed import lookup_ns
from statshard.plane.plane import Table

PAGE = ROOT / "bench" / "LOOKUP.md"
HASHES = (
    *("rendezvous", "djb2", "jump", "etsy", "murmur3", "ketama", "libketama", "sdbm"),
)
KEYS = ("name", "series", "raw", "embedded")
BACKENDS = (4, 16, 64, 250, 1_000)
USUAL = 64  # backends, where keys are held against each other
ROUNDS, QUICK_ROUNDS = 41, 1
LINES = 4_096  # as many as stay in a near cache, as a batch's do
NAME_NS, SERIES_NS = 60.0, 250.0  # targets for a line: key `name`; `series`, five tags
BUILD_MS, CHANGE_MS = 2_000.0, 20.0  # targets for a table of 1 000 backends

Row = tuple[bytes, bytes, float]

PLAIN = [b"service%d.requests.status.%d:1|c" % (i % 97, i) for i in range(LINES)]
TAGGED = [
    b"service%d.requests:%d|c|@0.5"
    b"|#env:prod,host:web%d,region:eu-west-1,version:1.2.3,team:core"
    % (i % 97, i, i % 500)
    for i in range(LINES)
]

TEXT = """\
# What a line's place costs

Written by `make lookups`; not to be edited.

- date: {date}
- machine: {machine}
- commit: {commit}
- targets: {targets}

Nanoseconds for key, hash and backend of a line, as a worker finds them: 32 lines at a
time, in compiled code. Medians of {rounds} rounds over {lines} lines.

## By hash and number of backends

Key `name`, lines such as `{plain}`. Target: at most {name_ns:g} ns.

{by_hash}

With one backend out (`djb2`, `jump`, `murmur3`, `sdbm` then look at who is):

{by_hash_out}

## By hash and key

{usual} backends. The columns of five tags are of lines such as
`{tagged}`.
Target for `series` of five tags: at most {series_ns:g} ns.

{by_key}

## Tables

Milliseconds of CPU to make a table, and to change it: the slowest of one backend out,
back, added, removed and given another weight, each the median of five. A table that
follows another takes over what has not changed. `djb2`, `jump` and `murmur3` first make
spares of rendezvous (column *prepared*), which is done once. No worker waits for any of
it: it runs beside them, without the GIL. Targets: {build_ms:g} ms to make and
{change_ms:g} ms to change a table of 1 000 backends.

{by_table}
"""


@dataclass(frozen=True)
class Figure:
    """One measured number, and the most it may be."""

    value: float
    most: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether it is within its target, if it has one."""
        return self.most is None or self.value <= self.most

    def __str__(self) -> str:
        """Return it as a cell; a missed target is marked."""
        text = f"{self.value:.1f}"
        return text if self.is_met else f"{text} MISS"


Line = tuple[str, tuple[Figure, ...]]


def main() -> int:
    """Measure, and write the page where that was in earnest."""
    parser = argparse.ArgumentParser(prog="lookup", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, printed")
    rounds = QUICK_ROUNDS if parser.parse_args().quick else ROUNDS
    figures = measure(rounds)
    page = format_page(figures, rounds)
    print(page)
    if rounds == ROUNDS:
        PAGE.write_text(page, encoding="utf-8")
    return 0 if not missed(figures) else 1


def measure(rounds: int) -> dict[str, list[Line]]:
    """Return the lines of each table of the page."""

    def lookup(table: Table, lines: list[bytes], most: float | None = None) -> Figure:
        return Figure(median(lookup_ns(table, lines, rounds)[0]), most)

    def along(hash_name: str, out: tuple[int, ...]) -> Iterable[Figure]:
        for count in BACKENDS:
            yield lookup(Table(hash_name, "name", rows(count), out=out), PLAIN, NAME_NS)

    def across(hash_name: str) -> Iterable[Figure]:
        for key in KEYS:
            table = Table(hash_name, key, rows(USUAL))
            yield lookup(table, PLAIN)
            yield lookup(table, TAGGED, SERIES_NS if key == "series" else None)

    return {
        "by_hash": [(each, tuple(along(each, ()))) for each in HASHES],
        "by_hash_out": [(each, tuple(along(each, (1,)))) for each in HASHES],
        "by_key": [(each, tuple(across(each))) for each in HASHES],
        "by_table": [
            (f"{each}, {format_count(count)}", time_tables(each, count, rounds))
            for each in HASHES
            for count in (USUAL, BACKENDS[-1])
        ],
    }


def rows(count: int, weight: float = 1.0) -> list[Row]:
    """Return so many backends; the first has a weight."""
    names = [b"10.0.%d.%d:8125" % divmod(i, 250) for i in range(count)]
    weights = [weight] + [1.0] * (count - 1)
    return [(each, each, own) for each, own in zip(names, weights, strict=True)]


def time_tables(hash_name: str, count: int, rounds: int) -> tuple[Figure, ...]:
    """Return how long making, preparing and the slowest change take, in ms."""
    usual = rows(count)
    first = Table(hash_name, "name", usual)
    most_build = BUILD_MS if count == BACKENDS[-1] else None
    most_change = CHANGE_MS if count == BACKENDS[-1] else None
    table = first.changed(usual, 2)
    is_weighed = hash_name in {"rendezvous", "ketama", "libketama"}
    changes: list[tuple[list[Row], tuple[int, ...]]] = [
        (usual, (1,)),
        (rows(count + 1), ()),
        (usual[:1] + usual[2:], ()),
        (rows(count, 2.0 if is_weighed else 1.0), ()),
    ]
    slowest = 0.0
    for backends, out in changes:
        there = table.changed(backends, 3, out=out)
        away = partial(table.changed, backends, 3, out=out)
        back = partial(there.changed, usual, 4)
        slowest = max(slowest, time_ms(away, rounds), time_ms(back, rounds))
    return (
        Figure(time_ms(lambda: Table(hash_name, "name", usual), rounds), most_build),
        Figure(time_ms(lambda: first.changed(usual, 2), rounds)),
        Figure(slowest, most_change),
    )


def time_ms(make: Callable[[], Table], rounds: int) -> float:
    """Return the median CPU time of some calls."""
    spans = []
    for _ in range(min(rounds, 5)):
        began_s = time.thread_time()  # not what others on this machine take of it
        make()
        spans.append(1e3 * (time.thread_time() - began_s))
    return median(spans)


def missed(figures: dict[str, list[Line]]) -> list[str]:
    """Return which lines of which table have a figure beyond its target."""
    return [
        f"{table}: {name}"
        for table, lines in figures.items()
        for name, cells in lines
        if not all(cell.is_met for cell in cells)
    ]


def format_page(figures: dict[str, list[Line]], rounds: int) -> str:
    """Return the page."""
    counts = [format_count(count) for count in BACKENDS]
    heads = {
        "by_hash": ("hash", *counts),
        "by_hash_out": ("hash", *counts),
        "by_key": (
            "hash",
            *(f"`{key}`{tags}" for key in KEYS for tags in ("", ", five tags")),
        ),
        "by_table": ("hash, backends", "make", "prepared", "slowest change"),
    }
    tables = {
        table: format_table(
            heads[table], [(name, *map(str, cells)) for name, cells in lines]
        )
        for table, lines in figures.items()
    }
    return TEXT.format(
        date=dt.datetime.now(tz=dt.UTC).date(),
        machine=describe_machine(),
        commit=describe_commit(),
        targets=", ".join(missed(figures)) or "all met",
        rounds=rounds,
        lines=format_count(LINES),
        plain=PLAIN[0].decode(),
        tagged=TAGGED[0].decode(),
        usual=USUAL,
        name_ns=NAME_NS,
        series_ns=SERIES_NS,
        build_ms=BUILD_MS,
        change_ms=CHANGE_MS,
        **tables,
    )


if __name__ == "__main__":
    sys.exit(main())
