"""A checker that is fed lines tells exactly what was wrong with them.

Each row sends the datagrams 0 to 99, of one line each, but for what it says.
"""

from collections.abc import Callable

import pytest

from statshard.load.corpus import list_groups, rank_quantiles
from statshard.load.step import bucket_end_us, delay_of
from statshard.plane.plane import Checker, Traffic

COUNT = 100
Arrivals = list[tuple[bytes, int]]  # a datagram and the place of its port


def open_traffic(names: int = 1, senders: int = 1) -> Traffic:
    """Return traffic of single lines."""
    return Traffic(
        names,
        lines=1,
        senders=senders,
        quantiles=rank_quantiles(names, 0),
        head=b"load.",
        suffixes=(b"|c",),
    )


def list_arrivals(traffic: Traffic) -> Arrivals:
    """Return all datagrams, in order, on one port."""
    return [(traffic.datagram(number, 0), 0) for number in range(COUNT)]


def faults_of(traffic: Traffic, arrivals: Arrivals) -> dict[str, int]:
    """Return what a checker finds wrong."""
    checker = Checker(traffic, [], -1)
    for datagram, port in arrivals:
        checker.take(datagram, port, 0)
    counts = checker.counts(COUNT)
    counts["lost"] = COUNT - counts["found"]
    names = ("lost", "altered", "duplicated", "misplaced", "out_of_order")
    return {name: counts[name] for name in names if counts[name]}


def lose(a: Arrivals) -> Arrivals:
    """Leave out three."""
    return a[:10] + a[12:50] + a[51:]


def duplicate(a: Arrivals) -> Arrivals:
    """Send two of them again, one of those twice."""
    return [*a, a[3], a[3], a[70]]


def alter(a: Arrivals) -> Arrivals:
    """Change a type, where the number can still be read."""
    return [(a[0][0].replace(b"|c", b"|g"), 0), *a[1:]]


def garble(a: Arrivals) -> Arrivals:
    """Change a digit of a number, so that it cannot be read."""
    return [*a[:9], (a[9][0].replace(b"000000009", b"000000008"), 0), *a[10:]]


def swap(a: Arrivals) -> Arrivals:
    """Let the sixth come before the fifth."""
    return [*a[:5], a[6], a[5], *a[7:]]


def misplace(a: Arrivals) -> Arrivals:
    """Send four to another port."""
    return [(datagram, int(n % 25 == 24)) for n, (datagram, _) in enumerate(a)]


def do_all(a: Arrivals) -> Arrivals:
    """Lose, duplicate, garble, swap and misplace, each once or more."""
    return [*swap(a)[:60], *a[62:90], (b"load.0:12|c", 0), (a[90][0], 1), *a[91:], a[1]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (list, {}),
        (lose, {"lost": 3}),
        (duplicate, {"duplicated": 3}),
        (alter, {"altered": 1}),
        (garble, {"altered": 1, "lost": 1}),
        (swap, {"out_of_order": 1}),
        (misplace, {"misplaced": 4}),
        (
            do_all,
            {
                "lost": 2,
                "altered": 1,
                "duplicated": 1,
                "misplaced": 1,
                "out_of_order": 1,
            },
        ),
    ],
)
def test_each_fault_is_counted(
    change: Callable[[Arrivals], Arrivals], expected: dict[str, int]
) -> None:
    """Lines with known faults have exactly those counts."""
    traffic = open_traffic()
    assert expected == faults_of(traffic, change(list_arrivals(traffic)))


def test_order_is_that_of_a_sender_and_name() -> None:
    """Lines of different senders, or of different names, may come in any order."""
    senders = open_traffic(senders=2)
    arrivals = list_arrivals(senders)
    assert {} == faults_of(senders, arrivals[32:64] + arrivals[:32] + arrivals[64:])
    names = open_traffic(names=3)
    by_name = sorted(range(COUNT), key=lambda line: (-names.place(line)[1], line))
    assert {} == faults_of(names, [(names.datagram(n, 0), 0) for n in by_name])


def test_a_name_on_two_ports_is_one_misplaced_name() -> None:
    """Misplaced names are counted once each."""
    checker = Checker(traffic := open_traffic(), [], -1)
    for number in range(6):
        checker.take(traffic.datagram(number, 0), number % 3, 0)
    counts = checker.counts(6)
    assert (4, 1) == (counts["misplaced"], counts["misplaced_names"])


def test_given_texts_are_counted_by_their_copies() -> None:
    """Lines without numbers: missing copies are lost, more than were sent duplicated.

    Here a file of three lines, sent twice, two of them of one key.
    """
    texts = (b"a:1|c", b"b:1|c", b"a:2|c")
    traffic = Traffic(
        3, lines=1, senders=1, texts=texts, groups=list_groups(texts), order=(0, 1, 2)
    )
    checker = Checker(traffic, [], -1)
    for text, port in [(b"a:1|c", 0), (b"a:1|c\na:1|c\r\n", 0), (b"a:2|c", 1)]:
        checker.take(text, port, 0)
    checker.take(b"c:1|c", 0, 0)
    counts = checker.counts(6)
    names = ("lines", "found", "arrived", "altered", "duplicated", "misplaced")
    assert [5, 3, 3, 1, 1, 1] == [counts[name] for name in names]


def test_delays_are_told_over_the_wrap() -> None:
    """A line sent just before 10 s and received just after has the delay between."""
    checker = Checker(traffic := open_traffic(), [], -1)
    checker.take(traffic.datagram(0, 9_999_900), 0, 20_000_027)
    buckets, highest_us = checker.delays()
    assert (127, 1, 1) == (highest_us, buckets[127], sum(buckets))
    assert ([0] * len(buckets), 0) == checker.delays()


@pytest.mark.parametrize("delay_us", [0, 127, 128, 1000, 65_536, 999_999, 9_999_999])
def test_a_bucket_holds_its_delay(delay_us: int) -> None:
    """A delay is told to 1/64, and never as less than it was."""
    checker = Checker(traffic := open_traffic(), [], -1)
    checker.take(traffic.datagram(0, 0), 0, delay_us)
    buckets, highest_us = checker.delays()
    told = bucket_end_us(buckets.index(1))
    assert delay_us == highest_us
    assert delay_us <= told <= delay_us * (1 + 1 / 64) + 1


def test_percentiles_are_those_of_the_lines() -> None:
    """Half of the lines are not above p50, 99 % not above p99; none: no delay."""
    buckets = [0] * 1216
    buckets[10], buckets[20], buckets[30] = 50, 49, 1
    delay = delay_of(buckets, 30)
    assert delay is not None
    assert (10, 20, 30) == (delay.p50_us, delay.p99_us, delay.max_us)
    assert delay_of([0] * 1216, 0) is None
