"""Offenders: which prefixes to name of the series that found no room. Pure.

    counted      api. 990    api.users. 985    api.users.u 980    web. 7    ...
    named        api.users.u 98 %

The plane has counted prefixes of a few levels; many say the same, or too little. Those
that hold no tenth of the samples are not named; a shorter one gives way to longer ones
below it, at most NAMED of them, that together hold three quarters of what it holds.
Samples are those that a prefix has at least. Must not know: how they are counted, who
is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

NAMED = 3
LEAST = 0.1  # of all samples
ENOUGH = 0.75  # of those of a shorter prefix

Counted = tuple[bytes, int, int]  # prefix, samples, of them at most too many


class Offender(NamedTuple):
    """A prefix and how many samples its series had at least."""

    prefix: bytes
    samples: int


@dataclass(frozen=True, slots=True)
class Overflow:
    """What overflowed of one type in an interval."""

    samples: int
    offenders: tuple[Offender, ...]  # the worst first


def list_overflows(
    overflowed: Mapping[str, tuple[int, Sequence[Sequence[Counted]]]],
) -> dict[str, Overflow]:
    """Return type -> what overflowed of it, of what the plane's store tells."""
    return {
        kind: Overflow(samples, tuple(name_offenders(samples, levels)))
        for kind, (samples, levels) in overflowed.items()
    }


def name_offenders(
    samples: int, levels: Iterable[Iterable[Counted]]
) -> Sequence[Offender]:
    """Return the prefixes to name, the worst first, of what was counted."""
    least: dict[bytes, int] = {}
    for level in levels:
        for prefix, most, over in level:
            if most - over >= LEAST * samples:
                least[prefix] = max(most - over, least.get(prefix, 0))
    named: list[Offender] = []
    for prefix in sorted(least, key=len, reverse=True):
        below = [each for each in named if each.prefix.startswith(prefix)]
        worst = _worst(below)
        if not below or sum(n for _, n in worst) < ENOUGH * least[prefix]:
            named = [each for each in named if each not in below]
            named.append(Offender(prefix, least[prefix]))
    return _worst(named)


def _worst(offenders: Iterable[Offender]) -> list[Offender]:
    return sorted(offenders, key=lambda each: (-each.samples, each.prefix))[:NAMED]
