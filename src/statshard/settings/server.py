"""The table of settings of `statshard serve`; [server] of a file, and [[sink]].

As model.py is that of `statshard run`, which has some of the entries too. Names in
brackets below are etsy/statsd's. Must not know: sockets, sinks, what a flush computes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated

import msgspec

from statshard.settings import kinds, reading
from statshard.settings.addresses import Listen
from statshard.settings.fault import Fault
from statshard.settings.model import PROXY
from statshard.settings.section import Origins, Rule, Section
from statshard.settings.setting import Setting, Values, nothing
from statshard.settings.sinks import (
    SINK_FORM,
    SinkSettings,
    read_sink,
    read_some_word,
    show_sink,
)
from statshard.settings.timers import (
    Histogram,
    percentile,
    read_histogram,
    show_histogram,
)

COMPATS = ("strict", "etsy")
# What calculatedTimerMetrics can name.
TIMER_FIGURES = (
    *("std", "upper", "lower", "count", "count_ps", "sum", "sum_squares", "mean"),
    *("median", "count_percent", "mean_percent", "upper_percent", "lower_percent"),
    *("sum_percent", "sum_squares_percent", "histogram"),
)
# Of what is kept of one series: below, a sketch would take many times the list's
# memory; above, no list would fit into a table.
MANY_MIN, MANY_MAX = 1000, 1_000_000_000
STATSD_PORT = 8125
# Of a listener the last two are this host too.
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104 -- compared
_OF_PROXY: Mapping[str, Setting] = {row.key: row for row in PROXY.rows}


def read_address(text: str) -> tuple[str, int]:
    """Read HOST:PORT; port 0 lets the kernel choose."""
    return reading.host_and_port(text, lowest_port=0)


def show_address(address: tuple[str, int]) -> str:
    """Return the text that read_address reads."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def as_proxy(key: str) -> Setting:
    """Return the entry that `statshard run` has under a key."""
    return replace(_OF_PROXY[key], key="")


def idle_setting(kind: str, etsys: str) -> Setting:
    """Return the entry that says whether idle series of a kind are deleted."""
    return Setting(
        kinds.switch(),
        unit="",
        help=f"Tell nothing of {kind} without samples [{etsys}].",
        follows=lambda values: values["delete_idle_stats"],
        default_help="Default: as delete_idle_stats.",
    )


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All that `statshard serve` goes by; [server] of a file, but for sink."""

    listen: Annotated[tuple[Listen, ...], as_proxy("listen")]
    sink: Annotated[
        tuple[SinkSettings, ...],
        Setting(
            kinds.text(read_sink, SINK_FORM, show=show_sink),
            unit="URL",
            help="Where flushes go; once for each. None: console:.",
            is_list=True,
            struct=SinkSettings,
        ),
    ]
    flush_interval: Annotated[
        float,
        Setting(
            kinds.duration("s", 0.1, 86_400),
            unit="s",
            help="Between flushes [flushInterval].",
            default="10",
        ),
    ]
    aligned: Annotated[
        bool,
        Setting(
            kinds.switch(),
            unit="",
            help="Flush at multiples of the interval by the wall clock, not counted "
            "from the start.",
            default="false",
        ),
    ]
    compat: Annotated[
        str,
        Setting(
            kinds.choice(COMPATS, "NAME"),
            unit="name",
            help="How lines are read: strict, or etsy with all its oddities.",
            default="strict",
        ),
    ]
    workers: Annotated[int, replace(as_proxy("workers"), help="Threads that collect.")]
    max_delay_ms: Annotated[
        float,
        replace(
            as_proxy("max_delay_ms"),
            help="Target for the longest stay of a line in its socket.",
        ),
    ]
    receive_buffer: Annotated[int, as_proxy("receive_buffer")]
    table_bytes: Annotated[
        int,
        Setting(
            kinds.size(4 << 20, 1 << 40),
            unit="bytes",
            help="What the samples of one interval may take, shared evenly by the "
            "workers; those beyond are dropped and counted. The last quarter is kept "
            "for series known before. Beside it are indexes, and those series.",
            default="1GiB",
        ),
    ]
    series_max: Annotated[
        int,
        Setting(
            kinds.whole(1, 100_000_000),
            unit="series",
            help="Series of each type that are known at once; what comes for further "
            "ones goes to the type's _overflow, and is counted.",
            default="1000000",
        ),
    ]
    series_bytes: Annotated[
        int,
        Setting(
            kinds.size(1 << 10, 1 << 40),
            unit="bytes",
            help="What all series that are known may take from flush to flush, their "
            "names too; beyond, as with series_max.",
            default="512MiB",
        ),
    ]
    timer_values_max: Annotated[
        int,
        Setting(
            kinds.whole(MANY_MIN, MANY_MAX),
            unit="values",
            help="A timer of more values in one interval, all workers together, is a "
            "sketch: percentiles and the median are then within 1 %; count, sum, mean, "
            "std, upper and lower are still exact.",
            default="100000",
        ),
    ]
    set_members_max: Annotated[
        int,
        Setting(
            kinds.whole(MANY_MIN, MANY_MAX),
            unit="members",
            help="A set of more members in one interval, all workers together, is "
            "counted by a HyperLogLog, whose standard error is 0.81 %.",
            default="100000",
        ),
    ]
    percentiles: Annotated[
        tuple[float, ...],
        Setting(
            percentile(),
            unit="percent",
            help="Of timers; below 0 of the highest values [percentThreshold].",
            default="90",
            is_list=True,
        ),
    ]
    histogram: Annotated[
        tuple[Histogram, ...],
        Setting(
            kinds.text(read_histogram, "PART=LIMIT:...", show=show_histogram),
            unit="text",
            help="Bins of timers whose key has PART in it; the first that fits holds "
            "[histogram].",
            is_list=True,
            default_help="Default: none.",
        ),
    ]
    timer_figures: Annotated[
        tuple[str, ...],
        Setting(
            kinds.choice(TIMER_FIGURES, "NAME"),
            unit="name",
            help="Which figures of timers are told [calculatedTimerMetrics].",
            is_list=True,
            default_help="Default: all.",
        ),
    ]
    no_flush_counts: Annotated[
        bool,
        Setting(
            kinds.switch(),
            unit="",
            help="Tell rates of counters only, and not their counts [flush_counts].",
            default="false",
        ),
    ]
    prefix_stats: Annotated[
        str,
        Setting(
            kinds.text(read_some_word, "WORD"),
            unit="name",
            help="What names of the server's own series begin with [prefixStats].",
            default="statsd",
        ),
    ]
    no_sanitize: Annotated[
        bool,
        Setting(
            kinds.switch(),
            unit="",
            help="Keep names as they come; a sink then makes them fit for itself "
            "[keyNameSanitize].",
            default="false",
        ),
    ]
    delete_idle_stats: Annotated[
        bool,
        Setting(
            kinds.switch(),
            unit="",
            help="Tell nothing of series without samples [deleteIdleStats].",
            default="false",
        ),
    ]
    delete_counters: Annotated[bool, idle_setting("counters", "deleteCounters")]
    delete_timers: Annotated[bool, idle_setting("timers", "deleteTimers")]
    delete_sets: Annotated[bool, idle_setting("sets", "deleteSets")]
    delete_gauges: Annotated[bool, idle_setting("gauges", "deleteGauges")]
    gauges_max_ttl: Annotated[
        int,
        Setting(
            kinds.whole(1, 1_000_000),
            unit="flushes",
            help="How long a gauge without samples is told of where idle ones are "
            "deleted [gaugesMaxTTL].",
            default="1",
        ),
    ]
    state_file: Annotated[
        str | None,
        Setting(
            kinds.text(kinds.read_path, "PATH"),
            unit="path",
            help="Where gauges are saved at the stop, to stand again after the start.",
            follows=nothing,
            default_help="Default: nothing is saved.",
        ),
    ]
    save_counters: Annotated[
        bool,
        Setting(
            kinds.switch(),
            unit="",
            help="Save the counters of the open interval too, and tell them with the "
            "first flush after the start, not with a last one at the stop.",
            default="false",
        ),
    ]
    drain_s: Annotated[
        float,
        Setting(
            kinds.duration("s", 0, 3600),
            unit="s",
            help="What sinks have at the stop, in all: for a flush that is still "
            "being written, the last one and what waits.",
            default="5",
        ),
    ]
    text_port: Annotated[
        tuple[str, int] | None,
        Setting(
            kinds.text(read_address, "HOST:PORT", show=show_address),
            unit="address",
            help="Where etsy's text port listens [mgmt_address, mgmt_port].",
            follows=nothing,
            default_help="Default: 127.0.0.1:8126, if nobody has it.",
        ),
    ]
    summary_s: Annotated[float, as_proxy("summary_s")]
    log_level: Annotated[str, as_proxy("log_level")]
    log_format: Annotated[str, as_proxy("log_format")]
    no_admin: Annotated[bool, replace(as_proxy("no_admin"), help="Open no text port.")]
    control: Annotated[str | None, as_proxy("control")]


def equal_sinks(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse to flush to a place twice."""
    seen: dict[str, int] = {}
    for index, sink in enumerate(values["sink"]):
        first = seen.setdefault(sink.url.text, index)
        if first != index:
            what = f"given already ({origins['sink'].of(first)}); valid: once"
            yield Fault(origins["sink"].of(index), sink.url.text, what)


def sinks_to_itself(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse to repeat to one of its own listeners, as they are written.

    Every flush would come back into the next one.
    """
    listens = {(each.host, each.port): each.url for each in values["listen"]}
    for index, sink in enumerate(values["sink"]):
        url = sink.url
        port = url.port or STATSD_PORT
        same = LOCAL_HOSTS if url.host in LOCAL_HOSTS else (url.host,)
        found = (listens.get((host, port)) for host in same)
        own = next(filter(None, found), None)
        if url.scheme == "statsd" and own is not None:
            what = (
                f"is this server's own listener {own}: every flush would come back; "
                "valid: the address of another server"
            )
            yield Fault(origins["sink"].of(index), url.text, what)


def equal_percentiles(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse a percentile twice: both would have one name."""
    percentiles = values["percentiles"]
    for index, each in enumerate(percentiles):
        if each in percentiles[:index]:
            what = "given already; valid: once"
            yield Fault(origins["percentiles"].of(index), each, what)


def unsaved_counters(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse to save counters nowhere."""
    if values["save_counters"] and values["state_file"] is None:
        what = "there is no state_file to save them in; valid: false, or a state_file"
        yield Fault(origins["save_counters"], True, what)  # noqa: FBT003 -- its value


RULES = (
    *(rule for rule in PROXY.rules if rule.needs == ("listen",)),
    Rule(("sink",), equal_sinks),
    Rule(("listen", "sink"), sinks_to_itself),
    Rule(("percentiles",), equal_percentiles),
    Rule(("state_file", "save_counters"), unsaved_counters),
)

SERVER = Section("server", "statshard serve", ServerSettings, RULES)
