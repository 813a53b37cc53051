"""The text port: dialogues as they were observed of etsy's, and its bounds."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import pytest

from statshard.admin import text_port
from statshard.admin.text_port import LINE_BYTES, TextPort
from statshard.errors import SocketError
from statshard.flush.inspect import inspected

KINDS: dict[str, dict[str, object]] = {
    "counter": {
        "statsd.bad_lines_seen": 0,
        "statsd.packets_received": 1,
        "statsd.metrics_received": 5,
        "a.b": 1,
        "a.c": 2,
        "e": 1,
    },
    "timer": {"t": [3]},
    "gauge": {"g": 4},
    "set": {"s": 2},
}


class Scripted:
    """A server's state that is made up."""

    def __init__(self) -> None:
        self.is_up = True
        self.series = {kind: dict(values) for kind, values in KINDS.items()}

    def set_health(self, *, is_up: bool) -> None:
        """Keep it."""
        self.is_up = is_up

    def list_stats(self) -> Iterable[tuple[str, object]]:
        """Give what etsy's gave."""
        yield from {
            "uptime": 1,
            "messages.last_msg_seen": 0,
            "messages.bad_lines_seen": 0,
        }.items()

    async def list_overflow(self) -> Iterable[tuple[str, object]]:
        """Give a hostile prefix."""
        return [("counter.series", "7 of 7"), ("counter.offender", "99.0% api\x1b[31m")]

    def list_config(self) -> Iterable[tuple[str, object]]:
        """Give two settings."""
        yield "flush_interval", 10
        yield "compat", "etsy"

    async def show(self, kind: str) -> str:
        """Give the series as Node.js shows them."""
        return inspected(self.series[kind])

    async def list_keys(self, kind: str) -> Iterable[str]:
        """Give the keys."""
        return self.series[kind]

    async def delete(self, kind: str, keys: Sequence[str]) -> None:
        """Delete them."""
        for key in keys:
            del self.series[kind][key]


COUNTERS = """\
{
  'statsd.bad_lines_seen': 0,
  'statsd.packets_received': 1,
  'statsd.metrics_received': 5,
  'a.b': 1,
  'a.c': 2,
  e: 1
}
END

"""
# What was sent to etsy's server, and what came back.
DIALOGUES = [
    (
        "stats\n",
        "uptime: 1\nmessages.last_msg_seen: 0\nmessages.bad_lines_seen: 0\nEND\n\n",
    ),
    ("counters\n", COUNTERS),
    ("  counters  \n", COUNTERS),
    ("timers\n", "{ t: [ 3 ] }\nEND\n\n"),
    ("gauges\n", "{ g: 4 }\nEND\n\n"),
    ("health\r\n", "health: up\n"),
    ("health down\n", "health: down\n"),
    ("health sideways\n", "health: up\n"),
    ("health UP\n", "health: up\n"),
    ("bogus\n", "ERROR\n"),
    ("\n", "ERROR\n"),
    ("COUNTERS\n", "ERROR\n"),
    ("delcounters e\n", "deleted: e\nEND\n\n"),
    ("delcounters no\n", "metric no not found\nEND\n\n"),
    (
        "delcounters a.* nope\n",
        "deleted: a.b\ndeleted: a.c\nmetric nope not found\nEND\n\n",
    ),
    ("delcounters\n", "END\n\n"),
    ("deltimers t t\n", "deleted: t\nmetric t not found\nEND\n\n"),
    ("delgauges g\n", "deleted: g\nEND\n\n"),
    ("quit\n", ""),
    ("quit now\nhealth\n", ""),
    # Ours.
    ("sets\n", "{ s: 2 }\nEND\n\n"),
    ("delsets s\n", "deleted: s\nEND\n\n"),
    (
        "overflow\n",
        "counter.series: 7 of 7\ncounter.offender: 99.0% api\\x1b[31m\nEND\n\n",
    ),
    ("config\n", "\nflush_interval: 10\ncompat: etsy\n"),
    ("health\nhealth\n", "health: up\nhealth: up\n"),
    ("delcounters \x1b[31m\n", "metric \\x1b[31m not found\nEND\n\n"),
    (
        "help\n",
        (
            "Commands: stats, counters, timers, gauges, sets, delcounters, deltimers, "
            "delgauges, delsets, overflow, health, config, help, quit\n\n"
        ),
    ),
]

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def talk(conversation: Talk, *, idle_s: float = 20.0, pause_s: float = 20.0) -> None:
    """Have a conversation with a text port."""

    async def run() -> None:
        port = TextPort(Scripted(), idle_s=idle_s, pause_s=pause_s)
        number = await port.open("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        async with asyncio.timeout(20):
            await conversation(reader, writer)
        writer.close()
        await port.close()

    asyncio.run(run())


@pytest.mark.parametrize(("asked", "answered"), DIALOGUES)
def test_the_port_answers_as_etsys(asked: str, answered: str) -> None:
    """Lines are answered, in order, as etsy's server answers them."""

    async def conversation(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(asked.encode())
        writer.write_eof()
        assert answered == (await reader.read()).decode()

    talk(conversation)


def test_what_is_deleted_is_gone() -> None:
    """Series that were deleted are not shown any more, all others are."""

    async def conversation(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"delcounters statsd.* a.*\ncounters\n")
        writer.write_eof()
        told = (await reader.read()).decode()
        assert told.endswith("END\n\n{ e: 1 }\nEND\n\n")

    talk(conversation)


def test_a_line_may_come_in_pieces() -> None:
    """The pieces of a line are put together, however they come."""

    async def conversation(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for piece in (b"hea", b"lth", b"\nqu", b"it\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        assert b"health: up\n" == await reader.read()

    talk(conversation)


def test_a_line_without_an_end_is_answered() -> None:
    """What stands for a moment without LF is taken for a line, as by etsy's."""

    async def conversation(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"health")
        assert b"health: up\n" == await reader.readline()

    talk(conversation, pause_s=0.01)


def test_an_endless_line_is_refused() -> None:
    """A line beyond the bound ends the connection with ERROR."""

    async def conversation(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"x" * (2 * LINE_BYTES))
        assert b"ERROR\n" == await reader.readline()

    talk(conversation)


def test_an_idle_connection_is_closed() -> None:
    """Who says nothing for too long is sent away."""

    async def conversation(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        del writer
        assert b"" == await reader.read()

    talk(conversation, idle_s=0.01)


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound a connection is closed at once; the others go on."""
    monkeypatch.setattr(text_port, "CONNECTIONS", 2)

    async def run() -> None:
        port = TextPort(Scripted())
        number = await port.open("127.0.0.1", 0)
        first = [await asyncio.open_connection("127.0.0.1", number) for _ in range(2)]
        for reader, writer in first:
            writer.write(b"health\n")
            assert b"health: up\n" == await reader.readline()
        reader, writer = await asyncio.open_connection("127.0.0.1", number)
        assert b"" == await reader.read()
        writer.close()
        for _, opened in first:
            opened.close()
        await port.close()

    asyncio.run(run())


def test_a_busy_port_is_an_error_that_names_it() -> None:
    """A port that another has is told with its address."""

    async def run() -> None:
        first, second = TextPort(Scripted()), TextPort(Scripted())
        number = await first.open("127.0.0.1", 0)
        with pytest.raises(SocketError, match=f"text port 127.0.0.1:{number}"):
            await second.open("127.0.0.1", number)
        await first.close()

    asyncio.run(run())
