"""Which series have become sketches: told once each."""

from statshard.daemon.sketched import NAMED_MAX, SketchedWatch

KNOWN = {"timers": ["a", "b"], "sets": ["a", "x"]}


def told(watch: SketchedWatch, timers: list[str], sets: list[str]) -> list[object]:
    """Return the (type, series) that are told of a flush."""
    events = watch.look({"timers": timers, "sets": sets}, KNOWN)
    return [(fields["type"], fields["series"]) for _, fields in events]


def test_each_series_is_told_once() -> None:
    """A series that becomes a sketch is told of, by its type, and not again while it is
    known, whether it is one or not.
    """
    watch = SketchedWatch()
    assert [] == told(watch, [], [])
    had_told = watch.has_told
    assert [("timers", "a")] == told(watch, ["a"], [])
    assert (False, True) == (had_told, watch.has_told)
    assert [("timers", "b"), ("sets", "a")] == told(watch, ["a", "b"], ["a"])
    assert [] == told(watch, [], [])
    assert [] == told(watch, ["b"], ["a"])


def test_a_forgotten_series_is_told_again() -> None:
    """What was forgotten meanwhile is a new series."""
    watch = SketchedWatch()
    assert [("sets", "x")] == told(watch, [], ["x"])
    assert [] == [*watch.look({"sets": []}, {"sets": []})]
    assert [("sets", "x")] == told(watch, [], ["x"])


def test_of_many_some_are_named() -> None:
    """Of many at one flush the first ten are named, the others are a number."""
    keys = [f"t{n}" for n in range(NAMED_MAX + 5)]
    events = [*SketchedWatch().look({"timers": keys}, {"timers": keys})]
    named = [fields["series"] for _, fields in events[:NAMED_MAX]]
    assert keys[:NAMED_MAX] == named
    assert [("series_sketched", {"type": "timers", "others": 5})] == events[NAMED_MAX:]
