"""A worker's whole loop in a time of its own: when it sleeps, reads, sends and ends.

The scripted kernel holds the clock: a sleep jumps to its end, a look at the clock takes
50 ns, a datagram read 500 ns. So each delay here is exact, and no test waits.
"""

import errno
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statshard.plane._stepped import ScriptedWorker
from tests.support.tables import build_table

US = 1_000
MS = 1_000_000
SECOND = 1_000_000_000
BACKENDS = [(b"a", 1.0), (b"b", 1.0)]
TABLE = build_table("rendezvous", "name", BACKENDS, 1)
MAX_DELAY = 5 * MS
# What a cycle may take beyond: the reading of a burst that no cycle before it foretold.
BURST = MS


def open_worker(arrivals: list[int], queue_bytes: int = 1 << 20) -> ScriptedWorker:
    """Return a worker to whose socket one-line datagrams come at these times, ns."""
    worker = ScriptedWorker(
        TABLE, len(BACKENDS), max_delay_ns=MAX_DELAY, queue_bytes=queue_bytes
    )
    for number, at_ns in enumerate(arrivals):
        worker.give([b"m%d:1|c" % number], at_ns)
    return worker


def steady(rate: int, seconds: float) -> list[int]:
    """Return the times of datagrams at a rate."""
    return [n * SECOND // rate for n in range(int(rate * seconds))]


def delays(worker: ScriptedWorker, arrivals: list[int]) -> list[int]:
    """Return how long each line was in the worker, ns; each must have left once."""
    left: dict[int, int] = {}
    times = worker.sent_ns()
    for at_ns, (_, datagram, _) in zip(times, worker.sent(), strict=True):
        for line in datagram.split(b"\n"):
            number = int(line.partition(b":")[0].removeprefix(b"m"))
            assert number not in left
            left[number] = at_ns
    assert len(arrivals) == len(left)
    return [left[number] - at_ns for number, at_ns in enumerate(arrivals)]


def test_a_worker_that_nothing_reaches_sleeps_until_it_is_woken() -> None:
    """It wakes for nothing in an hour without traffic."""
    worker = open_worker([])
    worker.run(3600 * SECOND, 3601 * SECOND)
    (began_ns, ended_ns, listens), *_ = worker.sleeps()
    assert began_ns < MS
    assert ended_ns == 3600 * SECOND
    assert listens


@pytest.mark.parametrize(
    ("rate", "cycles"),
    [
        (100, 120),  # one for each datagram, and some at the start
        (5_000, 230),  # as few as max_delay allows
        (20_000, 230),
        (200_000, 550),  # 400 datagrams each
    ],
)
def test_a_worker_naps_so_that_datagrams_gather(rate: int, cycles: int) -> None:
    """It does not wake for each datagram, and none stays longer than max_delay."""
    seconds = min(1.0, 60_000 / rate)
    arrivals = steady(rate, seconds)
    worker = open_worker(arrivals)
    worker.run(int(seconds * SECOND), 10 * SECOND)
    naps = [sleep for sleep in worker.sleeps() if not sleep[2]]
    assert len(naps) <= cycles * seconds
    assert max(delays(worker, arrivals)) <= MAX_DELAY + BURST


def test_a_busy_worker_does_not_wait_for_the_first_datagram() -> None:
    """Where a nap is sure to find several, it makes no call to wait for one before."""
    arrivals = steady(20_000, 1.0)
    worker = open_worker(arrivals)
    worker.run(SECOND, 10 * SECOND)
    waits = [s for s in worker.sleeps() if s[2] and 100 * MS < s[0] < 990 * MS]
    assert not waits


def test_a_worker_that_is_never_drained_sends_in_time() -> None:
    """With always more to read than one call takes, lines still leave in time."""
    worker = open_worker([0] * 60_000)
    worker.run(SECOND, 10 * SECOND)
    times = worker.sent_ns()
    gaps = [later - at_ns for at_ns, later in itertools.pairwise(times)]
    assert times[-1] - times[0] > 3 * MAX_DELAY
    assert max(gaps) <= MAX_DELAY // 2 + BURST


def test_a_stop_reads_what_comes_just_after_it() -> None:
    """Datagrams on their way when the stop is ordered are still forwarded.

    The drain ends only when the sockets have been empty for 10 ms.
    """
    arrivals = [SECOND + 3 * MS, SECOND + 12 * MS, SECOND + 21 * MS]
    worker = open_worker(arrivals)
    worker.run(SECOND, 10 * SECOND)
    assert max(delays(worker, arrivals)) <= 2 * MS


def test_a_stop_ends_once_the_sockets_have_stayed_empty() -> None:
    """What comes later than 10 ms after the last datagram is not waited for."""
    worker = open_worker([SECOND - MS, SECOND + 100 * MS])
    worker.run(SECOND, 10 * SECOND)
    assert [b"m0:1|c"] == [datagram for _, datagram, _ in worker.sent()]
    assert worker.sleeps()[-1][1] < SECOND + 12 * MS


def test_a_wakeup_is_taken_once() -> None:
    """The eventfd is read, or it would end every later sleep at once."""
    worker = open_worker([0])
    worker.answer_sends([-errno.EAGAIN] * 50)
    worker.run(5 * MS, SECOND)
    assert worker.wakeups_taken() == 1
    assert len(worker.sleeps()) < 150
    assert worker.sends_left() == 0


@pytest.mark.parametrize("arrivals", [[0], steady(1000, 0.4)])
def test_what_waits_is_tried_each_millisecond(arrivals: list[int]) -> None:
    """A backend that cannot take it is neither hammered nor left alone.

    Be it that more comes for it meanwhile or not.
    """
    worker = open_worker(arrivals)
    worker.answer_sends([-errno.EAGAIN] * 100)
    worker.run(SECOND, 2 * SECOND)
    assert 100 * MS <= worker.sent_ns()[0] <= 220 * MS


def test_a_stop_ends_at_its_time_whatever_waits() -> None:
    """What could not be sent by then is dropped, and counted as such."""
    worker = open_worker([0])
    worker.answer_sends([-errno.EAGAIN] * 4000)
    worker.run(10 * MS, 500 * MS)
    assert 498 * MS <= worker.sleeps()[-1][1] <= 502 * MS
    assert sum(dropped.get("shutdown", 0) for _, dropped in worker.counts()[2]) == 1


def test_a_stop_ends_at_its_time_whatever_comes() -> None:
    """Datagrams without an end do not keep a worker from ending."""
    worker = open_worker([0] * 60_000)
    worker.run(MS, 10 * MS)
    assert 15_000 < worker.counts()[1]["received_datagrams"] < 25_000
    assert worker.closes()


def test_a_socket_that_cannot_be_read_is_not_hammered() -> None:
    """After an error of the read, the worker sleeps a millisecond before the next."""
    worker = open_worker([0])
    worker.answer_receives([-errno.ENOMEM] * 40)
    worker.run(SECOND, 2 * SECOND)
    (sent_ns,) = worker.sent_ns()
    assert 40 * MS <= sent_ns <= 60 * MS
    assert worker.counts()[1]["receive_errors"] == 40


@given(
    gaps=st.lists(
        st.one_of(
            st.just(0),
            st.integers(1, 200 * US),
            st.integers(1, 20 * MS),
            st.integers(1, 70 * SECOND),
        ),
        max_size=300,
    )
)
def test_no_line_stays_longer_than_it_may(gaps: list[int]) -> None:
    """However datagrams are spaced, each leaves within max_delay, and once."""
    arrivals = [sum(gaps[: place + 1]) for place in range(len(gaps))]
    worker = open_worker(arrivals)
    worker.run((arrivals[-1] if arrivals else 0) + 20 * MS, 2**62)
    assert max(delays(worker, arrivals), default=0) <= MAX_DELAY + BURST
