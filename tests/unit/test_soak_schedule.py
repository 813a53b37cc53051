"""soak/schedule.py and soak/lines.py: the plan of a soak, and what it sends."""

from collections import Counter

import pytest

from soak.lines import REFUSED, REFUSED_EACH, list_lines
from soak.schedule import LAST_SHARE, ROLES, STEADY, plan_absences
from tests.model.line import refusal

MINUTES = (0.05, 1, 20)
CHANGING = {index for index, role in enumerate(ROLES) if role != STEADY}


@pytest.mark.parametrize("minutes", MINUTES)
@pytest.mark.parametrize("seed", range(20))
def test_each_backend_that_may_goes_and_is_back_in_time(
    minutes: float, seed: int
) -> None:
    """Whoever is not steady is away at least once, one absence after the other, each
    with a length, and all are over before the last seconds of the run.
    """
    seconds = minutes * 60
    plan = plan_absences(seed, seconds)
    assert CHANGING == {absence.backend for absence in plan}
    assert all(absence.role == ROLES[absence.backend] for absence in plan)
    assert max(absence.end_s for absence in plan) <= seconds * (1 - LAST_SHARE)
    for backend in CHANGING:
        own = [a for a in plan if a.backend == backend]
        times = [moment for a in own for moment in (a.begin_s, a.end_s)]
        assert times == sorted(set(times))


def test_a_seed_is_a_plan() -> None:
    """The same seed gives the same plan; another seed, another plan."""
    assert plan_absences(1, 60) == plan_absences(1, 60)
    assert plan_absences(1, 60) != plan_absences(2, 60)


def test_every_reason_of_a_refusal_is_sent() -> None:
    """Of the lines, one in so many is refused, for each reason that the proxy has."""
    lines = [line.encode() for line in list_lines()]
    reasons = Counter(reason for line in lines if (reason := refusal(line)))
    assert set(REFUSED) == set(reasons)
    assert len(lines) == reasons.total() * REFUSED_EACH
