"""The settings of `statshard serve`: what is taken, what is refused and why."""

import math
from pathlib import Path

import pytest

from statshard.errors import SettingsError
from statshard.settings.flags import Found
from statshard.settings.server import (
    SERVER,
    TIMER_FIGURES,
    ServerSettings,
)
from statshard.settings.sinks import SinkSettings, read_sink, read_sink_url, show_sink
from statshard.settings.sources import read_settings
from statshard.settings.timers import Histogram, read_histogram, show_histogram

CONSOLE = "console:"


def settled(flags: Found, config: str | None = None) -> ServerSettings:
    """Return what holds by flags and a file."""
    effective = read_settings(SERVER, flags, config=config, environ={}, usable_cpus=2)
    return effective.settings


def test_the_defaults_are_etsys() -> None:
    """Nothing given is what etsy's server does, but read strictly."""
    settings = settled({})
    assert (10.0, (90.0,), "strict") == (
        settings.flush_interval,
        settings.percentiles,
        settings.compat,
    )
    assert (settings.histogram, settings.timer_figures, settings.sink) == ((), (), ())
    assert not settings.delete_gauges
    assert settings.text_port is None


def test_a_file_says_all_of_it(tmp_path: Path) -> None:
    """The tables [server] and [[sink]] are read, beside those of the proxy."""
    path = tmp_path / "s.toml"
    path.write_text(
        """
[server]
percentiles = [90, 99.9, -10]
histogram = ["render=0.01:1:inf", "foo="]
timer_figures = ["count", "upper_percent"]
delete_idle_stats = true
delete_gauges = false
text_port = "127.0.0.1:0"
[[sink]]
url = "graphite://h"
namespace = "new"
prefix = ""
suffix = "host1"
[[backend]]
address = "127.0.0.1:1"
""",
        encoding="utf-8",
    )
    settings = settled({}, str(path))
    assert (90.0, 99.9, -10.0) == settings.percentiles
    assert (
        Histogram("render", (0.01, 1.0, math.inf)),
        Histogram("foo", ()),
    ) == settings.histogram
    assert (True, False) == (settings.delete_counters, settings.delete_gauges)
    assert ("127.0.0.1", 0) == settings.text_port
    (sink,) = settings.sink
    assert ("graphite", "h", 0) == (sink.url.scheme, sink.url.host, sink.url.port)
    assert ("new", "", "timers", "host1") == (
        sink.namespace,
        sink.prefix,
        sink.prefix_timer,
        sink.suffix,
    )


def test_flags_say_the_same() -> None:
    """A sink is one flag, with its options behind commas."""
    settings = settled(
        {
            "sink": (
                "graphite://[::1]:2003,namespace=new,prefix=,suffix=h",
                "console:",
            ),
            "percentiles": ("50", "-1.5"),
            "delete_gauges": True,
            "timer_figures": ("std",),
        }
    )
    first, second = settings.sink
    assert ("::1", 2003, "new", "") == (
        first.url.host,
        first.url.port,
        first.namespace,
        first.prefix,
    )
    assert SinkSettings(read_sink_url(CONSOLE)) == second
    assert ((50.0, -1.5), True) == (settings.percentiles, settings.delete_gauges)


REFUSED: list[tuple[Found, str]] = [
    ({"sink": ("graphite",)}, "valid: console:, graphite://HOST:PORT"),
    ({"sink": ("graphite://",)}, "no host; valid: graphite://HOST:PORT"),
    ({"sink": ("graphite://h:x",)}, "port 'x' is not 1 to 65535"),
    ({"sink": ("influxdb:",)}, "no host; valid: influxdb://HOST:PORT"),
    ({"sink": ("console:,namespace=old",)}, "namespace: valid: legacy, new"),
    ({"sink": ("console:,prefix=a b",)}, "prefix: valid: letters, digits"),
    ({"sink": ("console:,suffix=",)}, "suffix: valid: letters, digits"),
    ({"sink": ("console:", "console:")}, "given already"),
    ({"sink": ("statsd://127.0.0.1",)}, "is this server's own listener"),
    (
        {"sink": ("statsd://localhost:8125",)},
        "own listener udp://127.0.0.1:8125: every flush would come back",
    ),
    ({"percentiles": ("0",)}, "valid: a number from -100 to 100, not 0"),
    ({"percentiles": ("101",)}, "valid: a number from -100 to 100, not 0"),
    ({"percentiles": ("nan",)}, "valid: a number from -100 to 100, not 0"),
    ({"percentiles": ("90", "90.0")}, "given already; valid: once"),
    ({"histogram": ("a",)}, "valid: PART=LIMIT:LIMIT"),
    ({"histogram": ("a=2:1",)}, "limits ascending"),
    ({"histogram": ("a=1:nan",)}, "limits ascending"),
    ({"histogram": ("a=" + ":".join(map(str, range(65))),)}, "valid: at most 64"),
    ({"timer_figures": ("upper_90",)}, "did you mean upper? valid: std"),
    ({"prefix_stats": ""}, "at least one"),
    ({"prefix_stats": "a:b"}, "letters, digits"),
    ({"text_port": "8126"}, "valid: HOST:PORT"),
    ({"gauges_max_ttl": "0"}, "valid: a whole number from 1"),
    ({"save_counters": True}, "no state_file to save them in; valid: false, or"),
    ({"state_file": ""}, "valid: the path of a file"),
    ({"compat": "esty"}, "did you mean etsy?"),
]


@pytest.mark.parametrize(("flags", "what"), REFUSED)
def test_a_wrong_value_is_told(flags: Found, what: str) -> None:
    """What is wrong is told with its flag and with what would be valid."""
    (key,) = flags
    with pytest.raises(SettingsError) as told:
        settled(flags)
    assert str(told.value).startswith("--" + key.replace("_", "-"))
    assert what in str(told.value)


SINKS = [
    "console:",
    "console:?format=json",
    "graphite://h:2003,namespace=new,prefix=a.b,suffix=c,queue_bytes=1048576",
    "theirs://[::1]:5/a/b?c=d&e=",
]


@pytest.mark.parametrize("text", SINKS)
def test_a_sink_is_shown_as_it_is_read(text: str) -> None:
    """The text of a sink reads as the same sink."""
    assert read_sink(show_sink(read_sink(text))) == read_sink(text)


@pytest.mark.parametrize("text", ["a=1:2.5:inf", "=", "a=b=1", "=0.01"])
def test_a_histogram_is_shown_as_it_is_read(text: str) -> None:
    """The text of a histogram reads as the same one."""
    assert show_histogram(read_histogram(text)) == text


def test_what_can_be_chosen_is_what_is_told() -> None:
    """The figures that can be chosen are those that a flush has names for."""
    from_flush = {"lower_percent", "upper_percent", "count", "mean", "histogram"}
    assert from_flush <= set(TIMER_FIGURES)
