"""Heavy hitters and offenders agree with their plain twins, and keep their promises;
what is known is a set.
"""

from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from statshard.plane._weighed import WeighedNames, WeighedPrefixes, ask_known
from tests.model import hitters as hitters_model
from tests.model import offenders as offenders_model

# Few names, so that they meet; some that differ only where they are cut.
names = st.one_of(
    st.integers(0, 9).map(b"n%d".__mod__),
    st.binary(max_size=3),
    st.sampled_from([b"x" * 106, b"x" * 107, b"x" * 200]),
)
weighed = st.lists(st.tuples(names, st.integers(1, 5)), max_size=60)
rooms = st.one_of(st.integers(1, 6), st.just(64))
dotted = st.lists(
    st.text("ab1.", max_size=5).map(str.encode), min_size=1, max_size=4
).map(b".".join)


@given(st.lists(weighed, min_size=1, max_size=4), rooms)
@example([[(b"a", 2), (b"b", 1)], [(b"c", 3), (b"d", 1)], [(b"a", 1)]], 2)
def test_the_heaviest(parts: list[list[tuple[bytes, int]]], room: int) -> None:
    """Added and merged, it is the twin's, place by place; and whatever weighs more than
    a room-th of all is counted, with no more than that too much.
    """
    merged, twin = WeighedNames(room), hitters_model.Hitters(room)
    true: Counter[bytes] = Counter()
    for part in parts:
        each, each_twin = WeighedNames(room), hitters_model.Hitters(room)
        for name, weight in part:
            each.add(name, weight)
            each_twin.add(name, weight)
            true[name[: hitters_model.CUT]] += weight
        merged.merge(each)
        twin.merge(each_twin)
    total, counted = merged.counted()
    assert (twin.total, twin.counted()) == (total, counted)
    assert total == true.total()
    weights = {name: weight for name, weight, _ in counted}
    assert len(weights) == len(counted) <= room
    for name, weight, over in counted:
        assert weight - over <= true[name] <= weight
        assert over * room <= total
    for name, weight in true.items():
        assert name in weights or weight * room <= total


@given(st.lists(st.tuples(dotted, st.integers(1, 3)), max_size=40), rooms)
@example([(b"api.users.u123.login", 1), (b"12", 2), (b"", 1), (b"a..b.c.d", 1)], 64)
@example([(b"a" * 105 + b".1", 1), (b"a" * 106 + b".1", 1), (b"." * 200, 1)], 64)
def test_prefixes(noted: list[tuple[bytes, int]], room: int) -> None:
    """Of any names, in two parts, each level has what the twin has."""
    first, second = WeighedPrefixes(room), WeighedPrefixes(room)
    twins = offenders_model.Offenders(room), offenders_model.Offenders(room)
    for i, (name, weight) in enumerate(noted):
        (first, second)[i % 2].note(name, weight)
        twins[i % 2].note(name, weight)
    first.merge(second)
    twins[0].merge(twins[1])
    assert [(each.total, each.counted()) for each in twins[0].levels] == (
        first.counted()
    )


hashes = st.lists(
    st.one_of(
        st.integers(0, 40),  # they meet, and stand one behind the other
        st.integers(0, 40).map(lambda n: (n << 16) | 15),
        st.integers(2, 2**32 - 1),
    ),
    max_size=100,
)


@given(hashes, hashes)
@example([0], [0, 16])
def test_what_is_known(known: list[int], asked: list[int]) -> None:
    """A hash is known if it was put in; 0, which marks what is empty, is as 1."""
    there = {each or 1 for each in known}
    told = ask_known(known, known + asked)
    assert [(each or 1) in there for each in known + asked] == told
