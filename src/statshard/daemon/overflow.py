"""Overflow: what of series without room is told, and how often.

    fits       -> overflows    told at once, type by type
    overflows                  told again, with all samples since, at most once in
                               AGAIN_S

Pure: no clock, no log; what an interval came to is handed in, what is to be told is
returned. Names are the senders': they are told as text that the log escapes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from statshard.flush.offenders import Overflow

AGAIN_S = 60.0


@dataclass(slots=True)
class OverflowWatch:
    """Remembers what overflowed, and when it was told."""

    total: Counter[str] = field(default_factory=Counter)  # samples by type
    latest: dict[str, Overflow] = field(default_factory=dict)  # of the last that did
    _untold: Counter[str] = field(default_factory=Counter)
    _since_told_s: dict[str, float] = field(default_factory=dict)

    def look(
        self, overflows: Mapping[str, Overflow], elapsed_s: float
    ) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield of which types what is to be told of an interval, as (type, fields)."""
        for kind in self._since_told_s:
            self._since_told_s[kind] += elapsed_s
        for kind, overflow in overflows.items():
            self.total[kind] += overflow.samples
            self._untold[kind] += overflow.samples
            self.latest[kind] = overflow
            if self._since_told_s.get(kind, AGAIN_S) >= AGAIN_S:
                self._since_told_s[kind] = 0.0
                yield kind, self._fields_of(kind)
                self._untold[kind] = 0

    def shares(self, kind: str) -> Iterator[tuple[str, str]]:
        """Yield the prefixes of what overflowed last, and their shares of it."""
        overflow = self.latest.get(kind)
        for prefix, samples in overflow.offenders if overflow else ():
            share = samples / overflow.samples if overflow else 0.0
            yield prefix.decode("utf-8", "surrogateescape"), f"{share:.1%}"

    def _fields_of(self, kind: str) -> Mapping[str, object]:
        fields: dict[str, object] = {"samples": self._untold[kind]}
        for number, (prefix, share) in enumerate(self.shares(kind), 1):
            fields |= {f"offender_{number}": prefix, f"share_{number}": share}
        return fields
