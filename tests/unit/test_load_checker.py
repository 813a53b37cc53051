"""A checker that is fed lines tells exactly what was wrong with them.

Each row sends the datagrams 0 to 99, of one line each, but for what it says.
"""

from collections.abc import Callable

import pytest

from statshard.load.corpus import list_groups, rank_quantiles
from statshard.load.step import bucket_end_us, delay_of
from statshard.plane.load import Checker, Traffic
from tests.model.hash import djb2
from tests.model.key import embedded_key
from tests.model.slots import pick
from tests.support.tables import build_table

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
    counts = checker.counts((COUNT,))
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
    counts = checker.counts((6,))
    assert (4, 1) == (counts["misplaced"], counts["misplaced_names"])


def test_a_line_at_another_port_than_its_own_is_wrong() -> None:
    """All lines of a name at one port, but not at that of the hash, are wrong.

    They are not misplaced. Lines of the one name here belong to the second of ports.
    """
    traffic = open_traffic()
    backends = [(b"127.0.0.1:9001", 1.0), (b"127.0.0.1:9003", 1.0)]
    table = build_table("rendezvous", "name", backends, 1)
    own = pick(b"load.0", backends)
    found = []
    for port in range(2):
        checker = Checker(traffic, [], -1, table)
        for number in range(COUNT):
            checker.take(traffic.datagram(number, 0), port, 0)
        counts = checker.counts((COUNT,))
        found.append((counts["wrong"], counts["misplaced"]))
    assert [(0 if port == own else COUNT, 0) for port in range(2)] == found


def test_given_texts_have_places_too() -> None:
    """Lines of a file are wrong where the hash, here of name and tags, says so."""
    texts = (b"a,b=1:1|c", b"a,b=2:1|c")
    traffic = Traffic(
        2, lines=1, senders=1, texts=texts, groups=list_groups(texts), order=(0, 1)
    )
    backends = [(b"x", 1.0), (b"y", 1.0)]
    checker = Checker(traffic, [], -1, build_table("djb2", "embedded", backends, 1))
    for text in texts:
        checker.take(text, 0, 0)
    wrong = sum(djb2(embedded_key(text)) % 2 != 0 for text in texts)
    assert 1 == wrong == checker.counts((2,))["wrong"]


def test_lines_of_another_load_are_foreign() -> None:
    """Lines with stamps and another mark are no fault, and are not ours.

    What is neither is altered.
    """
    traffic = open_traffic()
    other = traffic.datagram(7, 0).replace(b"load.", b"load2.")
    checker = Checker(traffic, [], -1)
    for datagram in (traffic.datagram(7, 0), other, other, b"load2.0:7|c"):
        checker.take(datagram, 0, 0)
    counts = checker.counts((8,))
    names = ("lines", "found", "arrived", "altered", "duplicated", "foreign")
    assert [4, 1, 1, 1, 0, 2] == [counts[name] for name in names]


def test_what_several_processes_sent_is_known() -> None:
    """Texts are settled by what each process sent, be it stopped at any time.

    Here a file of 64 lines: the first process sent 33, so the first block and one more
    of the third, the second 1, which is the first of the second block.
    """
    texts = tuple(b"%d:1|c" % number for number in range(64))
    traffic = Traffic(
        64,
        lines=1,
        senders=2,
        processes=2,
        texts=texts,
        groups=list_groups(texts),
        order=tuple(range(64)),
    )
    checker = Checker(traffic, [], -1)
    for text in (*texts[:33], texts[0]):
        checker.take(text, 0, 0)
    counts = checker.counts((33, 1))
    assert (34, 0) == (counts["arrived"], counts["duplicated"])
    with pytest.raises(ValueError, match="1 of 2 processes"):
        checker.counts((34,))


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
    counts = checker.counts((6,))
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
