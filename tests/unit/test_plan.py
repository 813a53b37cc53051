"""A plan: its counts, its basis, its sentences."""

import json

import pytest

from statshard import Ring
from statshard.routing.lines import GENERATED, generate, read_given
from statshard.routing.plan import Plan, evenness
from statshard.routing.show_plan import PLAIN_MARKS, plan_as_json, plan_as_text

ONE, TWO, THREE = (f"{n}=10.0.0.{i}:8125" for i, n in enumerate(("one", "two", "six")))
LINES = ["a:1|c", "a:2|c", "b:1|c|#x:y", "c:1|c", "c:1|c", "c:1|c", ":x", "b:1|c"]


def plan(old: Ring, new: Ring, lines: list[str] | None = None) -> Plan:
    """Return the plan, with the sums held that always hold."""
    made = old.plan(new, lines)
    assert sum(each.before or 0 for each in made.backends) == made.total
    assert sum(each.after or 0 for each in made.backends) == made.total
    assert sum(each.came for each in made.backends) == made.moved
    assert sum(each.went for each in made.backends) == made.moved
    assert sum(move.count for move in made.moves) == made.moved
    for each in made.backends:
        assert (each.before or 0) - each.went + each.came == (each.after or 0)
    return made


def test_nothing_moves_between_equal_rings() -> None:
    """A ring against itself moves nothing, in another order neither."""
    made = plan(Ring([ONE, TWO]), Ring([TWO, ONE]))
    assert (made.basis, made.total, made.moved) == ("slots", 65_536, 0)
    assert made.share == 0
    assert made.live_ids[0] == made.live_ids[1]


def test_a_new_backend_takes_its_share_and_nothing_else_moves() -> None:
    """Of rendezvous the slots that move go to the new one, a third of them."""
    made = plan(Ring([ONE, TWO]), Ring([ONE, TWO, THREE]))
    assert {move.target for move in made.moves} == {"six"}
    assert made.moved == made.backends[2].after == made.backends[2].came
    assert 0.32 < made.share < 0.35
    assert made.moved_between_stayers == 0
    assert made.backends[2].before is None


def test_a_backend_that_goes_leaves_its_share() -> None:
    """What moves is all that the one that goes had."""
    made = plan(Ring([ONE, TWO, THREE]), Ring([ONE, THREE]))
    gone = made.backends[1]
    assert (gone.name, gone.after, gone.went) == ("two", None, gone.before)
    assert made.moved == gone.before


def test_lines_weigh_by_how_often_they_come() -> None:
    """Lines count each, keys once, and refused ones aside."""
    old, new = Ring([ONE, TWO]), Ring([TWO, THREE])
    made = plan(old, new, LINES)
    assert (made.basis, made.counted) == ("lines", "lines")
    assert (made.total, made.keys, made.refused) == (7, 3, 1)
    moving = [line for line in LINES if old.pick(line) != new.pick(line)]
    assert made.moved == len(moving)
    assert made.keys_moved == len({line.partition(":")[0] for line in moving})


def test_names_weigh_once() -> None:
    """Names count once each, however often they are given; empty ones do not."""
    made = plan(Ring([ONE]), Ring([TWO]), ["a", "b", "a", "", "b\r\n"])
    assert (made.basis, made.total, made.moved, made.keys) == ("names", 2, 2, 2)


def test_nothing_given_counts_nothing() -> None:
    """Without a line there is no share to tell."""
    made = plan(Ring([ONE]), Ring([TWO]), [])
    assert (made.total, made.share, made.keys_share) == (0, 0, 0)
    assert (made.evenness_before, made.evenness_after) == (0, 0)
    assert "0.00 % of the keys move: 0 of 0 names." in plan_as_text(made)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Ring([ONE, TWO]), Ring([ONE, TWO], "djb2")),
        (Ring([ONE, TWO], "jump"), Ring([ONE, TWO, THREE], "jump")),
        (Ring([ONE, TWO]), Ring([ONE, TWO], shard_by="series")),
    ],
)
def test_what_has_no_common_slots_is_counted_over_names(old: Ring, new: Ring) -> None:
    """Another hash, a hash without slots, or another key: over generated names."""
    made = plan(old, new)
    assert (made.basis, made.total, made.refused) == ("generated", GENERATED, 0)
    assert 0 < made.moved < made.total


def test_another_key_moves_only_what_has_tags() -> None:
    """Where only tags tell two keys apart, a name without tags stays."""
    old, new = Ring([ONE, TWO]), Ring([ONE, TWO], shard_by="series")
    assert plan(old, new, ["a:1|c", "b:1|g", "c:1|ms"]).moved == 0
    assert plan(old, new, [f"a:1|c|#x:{n}" for n in range(20)]).keys == 20


def test_with_nobody_live_all_goes_nowhere() -> None:
    """A ring of which all are out has no backend for any key."""
    old = Ring([ONE, TWO])
    made = old.plan(old.without(["one", "two"]), ["a:1|c", "b:1|c"])
    assert [(move.target, made.moved) for move in made.moves][:1] == [(None, 2)]
    assert "-> -" in plan_as_text(made)


def test_generated_names_are_different_and_always_the_same() -> None:
    """No name comes twice, whatever their number; their beginning is pinned."""
    names = [line.partition(b":")[0] for line in generate(30_000)]
    assert len(set(names)) == len(names)
    assert next(generate()) == b"prod.api.web-000.http.requests.count:1|c"
    tagged = [line for line in generate(3000) if b"|#" in line]
    assert len(tagged) in range(900, 1100)


@pytest.mark.parametrize(
    ("given", "basis", "lines"),
    [
        ([b"a", b"b"], "names", [b"a:1|c", b"b:1|c"]),
        ([b"\n", b"a:1|c\r\n", b"b\n"], "lines", [b"a:1|c", b"b"]),
        ([b"_sc|up|0"], "lines", [b"_sc|up|0"]),
        ([], "names", []),
    ],
)
def test_lines_and_names_are_told_apart(
    given: list[bytes], basis: str, lines: list[bytes]
) -> None:
    """The first that is not empty decides: with a colon, it is a line of StatsD."""
    told, taken = read_given(given)
    assert (basis, lines) == (told, list(taken))


@pytest.mark.parametrize(
    ("counts", "weights", "expected"),
    [
        ([5, 5], [1, 1], 1.0),
        ([10, 0], [1, 1], 2.0),
        ([30, 10], [3, 1], 1.0),
        ([10, 30], [3, 1], 3.0),
        ([4, 0], [1, 0], 1.0),
        ([0, 0], [1, 1], 0.0),
        ([], [], 0.0),
    ],
)
def test_evenness_is_the_busiest_over_its_fair_share(
    counts: list[int], weights: list[float], expected: float
) -> None:
    """With equal weights it is max / mean; a weight changes what is fair."""
    assert expected == evenness(counts, weights)


def test_entries_of_the_shard_map_are_weights() -> None:
    """A backend with two of three entries has its fair share with two thirds."""
    keys = ["apple", "banana", "orange", "lemon", "foo", "foobar"]
    ring = Ring([ONE, TWO], "murmur3", shard_map=["one", "two", "two"])
    made = plan(ring, ring, [f"{key}:1|c" for key in keys])
    twice = [each.after for each in made.backends][1] or 0
    ones = made.total - twice
    assert made.evenness_after == max(ones / 2, twice / 4)


def test_the_text_has_share_basis_picture_and_moves() -> None:
    """A reader sees what moves, how it was counted, and between which backends."""
    text = plan_as_text(plan(Ring([ONE, TWO]), Ring([ONE, TWO, THREE])))
    lines = text.splitlines()
    assert lines[0].endswith(" of 65,536 slots.")
    assert lines[1].startswith("Counted over all slots")
    bars = {line.split()[0]: line for line in lines if "%  █" in line or "%  ▒" in line}
    assert sorted(bars) == ["one", "six", "two"]
    assert "█" in bars["one"]
    assert "░" in bars["one"]
    assert "▒" in bars["six"]
    assert "Between backends that stay: 0 of " in text
    assert "  one -> six  " in text


def test_a_plain_picture_is_ascii() -> None:
    """With plain marks the text can go anywhere."""
    made = plan(Ring([ONE, TWO]), Ring([ONE, TWO, THREE]))
    assert plan_as_text(made, marks=PLAIN_MARKS).isascii()


def test_a_share_that_is_there_is_not_shown_as_nothing() -> None:
    """One slot of all is less than 0.01 %, and so it is told."""
    old, new = Ring([ONE, TWO]), Ring([ONE, TWO + ",weight=1.0001"])
    made = plan(old, new)
    assert 0 < made.moved < 6
    assert plan_as_text(made).startswith("< 0.01 % of the keys move: ")


def test_long_lists_of_moves_are_cut_and_say_so() -> None:
    """At most twenty moves are shown, and how many there are beside them."""
    backends = [f"10.0.0.{n}:8125" for n in range(1, 9)]
    made = plan(Ring(backends, "djb2"), Ring(backends[:7], "djb2"))
    shown = [line for line in plan_as_text(made).splitlines() if " -> " in line]
    assert len(shown) == 20
    assert f"... and {len(made.moves) - 20} smaller" in plan_as_text(made)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (Ring([ONE, TWO]), Ring([ONE, TWO]), []),
        (Ring([ONE, TWO]), Ring([TWO]), ["deleteIdleStats: true"]),
        (
            Ring([ONE, TWO], "etsy"),
            Ring([ONE, TWO, THREE], "etsy"),
            ["deleteIdleStats: true", "\nservers that stay"],
        ),
        (
            Ring([ONE, TWO], "murmur3", shard_map=["one", "two"]),
            Ring([ONE, TWO, THREE], "murmur3", shard_map=["one", "two"]),
            ["Nothing goes to six:\nwith murmur3"],
        ),
    ],
)
def test_reminders_are_for_whom_they_concern(
    old: Ring, new: Ring, words: list[str]
) -> None:
    """Idle series where any key moves; etsy's other moves; who is in no shard map."""
    made = plan(old, new)
    reminders = plan_as_json(made)["reminders"]
    assert isinstance(reminders, list)
    assert len(reminders) == len(words)
    assert [word in text for word, text in zip(words, reminders, strict=True)] == (
        [True] * len(words)
    )
    assert all(text in plan_as_text(made) for text in reminders)


def test_json_has_all_that_the_plan_knows() -> None:
    """Every field of a plan is a key, and the shares beside them."""
    made = plan(Ring([ONE, TWO]), Ring([ONE, THREE]))
    told = json.loads(json.dumps(plan_as_json(made)))
    assert set(Plan.__dataclass_fields__) <= set(told)
    assert told["share"] == made.moved / made.total
    assert told["backends"] == [
        {"name": each.name, "before": each.before, "after": each.after}
        | {"came": each.came, "went": each.went}
        for each in made.backends
    ]
