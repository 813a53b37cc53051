"""The whole server under any options against its plain twin under the same."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statshard.flush.clock import Moment
from statshard.settings.flags import Found
from tests.daemon.test_server import running
from tests.model.graphite_names import Names
from tests.model.server import Options, Server
from tests.property.test_server import DATAGRAMS
from tests.support.aggregation import START_S, assert_told

PERCENTILES = st.sampled_from([90, 50, 5, 99.9, 12.5, 100, -10, -90, -99.5, -100])
RULES = st.sampled_from(
    [("a", (1.0, 2.5)), ("zz", (1.0,)), ("b", ()), ("", (0.5, 10.0, float("inf")))]
)
FIGURES = st.sampled_from(
    ["std", "count", "count_ps", "median", "upper_percent", "lower_percent", "sum"]
)
WORDS = st.sampled_from(["", "x", "y.z", "A-b_c"])


@dataclass(frozen=True)
class Drawn:
    """Options, of both."""

    percentiles: Sequence[float] = (90,)
    rules: Sequence[tuple[str, tuple[float, ...]]] = ()
    figures: Sequence[str] = ()
    deletes: Sequence[str] = ()
    ttl: int = 1
    has_counts: bool = True
    is_legacy: bool = True
    prefixes: tuple[str, str, str, str, str] = ("p", "c", "t", "g", "s")
    suffix: str = ""
    own: str = "statsd"

    def of_twin(self) -> Options:
        """Return the twin's."""
        names = Names(
            self.is_legacy, *self.prefixes, self.suffix, self.own, fits_tags=True
        )
        deletes = {f"delete_{kind}": True for kind in self.deletes}
        return Options(
            compat="strict",
            percentiles=self.percentiles,
            histogram=tuple(self.rules),
            timer_figures=self.figures,
            flush_counts=self.has_counts,
            gauges_max_ttl=self.ttl,
            names=names,
            **deletes,
        )

    def of_server(self) -> Found:
        """Return the server's, but for those of its sink."""
        return {
            "percentiles": tuple(map(str, self.percentiles)),
            "histogram": tuple(
                f"{part}={':'.join(map(str, bins))}" for part, bins in self.rules
            ),
            "timer_figures": tuple(self.figures),
            "no_flush_counts": not self.has_counts,
            "gauges_max_ttl": str(self.ttl),
            "prefix_stats": self.own,
            **{f"delete_{kind}": True for kind in self.deletes},
        }

    def of_sink(self) -> str:
        """Return those of its sink, as they stand behind its URL."""
        words = ["namespace=legacy" if self.is_legacy else "namespace=new"]
        keys = ("prefix", *(f"prefix_{kind}" for kind in KINDS))
        pairs = zip(keys, self.prefixes, strict=True)
        words += [f"{key}={value}" for key, value in pairs]
        words += [f"suffix={self.suffix}"] if self.suffix else []
        return "," + ",".join(words)


KINDS = ("counter", "timer", "gauge", "set")
OPTIONS = st.builds(
    Drawn,
    percentiles=st.lists(PERCENTILES, min_size=1, max_size=4, unique=True),
    rules=st.lists(RULES, max_size=2),
    figures=st.lists(FIGURES, max_size=3, unique=True),
    deletes=st.lists(
        st.sampled_from(["counters", "timers", "gauges", "sets"]), unique=True
    ),
    ttl=st.integers(1, 3),
    has_counts=st.booleans(),
    is_legacy=st.booleans(),
    prefixes=st.tuples(WORDS, WORDS, WORDS, WORDS, WORDS),
    suffix=WORDS,
    own=st.sampled_from(["statsd", "a", "own.it"]),
)


async def compare(drawn: Drawn, intervals: list[list[bytes]]) -> None:
    """Send the same to a server and to its twin, and compare what Graphite is told."""
    twin, turns = Server(drawn.of_twin()), count()

    def now() -> Moment:
        turn = next(turns)
        return Moment(10.0 * turn, START_S + 10.0 * turn)

    async with running(drawn.of_server(), drawn.of_sink(), now) as at:
        sent = 0
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            # Two more, in which idle series are told or not.
            for turn, datagrams in enumerate([*intervals, [], []], 1):
                for datagram in datagrams:
                    sender.sendto(datagram, at.server.listeners[0].address)
                    twin.receive(datagram)
                sent += len(datagrams)
                await at.wait_for_datagrams(sent)
                told = await at.flush()
                assert_told(twin.flush(START_S + 10 * turn), told)


@given(OPTIONS, st.lists(DATAGRAMS, min_size=1, max_size=2))
@example(Drawn(deletes=("gauges",), ttl=2), [[b"g:5|g"], [b"a:1|c"]])
@example(Drawn(deletes=("gauges",)), [[b"g:5|g"], [b"g:+5|g"]])
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_whatever_is_set_it_is_the_twin(
    drawn: Drawn, intervals: list[list[bytes]]
) -> None:
    """Under any options each line for Graphite is the twin's, to the last digit."""
    asyncio.run(compare(drawn, intervals))
