"""The Prometheus sink's listener: what it answers, and what it refuses."""

import asyncio
import re
import socket

import aiohttp
import pytest

from statshard.errors import SettingsError, SocketError
from statshard.sinks.outlet import Outlet
from statshard.sinks.prometheus import PrometheusSink
from statshard.sinks.table import open_sink
from tests.support.flushes import order, small_flush
from tests.support.stores import wait_for

GZIP = {"Accept-Encoding": "gzip"}


def free_port() -> int:
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def open_prometheus(port: int = 0, **query: str) -> PrometheusSink:
    """Return a sink that is to listen on a port of this host."""
    sink = open_sink(order(f"prometheus://127.0.0.1:{port}", port, **query))
    assert isinstance(sink, PrometheusSink)
    return sink


def test_a_flush_is_scraped() -> None:
    """What a flush came to is answered, gzipped if asked; all of it counts as sent."""

    async def run() -> None:
        port = free_port()
        outlet = Outlet("prometheus", open_prometheus(port))
        outlet.open()
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            await outlet.take(small_flush())
            await wait_for(lambda: outlet.statistics().waiting_points == 0)
            async with session.get("/metrics", headers=GZIP) as answer:
                text = await answer.text()
                encoding = answer.headers.get("Content-Encoding")
                assert (200, "gzip") == (answer.status, encoding)
            statuses = []
            for method, path in [
                ("GET", "/"),
                ("POST", "/metrics"),
                ("HEAD", "/metrics"),
            ]:
                async with session.request(method, path) as answer:
                    statuses.append(answer.status)
        await outlet.close(5.0)
        assert [404, 405, 200] == statuses
        assert {"a_b_total 11.0", 'g{k="v"} -0.5', "s 2.0"} <= set(text.splitlines())
        statistics = outlet.statistics()
        assert statistics.closes
        assert (3, 1) == (
            statistics.sent_points,
            statistics.dropped_points["no_figures"],
        )
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port)).close()

    asyncio.run(run())


def test_a_scrape_before_the_first_flush_is_empty() -> None:
    """It is answered at once, by a text without series."""

    async def run() -> None:
        port = free_port()
        sink = open_prometheus(port)
        sink.open()
        url = f"http://127.0.0.1:{port}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert (200, "") == (answer.status, await answer.text())
        await sink.close()

    asyncio.run(run())


def test_a_busy_port_is_told_at_the_start() -> None:
    """A port that somebody has is a SocketError that names the sink."""

    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            sink = open_prometheus(port)
            with pytest.raises(SocketError, match=f"127.0.0.1:{port}.*in use"):
                sink.open()

    asyncio.run(run())


WRONG = [
    ({"timers": "minutes"}, "timers 'minutes'; valid: ms, s, none"),
    ({"idle": "0"}, "idle '0'; valid: 1 to "),
    ({"path": "/x"}, "unknown key 'path'; valid: timers, plain, idle"),
]


@pytest.mark.parametrize(("query", "what"), WRONG)
def test_what_is_wrong_with_a_url_is_told_at_the_start(
    query: dict[str, str], what: str
) -> None:
    """Each row's URL is refused while the sink is made, by these words."""
    with pytest.raises(SettingsError, match=re.escape(what)):
        open_prometheus(1, **query)
