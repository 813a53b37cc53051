"""Sketched: which series have become sketches, each told once. Pure.

    a flush   timers: a b c    sets: x        of them sketches: a, x
    events    series_sketched type=timer series=a ..., type=set series=x ...

A series that goes back and forth is told of once, as long as it is known. Of many at
one flush the first are named, long names by their beginning, and the rest are a number:
whoever chooses the names does not have the log. Must not know: the log, what a
sketch is.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

NAMED_MAX = 10  # of a type, at one flush
NAME_MAX = 256  # characters of a name
ADVICE = (
    "more came in an interval than is kept one by one, figures are within 1 %: raise "
    "timer_values_max or set_members_max, or send less under one name"
)

Event = tuple[str, Mapping[str, object]]


@dataclass(slots=True)
class SketchedWatch:
    """Remembers what has been told."""

    has_told: bool = False  # of any, ever
    _told: dict[str, set[str]] = field(default_factory=dict)

    def look(
        self,
        sketched: Mapping[str, Sequence[str]],
        known: Mapping[str, Collection[str]],
    ) -> Iterator[Event]:
        """Yield what is to be told of a flush: type -> keys, of sketches and of all."""
        for kind, keys in sketched.items():
            told = self._told.setdefault(kind, set())
            told -= {key for key in told if key not in known[kind]}
            new = [key for key in keys if key not in told]
            told.update(new)
            self.has_told |= bool(new)
            for key in islice(new, NAMED_MAX):
                fields = {"type": kind, "series": begin(key), "advice": ADVICE}
                yield "series_sketched", fields
            if len(new) > NAMED_MAX:
                yield "series_sketched", {"type": kind, "others": len(new) - NAMED_MAX}


def begin(key: str) -> str:
    """Return a key as a line of log can hold it: its beginning, where it is long."""
    return key if len(key) <= NAME_MAX else f"{key[:NAME_MAX]}..."
