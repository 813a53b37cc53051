"""Rows: all that is measured, as tables, with the targets that are set.

    TARGETS   cost beside the floor, by bench/floor/compare
    DELAYS    one-way delay, with the proxy and without
    PAIRS     the cost of one work beside that of another
    SERIES    cost per line while one thing varies; a plot each

All but TARGETS are measured with `statshard load`. Must not know: how it is measured.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from statshard.settings.hashes import HASHES

HERE, HERE_6 = "127.0.0.1", "::1"
BACKENDS = 4
MAX_DELAY_MS = 5.0  # the default of --max-delay-ms, which no row changes
SPARE_MS = 2.0  # what the delay may exceed it by
FLOOR_BACKENDS = 16  # the most that bench/floor/floor.c serves
FLOOR_PAYLOAD = 1432  # bytes; it cuts what is longer
STAMPED = len("load.") + len(":1000000000000000000|c")  # a line without its number
BUSIEST_MOST = 0.75  # of the lines, of two workers
QUICK_S = 0.2  # of each work, where it only has to be seen that it runs
DEFAULT_HASH = "rendezvous"
SAME_COST = 1.10  # a cost per line that is taken as the same


@dataclass(frozen=True)
class Target:
    """One load, and what statshard may cost under it."""

    name: str
    what: str
    rate: int  # datagrams a second
    lines: int  # lines of one datagram
    seconds: float
    most_ratio: float  # CPU per line, in floors
    most_rss_mib: float
    flags: tuple[str, ...] = ()  # for `statshard run`, beyond those of every row


@dataclass(frozen=True)
class Work:
    """What a forwarder is given to do by `statshard load`, and for how long."""

    rate: int  # datagrams a second
    seconds: float = 1.0
    lines: int = 1  # of one datagram
    names: int = 10_000
    size: int = 34  # bytes of a line: room for the number of ten million names
    senders: int = 8  # flows
    backends: int = BACKENDS
    workers: int = 1
    host: str = HERE

    @property
    def datagram_bytes(self) -> int:
        """The bytes of one datagram."""
        line = max(self.size, STAMPED + len(str(self.names - 1)))
        return self.lines * (line + 1) - 1

    @property
    def fits_floor(self) -> bool:
        """Whether the floor can do it: IPv4, one thread, whole and few enough."""
        is_plain = self.host == HERE and self.workers == 1
        is_whole = self.datagram_bytes <= FLOOR_PAYLOAD
        return is_plain and is_whole and self.backends <= FLOOR_BACKENDS


@dataclass(frozen=True)
class Delay:
    """A work, and how late its lines may be."""

    name: str
    work: Work
    most_p99_ms: float = MAX_DELAY_MS + SPARE_MS


@dataclass(frozen=True)
class Pair:
    """A work, another to hold it against, and what may be between them."""

    name: str
    what: str
    work: Work
    beside_what: str
    beside: Work
    most_ratio: float | None = None  # CPU per line; None: told, without a target
    most_share: float | None = None  # of all lines, of the busiest worker


@dataclass(frozen=True)
class Series:
    """One thing that varies, all else as in `base`."""

    name: str
    title: str
    unit: str  # of what varies: the label of the plot's axis
    field: str  # of Work
    values: tuple[int, ...]
    base: Work
    ends_at_loss: bool = False  # the values go on until lines are lost

    @property
    def works(self) -> tuple[Work, ...]:
        """The works, in the order of the values."""
        changes: Iterable[dict[str, Any]]  # Any: the fields of Work differ in type
        changes = ({self.field: each} for each in self.values)
        return tuple(replace(self.base, **each) for each in changes)


# Of what is measured for every hash: the lines are many, and all else costs little.
PACKED = Target(
    "packed", "100 000 datagrams/s, 10 lines each", 100_000, 10, 3, 1.15, 30
)

TARGETS = (
    Target("single", "200 000 datagrams/s, 1 line each", 200_000, 1, 3, 1.0, 30),
    PACKED,
    Target("slow", "20 000 datagrams/s, 1 line each", 20_000, 1, 10, 0.4, 30),
    *(
        replace(
            PACKED,
            name=f"packed-{each}",
            what=f"the same as packed, --hash {each}",
            flags=("--hash", each),
        )
        for each in HASHES
        if each != DEFAULT_HASH
    ),
)

DELAYS = (
    Delay("delay-20k", Work(20_000, seconds=3)),
    Delay("delay-200k", Work(200_000, seconds=3)),
)

_BUSY = Work(200_000, seconds=3, senders=16)

PAIRS = (
    Pair(
        "workers",
        "two workers, 16 flows, 200 000 datagrams/s",
        replace(_BUSY, workers=2),
        "one worker",
        _BUSY,
        most_ratio=SAME_COST,
        most_share=BUSIEST_MOST,
    ),
    Pair(
        "ipv6",
        "IPv6, 200 000 datagrams/s",
        replace(_BUSY, host=HERE_6),
        "IPv4",
        _BUSY,
    ),
)

_MANY, _FEW = Work(100_000), Work(20_000)

SERIES = (
    Series(
        "names",
        "Cost per line by the number of names",
        "names",
        "names",
        (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000),
        _MANY,
    ),
    Series(
        "backends",
        "Cost per line by the number of backends",
        "backends",
        "backends",
        (2, 4, 8, 16, 50, 100, 200),
        _MANY,
    ),
    Series(
        "length",
        "Cost per line by its length",
        "bytes of a line",
        "size",
        (34, 100, 400, 1_400, 8_000),
        _FEW,
    ),
    Series(
        "lines",
        "Cost per line by the lines of a datagram",
        "lines of a datagram",
        "lines",
        (1, 2, 5, 10, 20, 40, 60),
        _FEW,
    ),
    Series(
        "rate",
        "Cost per line by the rate",
        "datagrams/s",
        "rate",
        (
            *(5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 300_000, 400_000),
            *(500_000, 600_000, 700_000, 800_000, 1_000_000, 1_200_000, 1_500_000),
        ),
        _MANY,
        ends_at_loss=True,
    ),
)


@dataclass(frozen=True)
class Rows:
    """Rows to measure, by their kind."""

    targets: tuple[Target, ...] = TARGETS
    delays: tuple[Delay, ...] = DELAYS
    pairs: tuple[Pair, ...] = PAIRS
    series: tuple[Series, ...] = SERIES

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all of them, as --only takes them, in the page's order."""
        rows: tuple[Target | Delay | Pair | Series, ...]
        rows = (*self.targets, *self.delays, *self.pairs, *self.series)
        return tuple(row.name for row in rows)


def choose(rows: Rows, names: Collection[str]) -> Rows:
    """Return the rows of these names."""
    return Rows(
        tuple(row for row in rows.targets if row.name in names),
        tuple(row for row in rows.delays if row.name in names),
        tuple(row for row in rows.pairs if row.name in names),
        tuple(row for row in rows.series if row.name in names),
    )


def shorten(rows: Rows) -> Rows:
    """Return the rows with a moment for each work: it shows that they run, no more."""

    def short(work: Work) -> Work:
        return replace(work, seconds=QUICK_S)

    return Rows(
        tuple(replace(row, seconds=QUICK_S) for row in rows.targets),
        tuple(replace(row, work=short(row.work)) for row in rows.delays),
        tuple(
            replace(row, work=short(row.work), beside=short(row.beside))
            for row in rows.pairs
        ),
        tuple(replace(row, base=short(row.base)) for row in rows.series),
    )
