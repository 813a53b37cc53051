"""The whole server against its plain twin: any datagrams, any flush points."""

import asyncio
import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statshard.flush.clock import Moment
from tests.daemon.test_server import running
from tests.model.graphite_names import Names
from tests.model.server import Options, Server
from tests.support.aggregation import START_S, assert_told

KEYS = st.sampled_from(["a", "b.c", "d;k=v", "e f/g", "h", ""])
VALUES = st.sampled_from(["1", "2.5", "+3", "-4", "1e3", "0", "", "x", "7", "0.1"])
TYPES = st.sampled_from(["c", "ms", "g", "s", "h", "d", "zz", ""])
FIELDS = st.sampled_from(["", "|@0.1", "|#k:v,x", "|@0.5|#b,a", "|@2", "|c:id", "|"])
LINES = st.one_of(
    st.builds("{}:{}|{}{}".format, KEYS, VALUES, TYPES, FIELDS).map(str.encode),
    st.builds("{}:1:2|{}".format, KEYS, TYPES).map(str.encode),
    st.sampled_from([b"_e{1,1}:a|b", b"_sc|x|0", b"_sc|x|9", b"bad", b"a:1|c\r", b""]),
    st.binary(max_size=12).filter(lambda line: b"\n" not in line),
)
DATAGRAMS = st.lists(
    st.lists(LINES, min_size=1, max_size=5).map(b"\n".join), max_size=6
)


async def compare(intervals: list[list[bytes]], compat: str) -> None:
    """Send the same to a server and to its twin, and compare what Graphite is told."""
    names = Names(fits_tags=compat == "strict")
    twin = Server(Options(compat=compat, names=names))
    moments = [Moment(10.0 * n, START_S + 10.0 * n) for n in range(len(intervals) + 2)]
    async with running({"compat": compat}, "", lambda: moments.pop(0)) as at:
        count = 0
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            for turn, datagrams in enumerate(intervals, 1):
                for datagram in datagrams:
                    sender.sendto(datagram, at.server.listeners[0].address)
                    twin.receive(datagram)
                count += len(datagrams)
                await at.wait_for_datagrams(count)
                told = await at.flush()
                assert_told(twin.flush(START_S + 10 * turn), told)


@pytest.mark.parametrize("compat", ["strict", "etsy"])
@given(st.lists(DATAGRAMS, min_size=1, max_size=3))
@settings(
    max_examples=40,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
def test_one_worker_is_the_twin_to_the_last_digit(
    compat: str, intervals: list[list[bytes]]
) -> None:
    """Whatever comes in, in however many intervals, is told as the twin tells it."""
    asyncio.run(compare(intervals, compat))
