"""What a flush asks of the store, and what it tells of sketches."""

from collections.abc import Mapping, Sequence

import pytest

from statshard.flush.clock import Interval
from statshard.flush.gather import Beside, Recipe, gather
from tests.model.sample import Sample
from tests.model.store import Store

INTERVAL = Interval(1, 10.0, 10.0, is_irregular=False)


class Sketching(Store):
    """A store in which some series are sketches, and which holds no values."""

    def __init__(self, sketched: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self.keys_of = sketched
        self.take("t", Sample("timer", 2.0, 1.0, b""))
        self.take("s", Sample("set", 0.0, 1.0, b"x"))
        self.fold()

    def sketched(self, type_: str) -> list[str]:
        """Return the keys of sketches."""
        return [*self.keys_of.get(type_, ())]

    def values(self, key: str) -> list[float]:
        """Refuse: nobody wants them."""
        pytest.fail(f"the values of {key}")

    def members(self, key: str) -> list[bytes]:
        """Refuse: nobody wants them."""
        pytest.fail(f"the members of {key}")


def own_gauges(
    sketched: Mapping[str, Sequence[str]], *, tells_sketched: bool
) -> dict[str, float]:
    """Return the gauges of a flush of a store that has none itself."""
    beside = Beside(tells_sketched=tells_sketched)
    flush = gather(Sketching(sketched), Recipe(prefix_stats="own"), INTERVAL, beside)
    assert {kind: [*sketched.get(kind, ())] for kind in ("timer", "set")} == {
        kind: [*keys] for kind, keys in flush.sketched.items()
    }
    return dict(flush.gauges)


def test_no_value_is_asked_for_where_no_sink_shows_any() -> None:
    """Neither values nor members are read, and nothing is told of sketches where there
    never was one, as with etsy.
    """
    assert {} == own_gauges({}, tells_sketched=False)


def test_how_many_are_sketches_is_told_from_the_first_on() -> None:
    """By type, and as 0 once some were."""
    both = {"own.sketched_timers": 1.0, "own.sketched_sets": 0.0}
    assert both == own_gauges({"timer": ["t"]}, tells_sketched=False)
    none = dict.fromkeys(both, 0.0)
    assert none == own_gauges({}, tells_sketched=True)
