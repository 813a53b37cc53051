"""The InfluxDB sink: its lines, its batches, and what it makes of answers."""

import asyncio
import gzip
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statshard.errors import RefusedError, SettingsError
from statshard.flush.figures import Figures
from statshard.flush.snapshot import Flush
from statshard.sinks.influxdb import InfluxSink, judge
from statshard.sinks.line_protocol import LineProtocol
from statshard.sinks.outlet import Outlet, Surroundings
from statshard.sinks.sink import LastFlush, SinkStatistics
from statshard.sinks.table import open_sink
from tests.support.flushes import TIMESTAMP, Wording, order, small_flush, wide_flush
from tests.support.http_store import HttpStore, open_http_store
from tests.support.stores import wait_for

MS = f"{TIMESTAMP}000"
SMALL = [
    "a.b count=11,rate=1.1 1700000000000",
    "t mean=1.5,bin_1=2 1700000000000",
    "idle rate=0,count=0 1700000000000",
    "g,k=v value=-0.5 1700000000000",
    "s count=2 1700000000000",
]


def open_influx(
    path: str = "/db", port: int = 0, query: Mapping[str, str] | None = None
) -> InfluxSink:
    """Return a sink to a port of this host."""
    given_order = order("influxdb:", port, **(query or {}))
    sink = open_sink(replace(given_order, path=path))
    assert isinstance(sink, InfluxSink)
    return sink


def lines_of(flush: Flush, type_tag: str = "") -> tuple[list[str], Mapping[str, int]]:
    """Return the lines of a flush, and what is left out."""
    protocol = LineProtocol(Wording(), type_tag)
    text = "".join(protocol.list_lines(flush))
    return text.split("\n")[:-1], dict(protocol.unfit)


def counted(*keys: str) -> Flush:
    """Return a flush of counters, each of 1."""
    return Flush(timestamp=TIMESTAMP, interval_s=1.0, counters=dict.fromkeys(keys, 1.0))


def test_a_flush_is_gostatsds_lines() -> None:
    """Each kind has its fields, under the name and the tags of its series."""
    assert (SMALL, {}) == lines_of(small_flush())


HEADS = [
    ("a b,c=d", r"a\ b\,c=d"),
    ("a\\", "a_"),
    ("a\\,b=c", r"a_\,b=c"),
    ("#comment", "_comment"),
    ("", "_"),
    ('a"b{}<i>', 'a"b{}<i>'),
    ("../x", "../x"),
    ("a\nb count=2 1\n", "a_b\\ count=2\\ 1_"),
    ("a;k=v w,x=y", r"a,k=v\ w\,x\=y"),
    ("a;k\\=v\\", "a,k_=v_"),
    ("a;time=1;_field=x;_measurement=y", "a,_field_=x,_measurement_=y,time_=1"),
    ("a;zz", "a,unnamed=zz"),
    ("a;__name__=b", "a,__name___=b"),
    ("\udcff", "\ufffd"),
]


@pytest.mark.parametrize(("key", "head"), HEADS)
def test_names_are_escaped(key: str, head: str) -> None:
    """Each row's key is this measurement with these tags."""
    assert [f"{head} count=1,rate=1 {MS}"] == lines_of(counted(key))[0]


@given(st.text(st.characters(codec=None), min_size=1, max_size=20))
def test_a_line_of_any_key_reads_back_as_one(key: str) -> None:
    """Whatever the key, there is one line of three parts, none of them empty."""
    (line,), _ = lines_of(counted(key))
    head, fields, stamp = re.split(r"(?<!\\) ", line)
    assert ("count=1,rate=1", MS) == (fields, stamp)
    name, *tags = re.split(r"(?<!\\),", head)
    assert name
    assert not name.startswith("#")
    for tag in tags:
        tag_key, value = re.split(r"(?<!\\)=", tag)
        assert tag_key
        assert value


def test_what_is_not_finite_is_left_out_and_counted() -> None:
    """A field that is no number is left out, and a line without a field too."""
    flush = Flush(
        timestamp=TIMESTAMP,
        interval_s=1.0,
        timers={"t": Figures(("count", "mean"), (1.0, math.nan))},
        gauges={"g": math.inf},
    )
    assert ([f"t count=1 {MS}"], {"not_finite": 2}) == lines_of(flush)


ALIKE = Flush(
    timestamp=TIMESTAMP,
    interval_s=1.0,
    counters={"x": 1.0},
    timers={"x": Figures(("count",), (2.0,))},
    gauges={"x": 3.0},
    sets={"x": 4},
)


def test_kinds_of_one_name_do_not_overwrite_each_other() -> None:
    """Of what has one name the first and the gauge are told, others are counted."""
    told = [f"x count=1,rate=1 {MS}", f"x value=3 {MS}"]
    assert (told, {"conflict": 2}) == lines_of(ALIKE)


def test_a_type_tag_keeps_kinds_apart() -> None:
    """With a type tag all four are told, and a sender's tag of that key gives way."""
    kinds = ["counter", "timer", "gauge", "set"]
    lines, unfit = lines_of(ALIKE, "type")
    assert ([f"x,type={kind}" for kind in kinds], {}) == (
        [line.split(" ")[0] for line in lines],
        unfit,
    )
    assert [f"a,type=counter count=1,rate=1 {MS}"] == lines_of(
        counted("a;type=gauge"), "type"
    )[0]


def test_flushes_of_one_second_do_not_overwrite_each_other() -> None:
    """Each further flush with a time stamp is a millisecond later, until it changes."""
    protocol = LineProtocol(Wording())
    stamps = [
        line.split()[-1]
        for timestamp in (TIMESTAMP, TIMESTAMP, TIMESTAMP, TIMESTAMP + 1)
        for line in protocol.list_lines(replace(counted("a"), timestamp=timestamp))
    ]
    second = f"{TIMESTAMP + 1}000"
    assert [MS, f"{TIMESTAMP}001", f"{TIMESTAMP}002", second] == stamps


def test_rates_alone_where_counts_are_not_wanted() -> None:
    """Without flush_counts a counter tells its rate only."""
    protocol = LineProtocol(Wording(has_counts=False))
    assert [f"a rate=1 {MS}\n"] == list(protocol.list_lines(counted("a")))


def test_parcels_are_bounded() -> None:
    """A wide flush is cut into parcels of at most 5000 lines and a little over 1 MiB,
    whose points are its lines.
    """
    parcels = list(open_influx().render(wide_flush(12_001), LastFlush()))
    texts = [gzip.decompress(each.payload) for each in parcels]
    assert [5000, 5000, 2001] == [each.points for each in parcels]
    assert [5000, 5000, 2001] == [text.count(b"\n") for text in texts]
    long = counted(*(f"{n}{'n' * 60_000}" for n in range(40)))
    texts = [
        gzip.decompress(x.payload) for x in open_influx().render(long, LastFlush())
    ]
    assert len(texts) == 3
    assert max(map(len, texts)) < (1 << 20) + 60_100


JUDGED = [
    (
        400,
        '{"error":"partial write: field type conflict dropped=2"}',
        "partial_write",
        2,
    ),
    (400, "partial write: unable to parse 'x': bad dropped=0", "partial_write", 1),
    (400, "partial write: points beyond retention policy", "partial_write", 9),
    (400, "unable to parse 'x'", "bad_lines", None),
    (413, "too large", "too_large", None),
    (422, "", "refused", None),
]


@pytest.mark.parametrize(("status", "body", "reason", "points"), JUDGED)
def test_what_is_never_taken_is_refused_by_reason(
    status: int, body: str, reason: str, points: int | None
) -> None:
    """Each row's answer drops so many points of nine for this reason."""
    with pytest.raises(RefusedError) as refused:
        judge(status, body, 9)
    assert (reason, points) == (refused.value.reason, refused.value.points)


@pytest.mark.parametrize("status", [302, 401, 403, 404, 408, 429, 500, 503])
def test_what_may_be_taken_later_is_retried(status: int) -> None:
    """Each of these answers is an OSError that shows it, on one line and cut."""
    with pytest.raises(OSError, match=f"^HTTP {status}: no more") as fault:
        judge(status, "no\n more " + 1000 * "x", 1)
    assert len(str(fault.value)) < 300


async def deliver(
    store: HttpStore, sink: InfluxSink, events: list[str]
) -> SinkStatistics:
    """Deliver the small flush through an outlet; return its account."""
    around = Surroundings(
        random=lambda: -0.999, tell=lambda event, **_: events.append(event)
    )
    outlet = Outlet("influxdb", sink, surroundings=around)
    outlet.open()
    await outlet.take(small_flush())
    await wait_for(lambda: outlet.statistics().waiting_points == 0)
    await outlet.close(5.0)
    assert outlet.statistics().closes
    assert not store.answers
    return outlet.statistics()


def test_version_1_is_posted_to_write(tmp_path: Path) -> None:
    """A database is written to with its policy, and a name and password if given."""
    secret = tmp_path / "password"
    secret.write_text("p:w\n")

    async def run() -> None:
        async with open_http_store() as store:
            query = {"rp": "week", "user": "me", "password_file": str(secret)}
            await deliver(store, open_influx("/my db", store.port, query), [])
            (posted,) = store.posted
            assert ("/write", SMALL) == (posted.path, posted.lines)
            assert posted.authorization == "Basic bWU6cDp3"
            assert {"db": "my db", "rp": "week", "precision": "ms"} == posted.query

    asyncio.run(run())


def test_version_2_is_posted_with_its_token(tmp_path: Path) -> None:
    """A bucket is written to with the token, read anew after a refusal of it."""
    secret = tmp_path / "token"
    secret.write_text("old")

    async def run() -> None:
        async with open_http_store() as store:
            query = {"org": "o&x", "bucket": "b", "token_file": str(secret)}
            sink = open_influx("", store.port, query)
            secret.write_text("new\n")
            await deliver(store, sink, [])
            secret.write_text("newest\n")
            store.answers.extend([(401, "unauthorized"), (403, "forbidden")])
            events: list[str] = []
            await deliver(store, sink, events)
            assert ["sink_down", "sink_up"] == events
            rights = [each.authorization for each in store.posted]
            assert ["new", "newest", "newest", "newest"] == [x[6:] for x in rights]
            assert {"org": "o&x", "bucket": "b", "precision": "ms"} == (
                store.posted[0].query
            )
            assert store.posted[0].path == "/api/v2/write"

    asyncio.run(run())


def test_a_failing_store_is_tried_until_it_takes_all() -> None:
    """After errors of the server every line arrives, and nothing is dropped."""

    async def run() -> None:
        async with open_http_store() as store:
            store.answers.extend([(500, "no"), (503, "no"), (404, "no database")])
            statistics = await deliver(store, open_influx(port=store.port), [])
            assert (5, 3, {}) == (
                statistics.sent_points,
                statistics.retries,
                statistics.dropped_points,
            )
            assert 4 * [SMALL] == [each.lines for each in store.posted]

    asyncio.run(run())


def test_bad_lines_are_dropped_once_and_counted() -> None:
    """Of a partial write the lines it counts are dropped; it is not tried again."""

    async def run() -> None:
        async with open_http_store() as store:
            store.answers.append((400, "partial write: conflict dropped=2"))
            statistics = await deliver(store, open_influx(port=store.port), [])
            assert (3, {"partial_write": 2}, 0) == (
                statistics.sent_points,
                statistics.dropped_points,
                statistics.retries,
            )

    asyncio.run(run())


def test_a_store_that_is_away_is_an_error_of_the_system() -> None:
    """Where nobody listens, deliver raises an OSError: it will be tried again."""

    async def run() -> None:
        async with open_http_store() as store:
            port = store.port
        sink = open_influx(port=port)
        (parcel,) = sink.render(small_flush(), LastFlush())
        with pytest.raises(OSError, match=str(port)):
            await sink.deliver(parcel)
        await sink.close()

    asyncio.run(run())


WRONG = [
    ("", {}, "a database or a bucket, one of them"),
    ("/db", {"bucket": "b"}, "a database or a bucket, one of them"),
    ("/db", {"org": "o"}, "org does not go with a database"),
    ("", {"bucket": "b", "user": "u"}, "user does not go with a bucket"),
    ("/db", {"user": "u"}, "valid: user and password_file, or neither"),
    ("/db", {"token": "t"}, "unknown key 'token'; valid: rp, user, password_file"),
    (
        "",
        {"bucket": "b", "token_file": "/no/such"},
        "'/no/such' cannot be read: No such",
    ),
    ("/db", {"type_tag": ""}, "type_tag is empty"),
]


@pytest.mark.parametrize(("path", "query", "what"), WRONG)
def test_what_is_wrong_with_a_url_is_told_at_the_start(
    path: str, query: dict[str, str], what: str
) -> None:
    """Each row's URL is refused while the sink is made, by these words."""
    with pytest.raises(SettingsError, match=re.escape(what)):
        open_influx(path, query=query)
