"""Picture: what processes tell, put together: what is shown, and in which order."""

from typing import Any

import pytest

from statshard.up.view import PROXY, Dropped
from tests.support.up_records import START_S, Story

DROPPED = {"backend": "", "reason": "no_colon", "lines": 3}
EXPIRED = {"backend": "shard-2", "reason": "expired", "lines": 2}


def keys_of(story: Story) -> list[str]:
    """Return the keys of the series, in the order in which they are shown."""
    return [each.key for each in story.view().series]


def test_before_anything_is_told_nothing_has_happened() -> None:
    """A view of nothing has its rows, all of them 0."""
    view = Story().view()
    assert ["in", "out", "shard-1", "shard-2"] == [each.name for each in view.traffic]
    assert {0} == {each.lines for each in view.traffic}
    assert ((), ()) == (view.dropped, view.series)
    assert {None} == {each.lines_per_s for each in view.traffic}


def test_a_clients_series_come_before_the_demonstrations() -> None:
    """The newest of a client's come first, then by name; those of the other by name."""
    story = Story()
    demonstration = {"demo.web.requests": 1, "demo.db.queries": 1}
    story.flush("shard-1", counters={**demonstration, "m": 1})
    story.flush("shard-2", counters={"b": 1})
    story.flush("shard-1", counters={**demonstration, "m": 1, "z": 1, "y": 1})
    assert ["y", "z", "b", "m", "demo.db.queries", "demo.web.requests"] == keys_of(
        story
    )
    assert [False] * 4 + [True] * 2 == [
        each.is_demonstration for each in story.view().series
    ]


def test_what_has_slept_stands_behind_what_is_alive() -> None:
    """A client's series without samples for more than ten seconds come after its
    others, and still before the demonstration's.
    """
    story = Story()
    demonstration = {"demo.web.requests": 1.0}
    story.flush(counters={"old": 1.0, **demonstration})
    story.flush(counters={"old": 0.0, "new": 1.0, **demonstration}, interval_s=2.0)
    assert ["new", "old", "demo.web.requests"] == keys_of(story)
    story.flush(counters={"old": 1.0, "new": 0.0, **demonstration}, interval_s=61.0)
    assert ["old", "new", "demo.web.requests"] == keys_of(story)


def test_what_has_slept_and_wakes_is_new() -> None:
    """A series that a client sends again after a while comes before all that it sent
    in between, once.
    """
    story = Story()
    old = {"hello": 0.0, "many.a": 0.0, "many.b": 0.0}
    story.flush(counters={"hello": 1.0})
    story.flush(counters={**old, "many.a": 1.0, "many.b": 1.0}, interval_s=2.0)
    story.flush(counters=old, interval_s=9.0)
    story.flush(counters={**old, "hello": 1.0})
    assert ["hello", "many.a", "many.b"] == keys_of(story)
    story.flush(counters={**old, "hello": 1.0, "new": 1.0})
    assert ["new", "hello", "many.a", "many.b"] == keys_of(story)


def test_what_a_server_tells_of_itself_is_not_shown() -> None:
    """Series of the server's own are left out; a client's of a like name is not."""
    story = Story()
    own = {"statsd.shard-1.bad_lines_seen": 1, "statsd.shard-2.bad_lines_seen": 1}
    lag = {"statsd.shard-1.timestamp_lag": 0.5}
    story.flush("shard-1", counters=own, gauges=lag)
    assert ["statsd.shard-2.bad_lines_seen"] == keys_of(story)


@pytest.mark.parametrize(
    ("kind", "some", "none"),
    [
        ("counters", {"a": 4.0}, {"a": 0.0}),
        ("timers", {"a": {"mean": 4.0, "count": 1.0}}, {"a": {"count": 0.0}}),
        ("sets", {"a": 4}, {"a": 0}),
    ],
)
def test_without_samples_a_series_keeps_its_figures_and_ages(
    kind: str,
    some: Any,  # noqa: ANN401 -- series of any type
    none: Any,  # noqa: ANN401 -- the same
) -> None:
    """A flush without samples of a series changes nothing of it but its age."""
    story = Story()
    story.flush(**{kind: some})
    (before,) = story.view().series
    story.flush(**{kind: none}, interval_s=2.0)
    story.flush(**{kind: none}, interval_s=1.0)
    (after,) = story.view().series
    assert (0.0, 3.0) == (before.age_s, after.age_s)
    assert (before.figures, 1) == (after.figures, after.flush)
    story.flush(**{kind: some})
    (again,) = story.view().series
    assert (0.0, 4) == (again.age_s, again.flush)


def test_a_gauge_never_ages() -> None:
    """Of a gauge nobody can tell whether it had samples, so it counts as new."""
    story = Story()
    story.flush(gauges={"a": 0.0})
    story.flush(gauges={"a": 0.0})
    assert [0.0] == [each.age_s for each in story.view().series]


def test_what_a_flush_does_not_name_is_forgotten() -> None:
    """A series that a server tells of no more is gone, and so its memory is bounded."""
    story = Story()
    story.flush(counters={f"a{number}": 1 for number in range(1000)})
    story.flush(counters={"b": 1})
    assert ["b"] == keys_of(story)


def test_one_key_of_two_types_is_two_series() -> None:
    """A counter and a gauge of one name are two rows."""
    story = Story()
    story.flush(counters={"a": 1}, gauges={"a": 2})
    assert ["counter", "gauge"] == [each.kind for each in story.view().series]


def test_a_number_that_is_not_finite_is_kept_as_unknown() -> None:
    """A counter that is not finite is told as null, and is not idle."""
    story = Story()
    story.flush(counters={"a": None})
    (series,) = story.view().series
    assert {"count": None, "rate": None} == series.figures


def test_a_round_is_over_when_all_have_flushed() -> None:
    """With the last server's flush, in whatever order they come."""
    story = Story()
    order = ["shard-2", "shard-1", "shard-1", "shard-2"]
    assert [False, True, False, True] == [story.flush(name) for name in order]
    assert {"shard-1": 2, "shard-2": 2} == story.view().flushes
    assert START_S == story.view().timestamp


def test_a_server_that_does_not_flush_holds_up_no_round() -> None:
    """With the second flush of a server a round is over, whoever has not come."""
    story = Story()
    order = ["shard-1", "shard-1", "shard-1", "shard-2", "shard-1"]
    assert [False, True, True, True, False] == [story.flush(name) for name in order]


def test_a_round_that_was_ended_early_begins_anew() -> None:
    """With the second flush of a server the next round has begun, and needs all."""
    story = Story("a", "b", "c")
    order = ["a", "b", "a", "c", "b"]
    assert [False, False, True, False, True] == [story.flush(name) for name in order]


def test_alone_each_flush_is_a_round() -> None:
    """With one server a round is over with each flush."""
    story = Story("shard-1")
    assert [True, True] == [story.flush(), story.flush()]


def test_rows_are_what_the_proxy_and_the_servers_counted() -> None:
    """Lines are the proxy's, by backend; samples and series each server's."""
    story = Story()
    story.sum_up(
        PROXY,
        {"backend": "shard-1", "forwarded_lines": 10, "waiting_lines": 1},
        {"backend": "shard-2", "forwarded_lines": 20, "waiting_lines": 0},
        DROPPED,
        EXPIRED,
        received_lines=36,
        forwarded_lines=30,
        waiting_lines=1,
    )
    story.sum_up("shard-1", aggregated_samples=9, dropped_samples=1)
    story.sum_up("shard-2", aggregated_samples=20, dropped_samples=0)
    story.flush("shard-2", counters={"a": 1, "b": 1})
    into, out, one, two = story.view().traffic
    assert (36, 3, None, None) == (into.lines, into.dropped, into.waiting, into.series)
    assert (30, 2, 1, 29) == (out.lines, out.dropped, out.waiting, out.samples)
    assert (1, 2) == (out.refused, out.series)
    assert (10, 0, 1, 9, 1, 0) == (
        *(one.lines, one.dropped, one.waiting),
        *(one.samples, one.refused, one.series),
    )
    assert (20, 2, 20, 2) == (two.lines, two.dropped, two.samples, two.series)


def test_why_something_was_dropped_is_told() -> None:
    """Reasons of the proxy come first, then each server's, and what kernels dropped."""
    story = Story()
    bad = {"reason": "bad_value", "samples": 4}
    story.sum_up("shard-1", bad, kernel_dropped_datagrams=5)
    story.sum_up(PROXY, DROPPED, EXPIRED, kernel_dropped_datagrams=6)
    assert (
        Dropped("", "no_colon", 3, "lines"),
        Dropped("shard-2", "expired", 2, "lines"),
        Dropped("", "not read in time", 6, "datagrams"),
        Dropped("shard-1", "bad_value", 4, "samples"),
        Dropped("shard-1", "not read in time", 5, "datagrams"),
    ) == story.view().dropped


def test_a_summary_without_a_part_has_none_of_the_one_before() -> None:
    """The parts of a summary are those that came since the one before."""
    story = Story()
    story.sum_up(PROXY, DROPPED)
    story.sum_up(PROXY)
    assert () == story.view().dropped


def test_rates_are_of_two_seconds() -> None:
    """A rate is of the last two seconds, whatever was before."""
    story = Story()
    story.forward(0, 0, received=0, at_s=0)
    story.forward(1000, 0, received=1000, at_s=1)
    assert [1000.0, 1000.0, 1000.0, 0.0] == [
        each.lines_per_s for each in story.view().traffic
    ]
    for second in (2, 3, 4):
        story.forward(1000, 10 * second, received=1000 + 10 * second, at_s=second)
    assert [10.0, 10.0, 0.0, 10.0] == [
        each.lines_per_s for each in story.view().traffic
    ]


def test_a_clock_that_jumps_back_spoils_no_rate_for_long() -> None:
    """While the times told are not later, no rate is; what is kept is bounded."""
    story = Story()
    story.forward(0, 0, received=0, at_s=50)
    story.forward(1, 1, received=2, at_s=10)
    assert {None} == {each.lines_per_s for each in story.view().traffic}
    for number in range(100):
        story.forward(number, 0, received=number, at_s=11 + number / 10)
    assert 10.0 == pytest.approx(story.view().traffic[0].lines_per_s)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            {"event": "backend_refuses", "level": "warning", "backend": "shard-2"},
            "proxy: backend_refuses backend=shard-2",
        ),
        (
            {"event": "flush_failed", "level": "error", "ts": "now", "kept": "yes"},
            "proxy: flush_failed kept=yes",
        ),
        ({"event": "listening", "level": "info"}, None),
        ({"event": "sink", "level": "info"}, None),
        ({"level": "info"}, None),
    ],
)
def test_changes_of_state_are_told(event: dict[str, str], told: str | None) -> None:
    """Warnings and errors are news; all else is not."""
    news = Story().picture.take_event(PROXY, event)
    assert told == (None if news is None else f"{news.where}: {news.text}")


def test_balances_of_sinks_are_kept() -> None:
    """Of each --sink, the balances of all servers; of what is shown here, none."""
    story = Story()
    for name in ("shard-1", "shard-2"):
        for sink in ("graphite:", "console:?format=json"):
            story.picture.take_event(name, {"event": "balance_sink", "sink": sink})
    assert {"graphite:": 2} == {k: len(v) for k, v in story.picture.sinks.items()}
