"""View: what is known at one moment, as every way to show it is given it. Immutable.

    Counts    what one process said at a time: a total, and its parts
    Traffic   a row: lines in, lines out, lines to a backend and what came of them
    Dropped   how many, where and why
    News      a change of state
    Series    a row: the latest figures of one series
    View      all of that, in the order in which it is shown

Must not know: processes, terminals, how numbers are written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Fields = Mapping[str, Any]  # Any: what JSON holds
Figures = Mapping[str, float | None]  # by name; None: not finite

PROXY = "proxy"  # the name of what is no server


@dataclass(frozen=True, slots=True)
class Counts:
    """What one process has counted since its start: a summary, or its balance."""

    total: Fields
    parts: tuple[Fields, ...] = ()

    def of(self, field: str) -> int:
        """Return a count of the total; 0, where nothing was told yet."""
        count: int = self.total.get(field, 0)
        return count

    def list_dropped(self) -> tuple[Fields, ...]:
        """Return the parts that say why something was dropped."""
        return tuple(part for part in self.parts if "reason" in part)

    def of_backend(self, name: str) -> Fields:
        """Return the part of a backend; nothing, where it was not told yet."""
        found = (part for part in self.parts if "reason" not in part)
        return next((part for part in found if part.get("backend") == name), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Lines that came in, went out, or went to one backend; None: it has no such."""

    name: str
    lines_per_s: float | None
    lines: int
    dropped: int  # lines, by the proxy
    waiting: int | None = None  # lines, in the proxy
    samples: int | None = None  # aggregated by servers
    refused: int | None = None  # samples dropped by servers
    series: int | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many were dropped, by whom and why."""

    where: str  # a backend; empty: before one was chosen
    reason: str
    count: int
    unit: str  # lines, samples, datagrams


@dataclass(frozen=True, slots=True)
class News:
    """A change of state: who tells it, and what."""

    where: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series, by the last flush that had samples of it."""

    kind: str  # counter, gauge, timer, set
    key: str
    backend: str
    figures: Figures
    flush: int  # which one of its server that was, from 1
    age_s: float  # since then; 0: the latest flush has some
    is_demonstration: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that is known at a moment."""

    timestamp: int  # of the latest flush, seconds since the epoch
    flushes: Mapping[str, int]  # how many there were, by server
    traffic: Sequence[Traffic]  # in, out, then each backend
    dropped: Sequence[Dropped]
    series: Sequence[Series]  # a client's first, the newest of them first
