"""Sinks of third parties: found by their entry point; whatever they do is contained."""

import asyncio
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from statshard.errors import SettingsError
from statshard.sinks.sink import Flush, LastFlush, Parcel
from statshard.sinks.table import open_sink
from tests.support.flushes import order, small_flush
from tests.support.stores import wait_for
from tests.unit.test_outlet import Scripted, Told, open_outlet

TOY = '''\
"""A sink that keeps what it is given."""

from statshard.sinks.sink import Flush, LastFlush, Order, Parcel, Sink


class Toy(Sink):
    def __init__(self, order: Order) -> None:
        self.order = order
        self.kept: list[bytes] = []

    def render(self, flush: Flush, last: LastFlush) -> list[Parcel]:
        return [Parcel(str(flush.timestamp).encode(), flush.num_stats)]

    async def deliver(self, parcel: Parcel) -> None:
        self.kept.append(parcel.payload)
'''


def install_toy(folder: Path) -> None:
    """Put a distribution with a sink into a folder, as an installer does."""
    (folder / "toy_sink.py").write_text(TOY)
    metadata = folder / "toy_sink-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-sink\n")
    (metadata / "entry_points.txt").write_text(
        "[statshard.sinks]\ntoy = toy_sink:Toy\nbroken = toy_sink:Absent\n"
        "console = toy_sink:Toy\n"
    )


def test_an_installed_sink_is_found_by_its_scheme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A distribution that is installed beside us adds a scheme, and replaces none of
    ours; what it cannot load is told by name.
    """
    install_toy(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    async def run() -> None:
        sink = open_sink(order("toy://h:1"))
        outlet = open_outlet(sink)
        await outlet.take(small_flush())
        await outlet.close(5.0)
        assert [b"1700000000"] == vars(sink)["kept"]

    try:
        asyncio.run(run())
        with pytest.raises(SettingsError, match="toy_sink:Absent cannot be loaded"):
            open_sink(order("broken://h:1"))
        with pytest.raises(SettingsError, match=r"valid: console, .*, toy"):
            open_sink(order("nobodys://h:1"))
        assert "Toy" != type(open_sink(order("console:"))).__name__
    finally:
        sys.modules.pop("toy_sink", None)


class Unclosable(Scripted):
    """A sink whose close fails."""

    async def close(self) -> None:
        """Fail."""
        raise ValueError("close")


def test_a_close_that_fails_is_contained() -> None:
    """A sink whose close raises anything is delivered to again, and closed in the end;
    the fault is told.
    """

    async def run() -> None:
        told = Told()
        sink = Unclosable([OSError("away")])
        outlet = open_outlet(sink, told)
        await outlet.take(small_flush())
        await wait_for(lambda: len(sink.delivered) == 2)
        await outlet.close(5.0)
        assert ["sink_down", "sink_fault", "sink_up", "sink_fault"] == told.events
        assert (5, True) == (
            outlet.statistics().sent_points,
            outlet.statistics().closes,
        )

    asyncio.run(run())


class Unending(Scripted):
    """A sink whose close never returns."""

    async def close(self) -> None:
        """Wait for good."""
        await asyncio.Event().wait()


def test_a_close_that_never_returns_is_left() -> None:
    """A sink that does not come back from close holds up no stop, and no retry."""

    async def run() -> None:
        outlet = open_outlet(Unending(), Told())
        await outlet.take(small_flush())
        await asyncio.wait_for(outlet.close(0.05), 20)
        assert outlet.statistics().closes

    asyncio.run(run())


class Odd(Scripted):
    """A sink that gives what is no parcel."""

    def render(self, flush: Flush, last: LastFlush) -> Iterable[Parcel]:  # type: ignore[override]  # that is the fault
        """Give a good parcel and bytes."""
        del flush, last
        return [Parcel(b"first", 3), b"second"]  # type: ignore[list-item]  # the fault


class Uncounted(Scripted):
    """A sink that cannot tell what it left out."""

    def count_unfit(self) -> Mapping[str, int]:
        """Fail."""
        raise ValueError("count")


@pytest.mark.parametrize("kind", [Odd, Uncounted])
def test_a_flush_with_a_fault_is_counted_whole(kind: type[Scripted]) -> None:
    """Where any of what render gives is unfit, the flush is dropped and counted."""

    async def run() -> None:
        told = Told()
        outlet = open_outlet(kind(), told)
        flush = small_flush()
        await outlet.take(flush)
        await outlet.close(5.0)
        statistics = outlet.statistics()
        assert {"unrendered": flush.num_stats} == statistics.dropped_points
        assert (["sink_fault"], True) == (told.events, statistics.closes)

    asyncio.run(run())


@dataclass
class AtOnce(Scripted):
    """A sink that writes all of a flush before it gives anything."""

    writers: list[int] = field(default_factory=list)

    def render(self, flush: Flush, last: LastFlush) -> list[Parcel]:  # type: ignore[override]  # the interface's
        """Give a list."""
        del flush, last
        self.writers.append(threading.get_ident())
        return [Parcel(b"first", 3), Parcel(b"second", 2)]


def test_what_is_written_at_once_holds_up_no_loop() -> None:
    """A sink that gives a list writes it in a thread, as one does that yields."""

    async def run() -> None:
        sink = AtOnce()
        outlet = open_outlet(sink)
        await outlet.take(small_flush())
        await outlet.close(5.0)
        assert 2 == len(sink.delivered)
        assert [True] == [each != threading.get_ident() for each in sink.writers]

    asyncio.run(run())


def test_the_last_flush_waits_for_the_one_before() -> None:
    """A last flush that comes while one is being rendered is rendered after it."""

    async def run() -> None:
        sink = Scripted()
        outlet = open_outlet(sink)
        outlet.take_nowait(small_flush())
        outlet.take_nowait(replace(small_flush(), is_last=True))
        await outlet.close(5.0)
        assert (4, 0) == (len(sink.delivered), outlet.statistics().skipped_flushes)

    asyncio.run(run())
