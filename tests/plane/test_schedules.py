"""Whatever the kernel answers, nothing is lost uncounted, repeated or reordered."""

import errno
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statshard.plane._stepped import ScriptedLink, ScriptedWorker
from tests.model import key as key_model
from tests.model import line as line_model
from tests.model import slots as slots_model
from tests.support.examples import examples
from tests.support.tables import build_table

ERRORS = [
    errno.EINTR,
    errno.EAGAIN,
    errno.ENOBUFS,
    errno.ENOMEM,
    errno.ECONNREFUSED,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EPERM,
    errno.EACCES,
    errno.EMSGSIZE,
]
# What may cost lines: the others never do, however often they come.
LOSING = {
    *(errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EPERM, errno.EACCES, errno.EMSGSIZE)
}
errors = st.sampled_from(ERRORS).map(lambda e: -e)
answers = st.one_of(
    st.lists(st.one_of(st.integers(0, 70), errors), max_size=40),
    st.builds(lambda error, count: [error] * count, errors, st.integers(1, 300)),
)
sizes = st.one_of(st.integers(8, 40), st.integers(8, 3000), st.just(65_600))


@dataclass(frozen=True)
class Forward:
    """Forward a line of this many bytes."""

    size: int


@dataclass(frozen=True)
class Flush:
    """Flush, this long after the step before."""

    later_ns: int


@dataclass(frozen=True)
class Answers:
    """Let the kernel answer the next sends like this."""

    results: list[int]


@dataclass(frozen=True)
class Mtu:
    """Let the kernel know this MTU of the path."""

    size: int


@dataclass(frozen=True)
class Refuse:
    """Put this many refusals into the error queue."""

    count: int


Step = Forward | Flush | Answers | Mtu | Refuse
steps = st.lists(
    st.one_of(
        st.builds(Forward, sizes),
        st.builds(Flush, st.integers(0, 2_000_000_000)),
        st.builds(Answers, answers),
        st.builds(Mtu, st.sampled_from([-1, 60, 576, 1500])),
        st.builds(Refuse, st.integers(1, 80)),
    ),
    max_size=60,
)


def numbered(number: int, size: int) -> bytes:
    """Return a line that is like no other."""
    return b"%07d:" % number + b"x" * (size - 8)


@settings(max_examples=examples(400))
@given(
    steps, st.sampled_from([64, 200, 1432]), st.sampled_from([4096, 70_000]), answers
)
def test_every_line_is_accounted_for_at_every_step(
    rows: list[Step], payload: int, queue_bytes: int, first: list[int]
) -> None:
    """Given = forwarded + dropped + waiting; what left is whole, in order and once."""
    link = ScriptedLink(
        max_payload=payload, queue_bytes=queue_bytes, queue_age_ns=1_000_000_000
    )
    link.answer_sends(first)
    given_lines: list[bytes] = []
    left: list[bytes] = []
    now = 0
    for step in rows:
        match step:
            case Forward(size):
                given_lines.append(numbered(len(given_lines), size))
                link.forward(given_lines[-1], now)
            case Flush(later_ns):
                now += later_ns
                link.flush(now)
            case Answers(results):
                link.answer_sends(results)
            case Mtu(size):
                link.set_mtu(size)
            case Refuse(count):
                link.refuse(count)
        sent = [datagram for _, datagram, _ in link.sent()]
        left += [line for datagram in sent for line in datagram.split(b"\n")]
        counts, dropped = link.counts()
        assert all(len(d) <= payload for d in sent if b"\n" in d)
        assert len(left) == counts["forwarded_lines"]
        assert link.waiting_bytes()[0] <= queue_bytes
        assert len(given_lines) == (
            len(left) + sum(dropped.values()) + counts["waiting_lines"]
        )
    order = {line: number for number, line in enumerate(given_lines)}
    numbers = [order[line] for line in left]
    assert sorted(set(numbers)) == numbers
    link.answer_sends([])
    link.flush(now)
    assert 0 == link.counts()[0]["waiting_lines"]


def lines_of(link: ScriptedLink) -> list[bytes]:
    """Return the lines that the kernel took, in their order."""
    return [line for _, datagram, _ in link.sent() for line in datagram.split(b"\n")]


@pytest.mark.parametrize("error", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 40])
def test_each_error_at_each_position_costs_what_is_counted(
    error: int, count: int
) -> None:
    """An error that comes some times after any number of datagrams, sent one by one or
    by a short send, loses no line uncounted, repeats none and moves none.
    """
    given_lines = [numbered(n, 20 if n % 3 else 70) for n in range(30)]
    for taken in range(21):
        for before in ([1] * taken, [taken] * (taken > 0)):
            link = ScriptedLink(max_payload=64, queue_bytes=4096)
            link.set_mtu(60)
            link.answer_sends([*before, *[-error] * count])
            for line in given_lines:
                link.forward(line, 0)
            link.flush(0)
            counts, dropped = link.counts()
            left = lines_of(link)
            assert len(left) == counts["forwarded_lines"]
            assert 30 == len(left) + sum(dropped.values()) + counts["waiting_lines"]
            link.answer_sends([])
            link.flush(0)
            left += lines_of(link)
            assert [line for line in given_lines if line in set(left)] == left
            counts, dropped = link.counts()
            assert (30, 0) == (
                len(left) + sum(dropped.values()),
                counts["waiting_lines"],
            )
            if error not in LOSING:
                assert {} == dropped


BACKENDS = [(b"shard-1", 1.0), (b"shard-2", 1.0), (b"shard-3", 2.0)]
OWNERS = slots_model.owners(BACKENDS)
pieces = st.one_of(
    st.sampled_from(
        [b"", b"\r", b":1|c", b"nothing", b"_e{1,1}:a|b", b"_e{1,1}:a", b"_sc|x|0"]
    ),
    st.integers(0, 200).map(lambda n: b"metric.%d:1|c" % n),
    st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")),
)
datagrams = st.lists(st.lists(pieces, max_size=12).map(b"\n".join), max_size=40)


@settings(max_examples=examples(200))
@given(datagrams, answers, st.lists(st.integers(0, 30), max_size=30))
def test_datagrams_become_the_lines_of_their_backends(
    rows: list[bytes], sends: list[int], receives: list[int]
) -> None:
    """Each carried line is on the twin's backend, once and in order, or is counted."""
    worker = ScriptedWorker(
        build_table("rendezvous", "name", BACKENDS, 1), len(BACKENDS)
    )
    worker.give(rows)
    worker.answer_sends([a for a in sends if a != -errno.EMSGSIZE])
    worker.answer_receives(receives)
    for _ in range(len(receives) + 2):
        worker.read()
        worker.flush()
    worker.answer_sends([])
    worker.flush()
    refused, listener, links = worker.counts()
    lines = [line for row in rows for line in line_model.split_lines(row)]
    carried = [line for line in lines if line_model.refusal(line) is None]
    reasons = Counter(filter(None, map(line_model.refusal, lines)))
    assert len(rows) == listener["received_datagrams"]
    assert len(lines) == listener["received_lines"]
    assert dict(reasons) == refused
    arrived: dict[int, list[bytes]] = {0: [], 1: [], 2: []}
    for backend, datagram, _ in worker.sent():
        arrived[backend] += datagram.split(b"\n")
    for backend, (counts, dropped) in enumerate(links):
        mine = [
            x
            for x in carried
            if OWNERS[slots_model.slot(key_model.name_key(x))] == backend
        ]
        assert len(mine) == counts["forwarded_lines"] + sum(dropped.values())
        if not dropped:
            assert mine == arrived[backend]


def test_a_receive_of_fewer_datagrams_than_asked_uses_those_only() -> None:
    """Slots with older datagrams that a batch did not fill are not read again."""
    worker = ScriptedWorker(build_table("djb2", "embedded", [(b"x", 1.0)], 1), 1)
    worker.give([b"first:1|c", b"second:1|c", b"third:1|c"])
    worker.answer_receives([2, 1, -errno.EAGAIN])
    for _ in range(3):
        worker.read()
    worker.flush()
    sent = [datagram for _, datagram, _ in worker.sent()]
    assert [b"first:1|c\nsecond:1|c\nthird:1|c"] == sent


def test_the_cut_tail_of_a_truncated_datagram_is_dropped_alone() -> None:
    """Of a datagram longer than the buffer only the last, cut line is truncated."""
    worker = ScriptedWorker(
        build_table("djb2", "embedded", [(b"x", 1.0)], 1), 1, datagram_max=20
    )
    worker.give([b"a:1|c\nbb:1|c\nccc:1|c\nd:1|c", b"e:1|c", b"x:" + b"1" * 30])
    worker.read()
    worker.flush()
    refused, listener, _ = worker.counts()
    assert [b"a:1|c\nbb:1|c\ne:1|c"] == [datagram for _, datagram, _ in worker.sent()]
    assert {"truncated": 2} == refused
    assert {
        "received_datagrams": 3,
        "received_lines": 5,
        "receive_errors": 0,
        "truncated_datagrams": 2,
    } == listener


def test_a_datagram_cut_behind_an_lf_loses_no_line() -> None:
    """Where the cut falls right behind an LF, there is no tail to drop."""
    worker = ScriptedWorker(
        build_table("djb2", "embedded", [(b"x", 1.0)], 1), 1, datagram_max=6
    )
    worker.give([b"a:1|c\nbb:1|c"])
    worker.read()
    worker.flush()
    assert [b"a:1|c"] == [datagram for _, datagram, _ in worker.sent()]
    assert ({}, 1) == (worker.counts()[0], worker.counts()[1]["truncated_datagrams"])


def test_lines_that_wait_at_the_end_are_dropped_as_shutdown() -> None:
    """At a stop, what no backend took is counted, and the balance closes."""
    worker = ScriptedWorker(build_table("djb2", "embedded", [(b"x", 1.0)], 1), 1)
    worker.give([b"a:1|c\nb:1|c"])
    worker.answer_sends([-errno.EAGAIN] * 9)
    worker.read()
    worker.flush()
    worker.end()
    (counts, dropped) = worker.counts()[2][0]
    assert ({"shutdown": 2}, 0) == (dropped, counts["waiting_lines"])


def test_an_interrupted_receive_is_repeated_and_an_error_counted() -> None:
    """EINTR changes nothing; another error is counted, and the next read goes on."""
    worker = ScriptedWorker(build_table("djb2", "embedded", [(b"x", 1.0)], 1), 1)
    worker.give([b"a:1|c", b"b:1|c", b"c:1|c"])
    worker.answer_receives([-errno.EINTR, -errno.EINTR, 2, -errno.EBADF, 3])
    for expected in ((2, 0), (2, 1), (3, 1)):
        worker.read()
        counts = worker.counts()[1]
        assert expected == (counts["received_lines"], counts["receive_errors"])


def test_what_is_packed_goes_out_under_the_old_table() -> None:
    """A new table finds no line packed that an older one has placed."""
    here, there = [(b"a", 1.0), (b"b", 1e-9)], [(b"a", 1e-9), (b"b", 1.0)]
    worker = ScriptedWorker(build_table("rendezvous", "name", here, 1), 2)
    worker.give([b"m:1|c", b"m:2|c"])
    worker.answer_receives([1, 1])
    worker.read()
    worker.adopt(build_table("rendezvous", "name", there, 2))
    assert [(0, b"m:1|c", False)] == worker.sent()
    worker.read()
    worker.flush()
    assert [(1, b"m:2|c", False)] == worker.sent()


@pytest.mark.parametrize("hash_name", ["rendezvous", "jump", "ketama", "sdbm"])
def test_lines_without_a_backend_are_counted(hash_name: str) -> None:
    """Where every backend is out, lines are dropped as `no_backend`, none is sent."""
    table = build_table(hash_name, "name", [(b"a", 1.0), (b"b", 1.0)])
    worker = ScriptedWorker(table, 2)
    rows = [(b"a", b"a", 1.0), (b"b", b"b", 1.0)]
    worker.adopt(table.changed(rows, 2, out=[0, 1]))
    worker.give([b"m:1|c\n:1|c\nn:1|c"])
    worker.read()
    worker.flush()
    assert worker.counts()[0] == {"no_backend": 2, "empty_name": 1}
    assert worker.sent() == []
    assert worker.closes()
