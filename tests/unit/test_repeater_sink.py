"""The StatsD repeater: what it sends comes, on another server, to the same figures."""

import asyncio
import math
import re
import socket
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statshard.errors import SettingsError
from statshard.flush.figures import Figures
from statshard.flush.snapshot import Flush
from statshard.sinks.outlet import Outlet, Surroundings
from statshard.sinks.repeater import RepeaterSink
from statshard.sinks.statsd_lines import StatsdLines
from statshard.sinks.table import open_sink
from tests.model.series import Interval, Store
from tests.support.flushes import TIMESTAMP, Wording, order, small_flush
from tests.support.stores import wait_for

SMALL = [
    *("a.b:11|c", "t:1|ms", "t:2|ms", "g;k=v:0|g", "g;k=v:-0.5|g"),
    *("s:x|s", "s:it's|s"),
]


def datagrams_of(
    flush: Flush, *, max_bytes: int = 1432, packs: bool = False
) -> tuple[list[bytes], Mapping[str, int]]:
    """Return the datagrams of a flush, and what is left out."""
    lines = StatsdLines(Wording(), "statsd", max_bytes=max_bytes, packs=packs)
    datagrams = [each.octets for each in lines.list_datagrams(flush)]
    return datagrams, dict(lines.unfit)


def test_a_flush_is_samples() -> None:
    """Counters are sums, gauges absolute, timers and sets all that came."""
    (datagram,), unfit = datagrams_of(small_flush())
    assert (SMALL, {}) == (datagram.decode().split("\n"), unfit)


def test_what_would_change_nothing_is_not_sent() -> None:
    """No counter of 0, no idle timer and set, none of the server's own series."""
    flush = Flush(
        timestamp=1,
        interval_s=1.0,
        counters={"a": 0.0, "statsd.packets_received": 5.0},
        gauges={"statsd.timestamp_lag": 1.0},
        timers={"t": Figures(("count_ps", "count"), (0.0, 0.0))},
        sets={"s": 0},
        timer_values={"t": ()},
    )
    assert ([], {}) == datagrams_of(flush)


def test_packed_values_share_a_line_as_long_as_a_datagram() -> None:
    """Packed, the values of a timer are cut into lines of which each fits."""
    values = tuple(float(n) for n in range(1000))
    flush = Flush(
        timestamp=1,
        interval_s=1.0,
        timers={"t": Figures(("count",), (2000.0,))},
        timer_values={"t": values},
    )
    datagrams, _ = datagrams_of(flush, max_bytes=512, packs=True)
    assert len(datagrams) == 8
    assert max(map(len, datagrams)) <= 512
    assert all(re.fullmatch(rb"t:[0-9:]+\|ms\|@0\.5", each) for each in datagrams)
    told = [float(x) for each in datagrams for x in each[2:-8].split(b":")]
    assert list(values) == told


def test_what_cannot_be_repeated_is_counted() -> None:
    """Values that are not finite, lines too long, timers and sets without values."""
    flush = Flush(
        timestamp=1,
        interval_s=1.0,
        counters={"n" * 600: 1.0, "ok": 1.0},
        gauges={"g": math.nan, "h" * 250: -1.0, "i" * 260: -1.0},
        timers={"t": Figures(("count",), (3.0,))},
        sets={"s": 4},
        set_members={"s": ("x",)},
    )
    datagrams, unfit = datagrams_of(flush, max_bytes=512)
    assert {"too_long": 2, "not_finite": 1, "no_values": 1, "no_members": 3} == unfit
    assert b"ok:1|c" in datagrams[0]


KEYS = [
    ("a:b|c", b"a_b_c:1|c"),
    ("a\nb:1|c", b"a_b_1_c:1|c"),
    ("_e{1,1}", b"__e{1,1}:1|c"),
    ("_sc|x", b"__sc_x:1|c"),
    ("../\x1b[31m<b>{}\"'", b"../_[31m<b>{}\"':1|c"),
    ("é\udcff", "é".encode() + b"\xff:1|c"),
    ("", b"_:1|c"),
]


@pytest.mark.parametrize(("key", "line"), KEYS)
def test_a_key_stays_a_key(key: str, line: bytes) -> None:
    """Each row's key is repeated in this line."""
    flush = Flush(timestamp=1, interval_s=1.0, counters={key: 1.0})
    assert ([line], {}) == datagrams_of(flush)


LINES = st.lists(
    st.one_of(
        st.builds("{}:{!r}|c".format, st.sampled_from("abc"), st.floats(-1e9, 1e9)),
        st.builds("{}:{!r}|g".format, st.sampled_from("abc"), st.floats(0, 1e25)),
        st.builds("{}:{!r}|g".format, st.sampled_from("abc"), st.floats(-9, -1e-9)),
        st.builds("{};k=v:{!r}|ms".format, st.sampled_from("ab"), st.floats(0, 1e9)),
        st.builds("{}:{!r}|ms|@0.1".format, st.sampled_from("xy"), st.floats(0, 1e9)),
        st.builds(
            "{}:{}|s".format, st.sampled_from("ab"), st.text("x:é <", min_size=1)
        ),
    ).map(str.encode),
    max_size=40,
)


def flush_of(store: Store) -> Flush:
    """Return what a twin's store holds, as a sink is given it."""
    return Flush(
        timestamp=TIMESTAMP,
        interval_s=1.0,
        counters=dict(store.counters),
        gauges=dict(store.gauges),
        timers={key: Figures(("count",), (store.times[key],)) for key in store.timers},
        sets={key: len(members) for key, members in store.sets.items()},
        timer_values=dict(store.timers),
        set_members={
            key: [each.decode("utf-8", "surrogateescape") for each in members]
            for key, members in store.sets.items()
        },
    )


@given(LINES, st.booleans(), st.sampled_from([512, 1432]))
def test_the_second_level_comes_to_the_same(
    lines: list[bytes],
    packs: bool,  # noqa: FBT001 -- Hypothesis hands it in
    max_bytes: int,
) -> None:
    """A plain twin of the server that is sent the datagrams knows the same counters,
    gauges, timers' values and sets, and weighs timers within some ulp; no datagram is
    too long, and no sample is refused.
    """
    first, second, interval = Store(), Store(), Interval()
    for line in lines:
        interval.take(line, 1)
    first.fold([interval])
    datagrams, unfit = datagrams_of(flush_of(first), packs=packs, max_bytes=max_bytes)
    again = Interval()
    for number, datagram in enumerate(datagrams, start=1):
        again.take(datagram, number)
    second.fold([again])
    assert ({}, {}) == (unfit, dict(again.dropped))
    assert all(len(each) <= max_bytes for each in datagrams)
    assert {k: x for k, x in first.counters.items() if x} == second.counters
    assert first.gauges == second.gauges
    assert first.timers == second.timers
    assert first.sets == second.sets
    for key, times in first.times.items():
        assert math.isclose(times, second.times[key], rel_tol=1e-12)


def open_repeater(port: int, **query: str) -> RepeaterSink:
    """Return a sink to a port of this host."""
    sink = open_sink(order("statsd:", port, **query))
    assert isinstance(sink, RepeaterSink)
    return sink


def test_a_receiver_that_is_away_gets_all_later() -> None:
    """What a host refuses is sent again until somebody has the port."""

    async def run() -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as receiver:
            receiver.bind(("127.0.0.1", 0))
            port = receiver.getsockname()[1]
        around = Surroundings(random=lambda: -0.999)
        outlet = Outlet("statsd", open_repeater(port), surroundings=around)
        outlet.open()
        await outlet.take(small_flush())
        await wait_for(lambda: outlet.statistics().retries > 2)
        with socket.socket(type=socket.SOCK_DGRAM) as receiver:
            receiver.bind(("127.0.0.1", port))
            await wait_for(lambda: outlet.statistics().waiting_points == 0)
            assert SMALL == receiver.recv(2000).decode().split("\n")
        await outlet.close(5.0)
        assert (len(SMALL) - 1, {}) == (
            outlet.statistics().sent_points,
            outlet.statistics().dropped_points,
        )

    asyncio.run(run())


WRONG = [
    ({"max_payload": "100"}, "max_payload '100'; valid: 512 to 65507"),
    ({"rate": "fast"}, "rate 'fast'; valid: 10 to 1000000"),
    ({"pack": "v1"}, "pack 'v1'; valid: yes, true, no, false"),
    ({"x": "1"}, "unknown key 'x'; valid: max_payload, rate, pack"),
]


@pytest.mark.parametrize(("query", "what"), WRONG)
def test_what_is_wrong_with_a_url_is_told_at_the_start(
    query: dict[str, str], what: str
) -> None:
    """Each row's URL is refused while the sink is made, by these words."""
    with pytest.raises(SettingsError, match=re.escape(what)):
        open_repeater(1, **query)
