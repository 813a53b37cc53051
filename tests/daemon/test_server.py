"""The aggregation server, run in this process: real sockets, threads and sinks."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from statshard.daemon.account import account_of
from statshard.daemon.server import Server
from statshard.flush.clock import FlushClock, Moment
from statshard.settings.flags import Found
from statshard.settings.server import SERVER
from statshard.settings.sources import read_settings
from tests.support.aggregation import (
    START_S,
    ObservedFlushes,
    flush_input,
    mask_own_times,
    masked,
    observed_flushes,
)
from tests.support.stores import Store, open_store, wait_for

FLAGS: dict[str, Found] = {
    "A_legacy_default": {},
    "B_newns_pcts_hist": {
        "percentiles": ("90", "50", "-10", "99.9", "5"),
        "histogram": ("render=0.01:0.1:1:10:inf", "foo=", "=50:100:150:200:inf"),
    },
    "C_deleteidle_ttl2": {"delete_idle_stats": True, "gauges_max_ttl": "2"},
}


@dataclass
class Running:
    """A server at work, and the Graphite that it flushes to."""

    server: Server
    store: Store

    def send(self, datagram: bytes) -> None:
        """Send a datagram to its first listener."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(datagram, self.server.listeners[0].address)

    async def flush(self) -> list[str]:
        """Flush now, and return the lines that come to Graphite."""
        before = len(self.store.lines())
        await self.server.flushing.flush()
        (outlet,) = self.server.outlets
        await wait_for(lambda: not outlet._takes)  # else the next finds it busy
        await wait_for(
            lambda: (
                outlet.statistics().sent_points == len(self.store.lines()) > before
                and outlet.statistics().waiting_points == 0
            )
        )
        return self.store.lines()[before:]

    async def wait_for_datagrams(self, count: int) -> None:
        """Wait until the server has read so many."""
        await wait_for(lambda: self.server.account().received_datagrams >= count)


@asynccontextmanager
async def running(
    flags: Found, options: str = "", now: Callable[[], Moment] | None = None
) -> AsyncIterator[Running]:
    """Give a server that flushes when it is asked to."""
    async with open_store() as store:
        found: Found = {
            "listen": ("udp://127.0.0.1:0",),
            "sink": (f"graphite://127.0.0.1:{store.port}{options}",),
            "text_port": "127.0.0.1:0",
            "workers": "1",
            "table_bytes": "64MiB",
            **flags,
        }
        settings = read_settings(SERVER, found, environ={}, usable_cpus=1).settings
        server = Server(settings)
        await server.open()
        if now is not None:
            start = FlushClock(settings.flush_interval, now(), is_aligned=False)
            server.flushing.now, server.flushing.clock = now, start
        try:
            yield Running(server, store)
        finally:
            await server.close()
            counted = [each.counters() for each in server.collectors]
            assert account_of(counted, ()).closes
            assert all(each.statistics().closes for each in server.outlets)


@pytest.mark.parametrize("row", observed_flushes(), ids=lambda row: row.name)
def test_flushes_are_etsys_to_the_last_digit(row: ObservedFlushes) -> None:
    """The datagrams of the vectors, sent to a real socket, come to Graphite in the very
    lines that etsy's server wrote, over three flushes.
    """
    moments = iter(
        Moment(monotonic_s, START_S + monotonic_s) for monotonic_s in range(0, 99, 10)
    )
    is_legacy = row.options.names.is_legacy

    async def run() -> None:
        options = "" if is_legacy else ",namespace=new"
        flags: Found = {"compat": "etsy", **FLAGS[row.name]}
        async with running(flags, options, lambda: next(moments)) as at:
            for datagram in flush_input():
                at.send(datagram)
            await at.wait_for_datagrams(len(flush_input()))
            for expected in row.flushes:
                lines = masked(mask_own_times(await at.flush()))
                assert expected == lines

    asyncio.run(run())


def test_the_last_flush_reaches_the_sinks() -> None:
    """What came after the last flush is flushed at the stop, and delivered."""

    async def run() -> None:
        async with running({}) as at:
            at.send(b"late:7|c")
            await at.wait_for_datagrams(1)
        assert any(x.startswith("stats_counts.late 7 ") for x in at.store.lines())

    asyncio.run(run())


def test_what_is_queued_at_the_stop_is_aggregated() -> None:
    """Datagrams that were in the socket when the stop came are in the last flush."""

    async def run() -> None:
        async with running({}) as at:
            for _ in range(500):
                at.send(b"q:1|c")
        assert any(x.startswith("stats_counts.q 500 ") for x in at.store.lines())

    asyncio.run(run())


@pytest.mark.parametrize("workers", ["1", "4"])
def test_workers_add_up(workers: str) -> None:
    """However many workers share the senders, counts, sets and timers are whole."""

    async def run() -> None:
        async with running({"workers": workers}) as at:
            senders = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(20)]
            for number, sender in enumerate(senders):
                with sender:
                    lines = f"c:2|c\nt:{number}|ms\ns:{number}|s\ns:same|s".encode()
                    sender.sendto(lines, at.server.listeners[0].address)
            await at.wait_for_datagrams(20)
            told = {
                name: value
                for name, value, _ in (line.split(" ") for line in await at.flush())
            }
        assert ("40", "21", "20") == (
            told["stats_counts.c"],
            told["stats.sets.s.count"],
            told["stats.timers.t.count"],
        )
        assert ("190", "9.5") == (
            told["stats.timers.t.sum"],
            told["stats.timers.t.median"],
        )

    asyncio.run(run())


def test_the_text_port_shows_and_deletes() -> None:
    """After a flush the text port shows its series; one that is deleted is not told of
    again.
    """

    async def run() -> None:
        async with running({}) as at:
            at.send(b"a.b:1|c\na.c:2|c\ng:4|g\nt:2|ms\nbad")
            await at.wait_for_datagrams(1)
            await at.flush()
            state = at.server.state
            assert "{ t: [ 2 ] }" == await state.show("timer")
            assert "{ g: 4 }" == await state.show("gauge")
            assert ["a.b", "a.c"] == list(await state.list_keys("counter"))[3:]
            assert 1 == dict(state.list_stats())["messages.bad_lines_seen"]
            await state.delete("counter", ["a.b"])
            assert not [line for line in await at.flush() if ".a.b " in line]

    asyncio.run(run())


def test_strange_names_stay_in_their_line() -> None:
    """With sanitising off, whatever a name holds comes to Graphite as one word."""

    async def run() -> None:
        async with running({"no_sanitize": True}) as at:
            at.send(b"../e vil/\x1b[31m\xff\x00:1|c|#a b:c/d")
            await at.wait_for_datagrams(1)
            (line,) = [x for x in await at.flush() if "e_vil" in x and "counts" in x]
        assert ["stats_counts...-e_vil-31m;a_b=c_d", "1"] == line.split(" ")[:2]

    asyncio.run(run())
