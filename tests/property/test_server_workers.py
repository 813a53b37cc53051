"""The whole server with 1 to 4 workers against its plain twin: any lines from any
senders, any flush points.

Rule: each datagram is read before the next is sent, so that their order in time is the
twin's; which worker reads one, the kernel decides by its sender's port.
"""

import asyncio
import math
import socket
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statshard.flush.clock import Moment
from tests.daemon.test_server import running
from tests.model.graphite_names import Names
from tests.model.reading import Reading
from tests.model.server import VARIES, Options, Server
from tests.property.test_server import LINES
from tests.support.aggregation import START_S

SENDERS = 12
COUNTERS = ("stats_counts.", "stats.")  # beside them stand longer names of other types
OTHERS = ("stats.timers.", "stats.gauges.", "stats.sets.")
# A datagram and who sends it; None: a flush.
COMINGS = st.lists(
    st.one_of(
        st.tuples(
            st.integers(0, SENDERS - 1),
            st.lists(LINES, min_size=1, max_size=5).map(b"\n".join),
        ),
        st.tuples(
            st.integers(0, SENDERS - 1),
            st.one_of(
                st.builds(b"h:%d|g".__mod__, st.integers(-3, 9)),
                st.sampled_from([b"h:+7|g", b"a:0.1|c", b"a:0.7|c\nt:3|ms", b"s:x|s"]),
            ),
        ),
        st.none(),
    ),
    max_size=14,
)
# Every sender sets a gauge, and then changes it; and the other way round.
SETS: list[tuple[int, bytes] | None] = [
    *((sender, b"h:%d|g" % sender) for sender in range(SENDERS)),
    *((sender, b"h:+%d|g" % sender) for sender in range(SENDERS)),
    None,
    *((sender, b"h:+%d|g" % sender) for sender in range(SENDERS)),
    (3, b"h:100|g"),
    *((sender, b"a:0.%d|c" % sender) for sender in range(SENDERS)),
]


@dataclass
class Sums:
    """What is known of the counters of an interval beside their sums."""

    samples: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    absolute: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    fractional: set[str] = field(default_factory=set)

    def take(self, reading: Reading) -> None:
        """Take note of the counters of a datagram."""
        for key, sample in reading.samples:
            if sample.kind == "counter":
                change = sample.value * sample.scale
                self.samples[key] += 1
                self.absolute[key] += abs(change)
                if not change.is_integer():
                    self.fractional.add(key)

    def allowed(self, name: str) -> float:
        """Return by how much the sum of a counter may differ: n ulp of what was added;
        nothing for one of whole numbers, and for all else.
        """
        if not name.startswith(COUNTERS) or name.startswith(OTHERS):
            return 0.0
        key = name.partition(".")[2]
        if key not in self.fractional:
            return 0.0
        return self.samples[key] * math.ulp(self.absolute[key])


def as_rows(lines: list[str]) -> dict[str, str]:
    """Return name -> value of lines for Graphite, but for the server's own times."""
    rows = [line.split(" ") for line in lines]
    assert len({name for name, *_ in rows}) == len(rows)
    return {name: value for name, value, _ in rows}


def assert_equal(expected: list[str], told: list[str], sums: Sums) -> None:
    """Compare what Graphite is told, in any order."""
    rows, found = as_rows(expected), as_rows(told)
    assert rows.keys() == found.keys()
    for name, value in rows.items():
        if value == found[name] or value == VARIES:
            continue
        assert abs(float(value) - float(found[name])) <= sums.allowed(name), name


async def compare(
    comings: list[tuple[int, bytes] | None], workers: int, compat: str
) -> None:
    """Send the same to a server and to its twin, and compare at every flush."""
    names = Names(fits_tags=compat == "strict")
    twin = Server(Options(compat=compat, names=names))
    sums, turn, count = Sums(), 0, 0
    moments = [Moment(10.0 * n, START_S + 10.0 * n) for n in range(len(comings) + 3)]
    flags = {"compat": compat, "workers": str(workers), "max_delay_ms": "0.1"}
    async with running({**flags}, "", lambda: moments.pop(0)) as at:
        with ExitStack() as stack:
            senders = [
                stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
                for _ in range(SENDERS)
            ]
            for coming in [*comings, None]:
                if coming is not None:
                    sender, datagram = coming
                    to = at.server.listeners[0].address
                    senders[sender].sendto(datagram, to)
                    sums.take(twin.receive(datagram))
                    count += 1
                    await at.wait_for_datagrams(count)
                    continue
                turn += 1
                told = await at.flush()
                assert_equal(twin.flush(START_S + 10 * turn), told, sums)
                sums = Sums()


@pytest.mark.parametrize("compat", ["strict", "etsy"])
@given(COMINGS, st.integers(1, 4))
@example(SETS, 4)
@example(SETS[::-1], 3)
@settings(
    max_examples=40,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
def test_however_many_workers_it_is_the_twin(
    compat: str, comings: list[tuple[int, bytes] | None], workers: int
) -> None:
    """Whatever comes from whomever, whenever it is flushed: the text for Graphite is
    the twin's; only sums of fractions differ, by n ulp.
    """
    asyncio.run(compare(comings, workers, compat))
