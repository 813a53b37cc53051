"""Evenness: how evenly each shard function spreads keys, by the number of backends.

Evenness is max / mean: what the busiest backend has beside the mean, 1 at best. A
figure is the mean over several sets of backends. Counted are names, and for the
functions whose numbers are spread evenly the share of numbers that is each backend's:
slots of rendezvous, arcs of the rings. Must not know: files, how plots are drawn.
"""

import itertools
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.machine import describe_commit
from statshard.plane.plane import Table
from statshard.routing.lines import generate
from statshard.routing.plan import evenness
from statshard.settings.hashes import HASHES

NAMES = 1_000_000
SETS = 5  # of backends
COUNTS = (2, 3, 5, 7, 10, 16, 20, 33, 50, 100, 200, 500, 1000)  # of backends
HELD = 200  # up to which rendezvous has to be at least as even as ketama
RING = 1 << 32  # a ring's numbers
OF_SLOTS = ("rendezvous",)
OF_POINTS = ("etsy", "ketama", "libketama")
TEXT = """\
# How even the shard functions are

Written by `make evenness`; not to be edited. Commit: {commit}.

What the busiest backend has, beside the mean (max / mean, 1 at best), for equal
weights. Each figure is the mean over {sets} sets of backends, named by their addresses;
what varies from set to set is luck of the names, and grows with the number of backends.

![Evenness by the number of backends](plots/evenness.svg)

## Over {names:,} names

Names as a fleet of services has them (`src/statshard/routing/lines.py`), by each
function's own key.

{by_names}

## Over slots and arcs

The share of its numbers that is the busiest backend's: of rendezvous in slots, of the
rings in arcs between points. What is spread evenly over the numbers, many keys in the
end, comes to this; the others' numbers are shared evenly by their construction.

{by_numbers}

## What holds

Up to {held} backends rendezvous is at least as even as ketama, over slots and over
names: {verdict}. Beyond, its 65 536 slots are few for each backend, and ketama's 160
points each, which stay as many, are more even.

jump, murmur3 and sdbm are as even as chance is. djb2 is a weak function: it multiplies
by 33, so with 2, 4, 8, 16 or 32 backends the sum of the letters decides, and all names
of the same letters meet; with 3, 11 or 33 backends, and names of up to 12 letters, the
last letter alone. Of all {short_names:,} names of three small letters, the busiest of
33 backends has {short:.2f} times the mean, and {idle} have none. `statshard plan --keys
FILE` shows what it does to names of your own.
"""


@dataclass(frozen=True)
class Figures:
    """Evenness by (function, number of backends)."""

    by_names: dict[tuple[str, int], float]
    by_numbers: dict[tuple[str, int], float]

    def list_faults(self) -> Iterator[str]:
        """Yield where rendezvous is less even than ketama, and must not be."""
        for what, found in (("names", self.by_names), ("numbers", self.by_numbers)):
            for count in COUNTS:
                ours, theirs = found["rendezvous", count], found["ketama", count]
                if count <= HELD and ours > theirs:
                    yield f"{count} backends, {what}: {ours:.3f} > {theirs:.3f}"


def measure(names: int) -> Figures:
    """Return all figures, over this many names."""
    lines = list(generate(names))
    by_names, by_numbers = {}, {}
    for hash_name, count in itertools.product(HASHES, COUNTS):
        tables = [open_table(hash_name, count, number) for number in range(SETS)]
        counted = [max_over_mean(spread(table, lines), count) for table in tables]
        by_names[hash_name, count] = sum(counted) / SETS
        if hash_name in (*OF_SLOTS, *OF_POINTS):
            shared = [max_over_mean(share(hash_name, table), count) for table in tables]
            by_numbers[hash_name, count] = sum(shared) / SETS
        print(f"{hash_name}, {count} backends", file=sys.stderr)
    return Figures(by_names, by_numbers)


def open_table(hash_name: str, count: int, number: int) -> Table:
    """Return the table of a set of equal backends; the sets are numbered."""
    nodes = [b"10.%d.%d.%d:8125" % (number, *divmod(i, 250)) for i in range(count)]
    backends = [(node, node, 1.0) for node in nodes]
    return Table(hash_name, HASHES[hash_name].key, backends)


def spread(table: Table, lines: Sequence[bytes]) -> Counter[int]:
    """Return how many lines each backend gets."""
    return Counter(table.pick_many(lines))


def share(hash_name: str, table: Table) -> Counter[int]:
    """Return how many slots, or numbers of the ring, are each backend's."""
    if hash_name in OF_SLOTS:
        return Counter(memoryview(table.owners()).cast("H"))
    points = table.points()
    arcs: Counter[int] = Counter()
    before = points[-1][0] - RING
    for value, index in points:
        arcs[index] += value - before
        before = value
    return arcs


def max_over_mean(spread_: Counter[int], count: int) -> float:
    """Return the evenness of equal backends."""
    return evenness([spread_[index] for index in range(count)], [1.0] * count)


def tabulate(found: dict[tuple[str, int], float], functions: Sequence[str]) -> str:
    """Return the figures as a table: a row for each number of backends."""
    rows = [["backends", *functions], ["---:"] * (len(functions) + 1)]
    rows += [
        [str(count), *(f"{found[name, count]:.3f}" for name in functions)]
        for count in COUNTS
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def format_page(figures: Figures, faults: Sequence[str]) -> str:
    """Return the text of the page."""
    letters = [bytes(each) for each in itertools.product(range(97, 123), repeat=3)]
    lines = [name + b":1|c" for name in letters]
    short = spread(open_table("djb2", 33, 0), lines)
    return TEXT.format(
        short_names=len(lines),
        short=max_over_mean(short, 33),
        idle=33 - len(short),
        commit=describe_commit(),
        sets=SETS,
        names=NAMES,
        by_names=tabulate(figures.by_names, tuple(HASHES)),
        by_numbers=tabulate(figures.by_numbers, (*OF_SLOTS, *OF_POINTS)),
        held=HELD,
        verdict=f"NOT so ({'; '.join(faults)})" if faults else "so it is here",
    )
