"""Schedule: which backend is away when, and how. Pure: the same seed, the same plan.

    shard-0  ============================================  steady
    shard-1  =======..====..........===========....======  gone: its port is closed
    shard-2  ============....=======......==============
    shard-3  =====~~~=========~~~~~~~~=====~~============  stalled: it does not read

All are back before the end, so that its last seconds are those of a whole proxy.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

STEADY, GONE, STALLED = "steady", "gone", "stalled"
ROLES = (STEADY, GONE, GONE, STALLED)  # one for each backend
# Seconds, between two absences and of one; in runs below FULL_S in proportion less.
THERE_S = (5.0, 20.0)
AWAY_S = (2.0, 8.0)
FULL_S = 60.0
LAST_SHARE = 0.1  # of a run, in which nobody is away


@dataclass(frozen=True, slots=True)
class Absence:
    """A backend that is away for a while; seconds since the begin of the run."""

    backend: int
    role: str  # GONE or STALLED
    begin_s: float
    end_s: float


def plan_absences(seed: int, seconds: float) -> tuple[Absence, ...]:
    """Return the absences of a run, in the order of their beginnings.

    Each backend that is not steady has one at least.
    """
    plan = [
        absence
        for backend, role in enumerate(ROLES)
        if role != STEADY
        for absence in _plan_one(backend, role, seed, seconds)
    ]
    return tuple(sorted(plan, key=lambda absence: absence.begin_s))


def _plan_one(backend: int, role: str, seed: int, seconds: float) -> Iterator[Absence]:
    """Yield the absences of one backend."""
    chance = random.Random(f"{seed} {backend}")
    unit = min(1.0, seconds / FULL_S)
    begin_s = chance.uniform(*THERE_S) * unit
    while True:
        end_s = begin_s + chance.uniform(*AWAY_S) * unit
        if end_s > seconds * (1 - LAST_SHARE):
            return
        yield Absence(backend, role, begin_s, end_s)
        begin_s = end_s + chance.uniform(*THERE_S) * unit
