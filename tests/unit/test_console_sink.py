"""The console: golden texts, JSON, and readers that stop."""

import asyncio
import json
import math
import os
from dataclasses import replace

import pytest

from statshard.errors import SettingsError
from statshard.flush.snapshot import Flush
from statshard.sinks.outlet import Outlet
from statshard.sinks.sink import LastFlush, Sink
from statshard.sinks.table import open_sink
from tests.support.flushes import order, small_flush
from tests.support.stores import wait_for

# As Node.js 20 prints what etsy's console backend gives it.
GOLDEN = """\
Flushing stats at  Tue Nov 14 2023 22:13:20 GMT+0000 (Coordinated Universal Time)
{
  counters: { 'a.b': 11 },
  timers: { t: [ 1, 2 ], idle: [] },
  gauges: { 'g;k=v': -0.5 },
  timer_data: {
    t: { mean: 1.5, histogram: [Object] },
    idle: { count_ps: 0, count: 0 }
  },
  counter_rates: { 'a.b': 1.1 },
  sets: { s: [ 'x', "it's" ] },
  pctThreshold: [ 90 ]
}
"""


def rendered(sink: Sink, flush: Flush) -> str:
    """Return what a sink writes of a flush."""
    return b"".join(each.payload for each in sink.render(flush, LastFlush())).decode()


def test_the_console_is_etsys() -> None:
    """A flush is shown as etsy's console backend shows it under Node.js."""
    assert rendered(open_sink(order("console:")), small_flush()) == GOLDEN


def test_json_is_one_object_a_line() -> None:
    """As JSON a flush is one line, ASCII, with null for what is not finite."""
    flush = replace(small_flush(), gauges={"\x1b\udcff\n": math.nan, "g": 1.0})
    text = rendered(open_sink(order("console:", format="json")), flush)
    assert text.count("\n") == 1
    assert text.isascii()
    shown = json.loads(text)
    assert {"\x1b\udcff\n": None, "g": 1.0} == shown["gauges"]
    assert {"mean": 1.5, "histogram.bin_1": 2.0} == shown["timers"]["t"]
    assert (1_700_000_000, {"a.b": 1.1}) == (shown["timestamp"], shown["counter_rates"])


def test_no_name_moves_a_terminal() -> None:
    """Control bytes of names are escaped, in both formats."""
    flush = replace(small_flush(), counters={"\x1b[31m\x9b": 1.0}, set_members={})
    for name in ("etsy", "json"):
        text = rendered(open_sink(order("console:", format=name)), flush)
        assert text.replace("\n", "").isprintable()


def test_an_unknown_format_is_refused() -> None:
    """A format that is none is an error that names those that are."""
    with pytest.raises(SettingsError, match="'xml'; valid: etsy, json"):
        open_sink(order("console:?format=xml", format="xml"))


def test_an_unknown_scheme_is_refused() -> None:
    """A scheme without a sink is an error that names those that have one."""
    with pytest.raises(SettingsError, match=r"valid: console, graphite, graphite\+"):
        open_sink(order("grafite://h:1"))


def test_a_reader_that_stops_holds_up_nothing() -> None:
    """A flush larger than a pipe waits while nobody reads, and then arrives whole."""

    async def run() -> None:
        read_fd, write_fd = os.pipe()
        flush = replace(small_flush(), gauges={f"g{n}": 1.0 for n in range(20_000)})
        sink = open_sink(replace(order("console:", format="json"), output_fd=write_fd))
        outlet = Outlet("console:", sink)
        outlet.open()
        await outlet.take(flush)
        await outlet.take(flush)
        assert outlet.statistics().sent_points == 0
        with os.fdopen(read_fd, "rb") as reader:
            lines = [await asyncio.to_thread(reader.readline) for _ in range(2)]
            await wait_for(lambda: outlet.statistics().waiting_points == 0)
            await outlet.close(5.0)
            os.close(write_fd)
        assert [20_001, 20_001] == [len(json.loads(x)["gauges"]) + 1 for x in lines]

    asyncio.run(run())


def test_a_stop_does_not_wait_for_a_reader() -> None:
    """Where nobody reads, the console is given up when the time is over."""

    async def run() -> None:
        read_fd, write_fd = os.pipe()
        flush = replace(small_flush(), gauges={f"g{n}": 1.0 for n in range(20_000)})
        sink = open_sink(replace(order("console:"), output_fd=write_fd))
        outlet = Outlet("console:", sink)
        outlet.open()
        await outlet.take(flush)
        await outlet.close(0.01)
        assert {"shutdown": flush.num_stats} == outlet.statistics().dropped_points
        os.close(read_fd)
        os.close(write_fd)

    asyncio.run(run())


def test_json_names_what_only_figures_were_kept_of() -> None:
    """The keys of sketches are told by type; only etsy's text asks for values."""
    sketched = {"timer": ["t"], "set": []}
    sink = open_sink(order("console:", format="json"))
    shown = json.loads(rendered(sink, replace(small_flush(), sketched=sketched)))
    assert {"timers": ["t"], "sets": []} == shown["sketched"]
    wants = [sink.wants_values, open_sink(order("console:")).wants_values]
    assert [False, True] == wants
