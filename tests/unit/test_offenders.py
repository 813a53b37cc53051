"""Which prefixes are named of those that were counted, and when it is told."""

import pytest

from statshard.daemon.overflow import OverflowWatch
from statshard.flush.offenders import Counted, Offender, Overflow, name_offenders
from tests.model.offenders import Offenders

CASES: list[tuple[str, list[tuple[bytes, int]], list[tuple[bytes, int]]]] = [
    (
        "the longest that holds them",
        [(b"api.users.u%d.login" % n, 1) for n in range(1000)],
        [(b"api.users.u", 1000)],
    ),
    (
        "two kinds below one prefix",
        [(b"api.%s.x%d" % (kind, n), 1) for n in range(500) for kind in (b"a", b"b")],
        [(b"api.a.x", 500), (b"api.b.x", 500)],
    ),
    (
        "too many kinds below one prefix",
        [
            (b"api.k%s.%d" % (kind, n), 1)
            for n in range(100)
            for kind in (b"a", b"b", b"c", b"d", b"e")
        ],
        [(b"api.", 500)],
    ),
    ("without a dot", [(b"req%d" % n, 1) for n in range(300)], [(b"req", 300)]),
    ("one name", [(b"one", 7)], [(b"one", 7)]),
    (
        "three of four, the worst first",
        [(b"a%d", 30), (b"b%d", 29), (b"c%d", 21), (b"d%d", 20)],
        [(b"a%d", 30), (b"b%d", 29), (b"c%d", 21)],
    ),
    ("nothing in common", [(b"%c" % n, 1) for n in range(97, 122)], []),
]


@pytest.mark.parametrize(
    ("names", "named"),
    [(names, named) for _, names, named in CASES],
    ids=[case for case, *_ in CASES],
)
def test_the_prefixes_that_are_named(
    names: list[tuple[bytes, int]], named: list[tuple[bytes, int]]
) -> None:
    """Those are named that say most, each with the samples that it has at least."""
    noted = Offenders()
    for name, weight in names:
        noted.note(name, weight)
    samples = sum(weight for _, weight in names)
    assert named == [*name_offenders(samples, noted.counted())]


def test_what_may_be_too_much_is_not_told() -> None:
    """A prefix has the samples that it has for sure, and less than a tenth is none."""
    levels: list[list[Counted]] = [[(b"a", 60, 20), (b"b", 50, 45)]]
    assert [(b"a", 40)] == [*name_offenders(100, levels)]


def overflow(samples: int) -> dict[str, Overflow]:
    """Return what overflowed, counters, of two prefixes."""
    return {"counter": Overflow(samples, (Offender(b"a\xff.", samples // 2),))}


def test_it_is_told_at_once_and_then_each_minute() -> None:
    """What overflows is told when it begins, and by the minute with all since."""
    watch = OverflowWatch()
    told = [
        [*watch.look(overflow(samples), 10.0)] for samples in (4, 6, 8, 8, 8, 8, 10, 2)
    ]
    fields = {"offender_1": "a\udcff.", "share_1": "50.0%"}
    assert [
        [("counter", {"samples": 4, **fields})],
        *[[]] * 5,
        [("counter", {"samples": 48, **fields})],
        [],
    ] == told
    assert {"counter": 54} == watch.total
    assert [("a\udcff.", "50.0%")] == [*watch.shares("counter")]
    assert [] == [*watch.shares("gauge")]


def test_each_type_is_told_by_itself() -> None:
    """One that begins to overflow does not wait for another's minute."""
    watch = OverflowWatch()
    assert ["counter"] == [kind for kind, _ in watch.look(overflow(1), 10.0)]
    gauges = {"gauge": Overflow(1, ())}
    assert ["gauge"] == [kind for kind, _ in watch.look(gauges, 10.0)]
    assert [] == [*watch.look({}, 60.0)]
    assert ["counter"] == [kind for kind, _ in watch.look(overflow(1), 10.0)]
