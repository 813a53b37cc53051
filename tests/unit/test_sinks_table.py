"""Sinks of third parties: entry points, loaded only where they are configured."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from statshard.errors import SettingsError
from statshard.sinks import table
from statshard.sinks.sink import Flush, LastFlush, Order, Parcel, Sink
from tests.support.flushes import order, small_flush


class Theirs(Sink):
    """A third party's sink."""

    def __init__(self, given: Order) -> None:
        self.given = given

    def render(self, flush: Flush, last: LastFlush) -> Iterator[Parcel]:
        """Give the time of the flush."""
        yield Parcel(f"{flush.timestamp} {last.last_flush}".encode(), flush.num_stats)

    async def deliver(self, parcel: Parcel) -> None:
        """Take anything."""


@pytest.fixture(autouse=True)
def _theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a distribution with three entry points."""
    entries = [
        EntryPoint("theirs", f"{__name__}:Theirs", table.GROUP),
        EntryPoint("broken", "statshard_no_such_module:Sink", table.GROUP),
        EntryPoint("graphite", f"{__name__}:Theirs", table.GROUP),
    ]
    monkeypatch.setattr(table, "entry_points", lambda group: entries if group else [])


def test_a_third_partys_sink_is_found_by_its_scheme() -> None:
    """A sink under an entry point is given the order and renders flushes."""
    sink = table.open_sink(order("theirs://h:1", 1))
    assert isinstance(sink, Theirs)
    assert sink.given.port == 1
    assert [b"1700000000 0"] == [
        each.payload for each in sink.render(small_flush(), LastFlush())
    ]


def test_our_sinks_cannot_be_replaced() -> None:
    """An entry point with the name of one of ours is never loaded."""
    assert not isinstance(table.open_sink(order("graphite:")), Theirs)


HEAVY_MODULES = ("aiohttp", "prometheus_client", "yarl")
LOOK = """
import sys
from statshard.cli import run, serve
from statshard.sinks.table import open_sink
print([name for name in {names!r} if name in sys.modules])
"""


def test_what_is_heavy_is_loaded_only_where_it_is_configured() -> None:
    """The commands, with the table of sinks, load no library that only some sinks
    need.
    """
    words = [sys.executable, "-c", LOOK.format(names=HEAVY_MODULES)]
    told = subprocess.run(words, capture_output=True, check=True, text=True)
    assert told.stdout == "[]\n"


def test_a_sink_that_cannot_be_loaded_is_an_error_of_settings() -> None:
    """What is wrong with a third party's sink is told with its name, at the start."""
    with pytest.raises(SettingsError, match="statshard_no_such_module:Sink cannot be"):
        table.open_sink(order("broken:"))


def test_what_is_valid_includes_theirs() -> None:
    """An unknown scheme is told beside those of third parties."""
    with pytest.raises(SettingsError, match="theirs"):
        table.open_sink(order("nobodys:"))
