"""Sinks: where flushes go, read from their text; a [[sink]] of a file.

    console:    console:?format=json
    graphite://HOST[:PORT]    graphite+pickle://HOST[:PORT]
    influxdb://HOST[:PORT]/DB    influxdb://HOST[:PORT]?org=O&bucket=B&token_file=PATH
    prometheus://HOST[:PORT]    statsd://HOST[:PORT]
    SCHEME:...                a third party's, which judges the rest itself

A reader raises ValueError that says what would be valid; the caller adds where the text
stood. Must not know: which schemes third parties have, sockets, what a sink does.
"""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec

from statshard.settings import kinds, reading
from statshard.settings.later import UNSUPPORTED, later
from statshard.settings.setting import Setting, build, nothing, table_of
from statshard.settings.tables import read_options, show_form, show_options

NAMESPACES = ("legacy", "new")
VALID_URL = (
    "console:, graphite://HOST:PORT, graphite+pickle://HOST:PORT, "
    "influxdb://HOST:PORT/DB, prometheus://HOST:PORT, statsd://HOST:PORT"
)
WITH_HOST = ("graphite", "graphite+pickle", "influxdb", "prometheus", "statsd")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9_.-]*", re.ASCII)


class SinkUrl(msgspec.Struct, frozen=True):
    """A sink's URL, cut."""

    text: str
    scheme: str
    host: str = ""
    port: int = 0  # 0: the scheme's own
    path: str = ""
    query: Mapping[str, str] = {}


def read_sink_url(text: str) -> SinkUrl:
    """Read SCHEME:[//HOST[:PORT]][/PATH][?KEY=VALUE&...]."""
    scheme, colon, rest = text.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme) or not text.isprintable():
        raise ValueError(f"valid: {VALID_URL}")
    if scheme in later("sink"):
        raise ValueError(f"{scheme}: is {UNSUPPORTED}; valid: {VALID_URL}")
    rest, _, query = rest.partition("?")
    host, port, path = "", 0, rest
    if rest.startswith("//"):
        address, slash, path = rest[2:].partition("/")
        host, port = _host_and_port(address)
        path = slash + path
    if scheme in WITH_HOST and not host:
        raise ValueError(f"no host; valid: {scheme}://HOST:PORT")
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    return SinkUrl(text, scheme, host, port, path, pairs)


def read_word(text: str) -> str:
    """Read a part of a metric's name, which may be empty."""
    if not _WORD.fullmatch(text) or text.startswith(".") or text.endswith("."):
        raise ValueError("valid: letters, digits, _ . and -, no dot first or last")
    return text


def read_some_word(text: str) -> str:
    """Read a part of a metric's name that is not empty."""
    if not text:
        raise ValueError("valid: letters, digits, _ . and -, at least one")
    return read_word(text)


class SinkSettings(msgspec.Struct, frozen=True):
    """One sink, and how its names are made; a [[sink]] of a file."""

    url: Annotated[
        SinkUrl,
        Setting(
            kinds.text(read_sink_url, "URL", show=lambda it: it.text),
            unit="URL",
            help="Where flushes go: " + VALID_URL + ", or a third party's. What stands "
            "behind a ? is in docs/sinks.md. Must be given.",
        ),
    ]
    namespace: Annotated[
        str,
        Setting(
            kinds.choice(NAMESPACES, "NAME"),
            unit="name",
            help="Names for Graphite: as etsy's server has them by default (legacy: "
            "stats.K and stats_counts.K), or all below one prefix (new: "
            "stats.counters.K.count).",
            default="legacy",
        ),
    ] = "legacy"
    prefix: Annotated[
        str,
        Setting(
            kinds.text(read_word, "WORD"),
            unit="name",
            help="What new names begin with.",
            default="stats",
        ),
    ] = "stats"
    prefix_counter: Annotated[
        str,
        Setting(
            kinds.text(read_word, "WORD"),
            unit="name",
            help="What follows in new names of counters.",
            default="counters",
        ),
    ] = "counters"
    prefix_timer: Annotated[
        str,
        Setting(
            kinds.text(read_word, "WORD"),
            unit="name",
            help="What follows in new names of timers.",
            default="timers",
        ),
    ] = "timers"
    prefix_gauge: Annotated[
        str,
        Setting(
            kinds.text(read_word, "WORD"),
            unit="name",
            help="What follows in new names of gauges.",
            default="gauges",
        ),
    ] = "gauges"
    prefix_set: Annotated[
        str,
        Setting(
            kinds.text(read_word, "WORD"),
            unit="name",
            help="What follows in new names of sets.",
            default="sets",
        ),
    ] = "sets"
    suffix: Annotated[
        str | None,
        Setting(
            kinds.text(read_some_word, "WORD"),
            unit="name",
            help="What all names end with, behind a dot and before tags.",
            follows=nothing,
            default_help="Default: nothing.",
        ),
    ] = None
    queue_bytes: Annotated[
        int,
        Setting(
            kinds.size(1 << 20, 1 << 36),
            unit="bytes",
            help="What may wait for it while it cannot take it; beyond, the oldest is "
            "dropped and counted.",
            default="64MiB",
        ),
    ] = 64 << 20


OPTIONS = tuple(row for row in table_of(SinkSettings) if row.key != "url")
SINK_FORM = "URL" + show_form(OPTIONS)


def read_sink(text: str) -> SinkSettings:
    """Read a URL, and its options behind commas."""
    url, *options = text.split(",")
    values = read_options(options, OPTIONS, reading.cut(url))
    return build(SinkSettings, {"url": read_sink_url(url), **values})


def show_sink(sink: SinkSettings) -> str:
    """Return the text that read_sink reads."""
    values = {row.key: getattr(sink, row.key) for row in OPTIONS}
    return ",".join([sink.url.text, *show_options(OPTIONS, values)])


def _host_and_port(address: str) -> tuple[str, int]:
    """Read HOST or HOST:PORT, and return 0 for no port."""
    if not address:
        return "", 0
    _, colon, port = address.rpartition(":")
    has_port = bool(colon) and not port.endswith("]")
    text = address if has_port else f"{address}:1"
    host, number = reading.host_and_port(text, lowest_port=1)
    return host, number if has_port else 0
