"""Rows of the aggregation server: what is measured, as tables, with their targets.

    COSTS    CPU per line at the usual interval: these have a target
    OFTEN    the same with a flush each second: what flushes cost
    BY_SERIES  memory, cost and length of a flush by the number of series
    BESIDE   what etsy's statsd takes of the same load
    DURING   how long datagrams wait for a worker while a flush is made

Must not know: how it is measured.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from bench.rows import MAX_DELAY_MS, SPARE_MS

TYPES = "c,ms,g"  # of the names in turn: counters, timers, gauges
NAMES = 10_000
INTERVAL_S = 10.0  # the default
# Of a load that is to be told by one flush: it may begin late, and must end before.
LOAD_S = 8.0
QUICK_INTERVAL_S, QUICK_LOAD_S = 1.0, 0.5
QUICK_NAMES = 20_000  # at most


@dataclass(frozen=True)
class Stream:
    """A load, and the interval of the server that takes it."""

    rate: int  # datagrams a second
    lines: int = 1  # of one datagram
    names: int = NAMES
    seconds: float = LOAD_S
    interval_s: float = INTERVAL_S
    size: int = 34  # bytes of a line
    senders: int = 8  # flows
    types: str = TYPES
    is_floors: bool = False  # sent by bench/floor/load.c, with lines of its own


@dataclass(frozen=True)
class Row:
    """A stream, and what a line of it may cost."""

    name: str
    what: str
    stream: Stream
    most_us: float | None = None  # CPU of the whole process, of each line; None: told
    others: str = "-"  # what other servers took, on another day


@dataclass(frozen=True)
class During:
    """A stream, and what the delay may be while a flush is made."""

    name: str
    what: str
    stream: Stream
    most_ratio: float  # of p99s: during flushes, beside the rest of the time
    # What that of the rest may be: max_delay_ms and 2 ms. Above it something else kept
    # the worker from its CPU, and a ratio to that would flatter the flush.
    most_usual_ms: float = MAX_DELAY_MS + SPARE_MS


SINGLE, PACKED = Stream(200_000), Stream(50_000, lines=10)

COSTS: tuple[Row, ...] = (
    Row(
        "server-single",
        "200 000 datagrams/s, 1 line each",
        SINGLE,
        1.1,
        "brubeck 2.6, statsite 1.9, etsy 5.2",
    ),
    Row(
        "server-packed",
        "50 000 datagrams/s, 10 lines each",
        PACKED,
        0.25,
        "brubeck 0.46, statsite 0.84, etsy 2.4",
    ),
)

# By the generator under which the others were measured: shorter values, each name of
# all three types; of 4 096 datagrams in turn, so single lines have 3 400 names.
COSTS += tuple(
    replace(
        row,
        name=f"{row.name}-floor",
        what=f"{row.what}, by bench/floor/load.c",
        stream=replace(row.stream, is_floors=True),
    )
    for row in COSTS
)

OFTEN = (
    Row(
        "server-single-often",
        "200 000 x 1, a flush each second",
        replace(SINGLE, seconds=4.5, interval_s=1.0),
    ),
    Row(
        "server-packed-often",
        "50 000 x 10, a flush each second",
        replace(PACKED, seconds=4.5, interval_s=1.0),
    ),
)

BY_SERIES = tuple(
    Row(f"series-{names}", f"{names} names", replace(PACKED, names=names))
    for names in (1_000, 10_000, 100_000, 200_000, 1_000_000)
)

# By etsy's statsd, where it is installed.
BESIDE = tuple(
    replace(row, name=row.name.replace("server", "etsy"), most_us=None)
    for row in COSTS
    if not row.stream.is_floors
)

DURING = (
    During(
        "server-flush",
        "100 000 datagrams/s over 200 000 names",
        Stream(100_000, names=200_000, seconds=28.0),
        2.0,
    ),
)


@dataclass(frozen=True)
class Rows:
    """Rows to measure, by their kind."""

    costs: tuple[Row, ...] = COSTS
    often: tuple[Row, ...] = OFTEN
    by_series: tuple[Row, ...] = BY_SERIES
    beside: tuple[Row, ...] = BESIDE
    during: tuple[During, ...] = DURING

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all of them, as --only takes them, in the page's order."""
        rows: tuple[Row | During, ...]
        rows = (*self.costs, *self.often, *self.by_series, *self.beside, *self.during)
        return tuple(row.name for row in rows)


def choose(rows: Rows, names: Collection[str]) -> Rows:
    """Return the rows of these names."""
    return Rows(
        tuple(row for row in rows.costs if row.name in names),
        tuple(row for row in rows.often if row.name in names),
        tuple(row for row in rows.by_series if row.name in names),
        tuple(row for row in rows.beside if row.name in names),
        tuple(row for row in rows.during if row.name in names),
    )


def shorten(rows: Rows) -> Rows:
    """Return the rows with a moment for each stream: only to show that they run."""

    def short(stream: Stream) -> Stream:
        return replace(
            stream,
            seconds=QUICK_LOAD_S,
            interval_s=QUICK_INTERVAL_S,
            names=min(stream.names, QUICK_NAMES),
        )

    def shorter(some: tuple[Row, ...]) -> tuple[Row, ...]:
        return tuple(replace(row, stream=short(row.stream)) for row in some)

    during = tuple(
        # Long enough for a flush and for what is no flush.
        replace(row, stream=replace(short(row.stream), seconds=2.5))
        for row in rows.during
    )
    return Rows(
        shorter(rows.costs),
        shorter(rows.often),
        shorter(rows.by_series),
        shorter(rows.beside),
        during,
    )
