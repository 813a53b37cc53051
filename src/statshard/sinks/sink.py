"""Sink: the one interface of everything that flushes go to, and what it is given.

    Flush -> render (any thread) -> Parcel, Parcel -> queue -> deliver -> the store
             names, numbers: a Wording               bounded, retried: outlet.py

A sink says how a flush is written and how a piece of that is handed over; it has no
queue, no retries and no clock of its own. deliver raises OSError where the store cannot
take a parcel now: it will be given the same parcel again, whole. It raises
RefusedError where the store will never take it: its points, or as many as the error
says, are dropped under the error's reason.

A third party's sink is a factory, Order -> Sink, under its URL's scheme in the entry
point group "statshard.sinks". Must not know: workers, tables, settings' sources.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol


class Figures(Protocol):
    """What one timer comes to."""

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in order; those of bins begin with "histogram."."""

    @property
    def values(self) -> Sequence[float]:
        """One value for each name."""


class Flush(Protocol):
    """One interval, as sinks see it: statshard.flush.snapshot.Flush."""

    @property
    def timestamp(self) -> int:
        """When it ended, seconds since the epoch."""

    @property
    def interval_s(self) -> float:
        """What rates are of."""

    @property
    def counters(self) -> Mapping[str, float]:
        """Sums by key."""

    @property
    def timers(self) -> Mapping[str, Figures]:
        """Figures by key."""

    @property
    def gauges(self) -> Mapping[str, float]:
        """Values by key."""

    @property
    def sets(self) -> Mapping[str, int]:
        """Numbers of distinct members by key."""

    @property
    def sketched(self) -> Mapping[str, Sequence[str]]:
        """Keys of the timers and sets of which no values or members are kept.

        "timer", "set" -> those; their figures are within 1 %.
        """

    @property
    def timer_values(self) -> Mapping[str, Sequence[float]]:
        """The values of timers, ascending; empty unless a sink wants them."""

    @property
    def set_members(self) -> Mapping[str, Sequence[str]]:
        """The members of sets; empty unless a sink wants them."""

    @property
    def percentiles(self) -> tuple[float, ...]:
        """Those that are configured."""

    @property
    def processing_ms(self) -> int:
        """What it took to make this record."""

    @property
    def num_stats(self) -> int:
        """How many series there are."""

    @property
    def events(self) -> tuple[bytes, ...]:
        """DogStatsD events, as they came."""

    @property
    def checks(self) -> tuple[bytes, ...]:
        """DogStatsD service checks, as they came."""

    def rates(self) -> dict[str, float]:
        """Return the counters' sums each second, by key."""


class Wording(Protocol):
    """How names and values are written; made by the daemon from the room `flush`."""

    @property
    def has_counts(self) -> bool:
        """Whether a counter's count is told beside its rate."""

    def list_points(self, flush: Flush) -> Iterable[tuple[str, float]]:
        """Yield (name, value) of all series, in order, under Graphite's names."""

    def own(self, figure: str) -> str:
        """Return the name of a figure of the server's own, such as "numStats"."""

    def number(self, value: float) -> str:
        """Return a number as JavaScript writes it."""

    def inspected(self, value: object) -> str:
        """Return a value as Node.js shows it."""

    def date(self, timestamp: int) -> str:
        """Return a time as JavaScript writes it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a sink is made from: one [[sink]] of the settings."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    query: Mapping[str, str]
    wording: Wording
    output_fd: int = 1  # where a console is
    own_prefix: str = "statsd"  # of the server's own series (prefix_stats)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A piece of a flush that is handed over as a whole, and again whole if need be."""

    payload: bytes
    points: int  # how many figures are in it: what is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class LastFlush:
    """What is known of the flushes so far: etsy's graphiteStats, in its order."""

    calculationtime: int = 0  # ms that the rendering of the last took
    last_exception: int = 0  # when one last failed, seconds since the epoch
    last_flush: int = 0  # when the last was delivered
    flush_time: int = 0  # ms that the delivery of its last parcel took
    flush_length: int = 0  # bytes of the last


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkStatistics:
    """What became of every point: rendered = sent + dropped + waiting."""

    rendered_points: int = 0
    sent_points: int = 0
    waiting_points: int = 0
    waiting_bytes: int = 0
    dropped_points: Mapping[str, int] = field(default_factory=dict)  # by reason
    skipped_flushes: int = 0  # not rendered: an earlier one was still at it, or a fault
    retries: int = 0
    last: LastFlush = field(default_factory=LastFlush)

    @property
    def closes(self) -> bool:
        """Whether the balance closes."""
        ended = self.sent_points + self.waiting_points
        return self.rendered_points == ended + sum(self.dropped_points.values())


class Sink(ABC):
    """Where flushes go."""

    # How long the store may take for one parcel; None: as long as it likes.
    timeout_s: ClassVar[float | None] = 30.0
    # Whether it shows the values of timers and the members of sets; where none does, a
    # flush has none.
    wants_values: bool = False
    # Whether it shows events and checks; those that no sink takes are dropped, counted.
    wants_events: bool = False

    def open(self) -> None:  # noqa: B027 -- most need nothing
        """Begin, on the loop, before all else.

        Raises SocketError where a sink that listens cannot, so that it is told at once.
        """

    @abstractmethod
    def render(self, flush: Flush, last: LastFlush) -> Iterable[Parcel]:
        """Write a flush. Runs in any thread, and touches nothing that others do."""

    @abstractmethod
    async def deliver(self, parcel: Parcel) -> None:
        """Hand a parcel over; raises OSError: later, RefusedError: never."""

    async def close(self) -> None:  # noqa: B027 -- most hold nothing
        """Give back what it holds; it may be used again afterwards."""

    def count_unfit(self) -> Mapping[str, int]:
        """Return points that render left out since the last call, by reason."""
        return {}


Factory = Callable[[Order], Sink]
