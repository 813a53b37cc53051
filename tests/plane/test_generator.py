"""A load's generator: whatever the kernel answers, each datagram is sent once.

The kernel is the scripted one: short sends, interruptions, and errors that pass.
"""

import errno

from hypothesis import given
from hypothesis import strategies as st

from statshard.load.corpus import rank_quantiles
from statshard.plane._paced import ScriptedGenerator
from statshard.plane.load import Traffic

PASSING = (errno.EINTR, errno.EAGAIN, errno.ENOBUFS, errno.ECONNREFUSED)
answers = st.lists(
    st.integers(1, 40) | st.sampled_from([-error for error in PASSING]), max_size=40
)


def open_traffic(senders: int) -> Traffic:
    """Return traffic of two lines a datagram."""
    return Traffic(
        50,
        lines=2,
        senders=senders,
        quantiles=rank_quantiles(50, 1),
        head=b"load.",
        suffixes=(b"|c", b"|ms"),
    )


def without_stamps(datagram: bytes) -> list[bytes]:
    """Return a datagram's lines up to their numbers, and what follows the stamps."""
    return [line[:18] + line[27:] for line in datagram.split(b"\n")]


@given(st.integers(1, 3), st.lists(st.integers(1, 90), max_size=3), answers)
def test_each_datagram_is_sent_once_and_in_order(
    senders: int, runs: list[int], script: list[int]
) -> None:
    """All runs together send the datagrams 0, 1, ... in order, each by its sender."""
    traffic = open_traffic(senders)
    generator = ScriptedGenerator(traffic)
    generator.answer_sends(script)
    assert [0] * len(runs) == [generator.run(count) for count in runs]
    sent = generator.sent()
    expected = [traffic.datagram(number, 0) for number in range(sum(runs))]
    assert [without_stamps(each) for each in expected] == [
        without_stamps(datagram) for _, datagram, _ in sent
    ]
    places = [traffic.place(2 * number)[0] for number in range(sum(runs))]
    assert places == [descriptor for descriptor, _, _ in sent]
    asked = script[: len(script) - generator.sends_left()]
    held = asked.count(-errno.EAGAIN) + asked.count(-errno.ENOBUFS)
    refused = asked.count(-errno.ECONNREFUSED)
    assert (sum(runs), held, refused) == generator.counts()


def test_an_error_that_stays_ends_it() -> None:
    """Another error ends the run; the next one begins with the same datagram."""
    generator = ScriptedGenerator(traffic := open_traffic(1))
    generator.answer_sends([-errno.EPERM])
    assert -errno.EPERM == generator.run(40)
    assert ([], (0, 0, 0)) == (generator.sent(), generator.counts())
    assert 0 == generator.run(1)
    first = without_stamps(traffic.datagram(0, 0))
    assert [first] == [without_stamps(each) for _, each, _ in generator.sent()]
