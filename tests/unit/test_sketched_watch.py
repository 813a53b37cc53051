"""Which series have become sketches: told once each."""

from statshard.daemon.sketched import NAME_MAX, NAMED_MAX, SketchedWatch

KNOWN = {"timer": ["a", "b"], "set": ["a", "x"]}


def told(watch: SketchedWatch, timers: list[str], sets: list[str]) -> list[object]:
    """Return the (type, series) that are told of a flush."""
    events = watch.look({"timer": timers, "set": sets}, KNOWN)
    return [(fields["type"], fields["series"]) for _, fields in events]


def test_each_series_is_told_once() -> None:
    """A series that becomes a sketch is told of, by its type, and not again while it is
    known, whether it is one or not.
    """
    watch = SketchedWatch()
    assert [] == told(watch, [], [])
    had_told = watch.has_told
    assert [("timer", "a")] == told(watch, ["a"], [])
    assert (False, True) == (had_told, watch.has_told)
    assert [("timer", "b"), ("set", "a")] == told(watch, ["a", "b"], ["a"])
    assert [] == told(watch, [], [])
    assert [] == told(watch, ["b"], ["a"])


def test_a_forgotten_series_is_told_again() -> None:
    """What was forgotten meanwhile is a new series."""
    watch = SketchedWatch()
    assert [("set", "x")] == told(watch, [], ["x"])
    assert [] == [*watch.look({"set": []}, {"set": []})]
    assert [("set", "x")] == told(watch, [], ["x"])


def test_of_many_some_are_named() -> None:
    """Of many at one flush the first ten are named, the others are a number."""
    keys = [f"t{n}" for n in range(NAMED_MAX + 5)]
    events = [*SketchedWatch().look({"timer": keys}, {"timer": keys})]
    named = [fields["series"] for _, fields in events[:NAMED_MAX]]
    assert keys[:NAMED_MAX] == named
    assert [("series_sketched", {"type": "timer", "others": 5})] == events[NAMED_MAX:]


def test_a_long_name_is_told_by_its_beginning() -> None:
    """Whoever sends under long names makes no long lines of log."""
    key = "k" * NAME_MAX
    for whole, named in ((key, key), (key + "l" * 60_000, f"{key}...")):
        ((_, fields),) = SketchedWatch().look({"timer": [whole]}, {"timer": [whole]})
        assert named == fields["series"]
