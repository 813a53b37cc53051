"""Commands: the words by which the proxy and the servers are started. Pure.

    statshard serve --listen udp://127.0.0.1:0 --sink console:?format=json ...    each
    statshard run   --listen udp://127.0.0.1:8125 --backend shard-1=127.0.0.1:40001 ...

The servers let the kernel choose their ports, and tell them in their logs. All tell
what they have counted, with every part of it, some times a second.
"""

import sys
from collections.abc import Mapping

from statshard.settings.sinks import show_sink
from statshard.up.options import UpSettings

STATSHARD = (sys.executable, "-m", "statshard")
FREE_PORT = "udp://127.0.0.1:0"
SHOWN_SINK = "console:?format=json"  # whose output is read here
PREFIX = "statsd"  # of the servers' own series: statsd.shard-1.bad_lines_seen
SUMMARY_S = 0.2  # between counts; so much may those of one process be behind another's
# What makes a process tell its counts, and open no port besides.
TELLING = (
    *("--summary-s", repr(SUMMARY_S), "--log-level", "debug", "--log-format", "json"),
    "--no-admin",
)


def names_of(settings: UpSettings) -> tuple[str, ...]:
    """Return what the servers are called: shard-1, shard-2 and so on."""
    return tuple(f"shard-{number}" for number in range(1, settings.backends + 1))


def own_prefix(name: str) -> str:
    """Return what the names of a server's own series begin with.

    Each has its own, so that in one store they do not overwrite each other.
    """
    return f"{PREFIX}.{name}"


def server_command(settings: UpSettings, name: str) -> list[str]:
    """Return the command of an aggregation server."""
    sinks = [SHOWN_SINK, *map(show_sink, settings.sink)]
    return [
        *(*STATSHARD, "serve", "--listen", FREE_PORT),
        *(word for sink in sinks for word in ("--sink", sink)),
        *("--flush-interval", repr(settings.flush_interval), "--aligned"),
        *("--prefix-stats", own_prefix(name)),
        *TELLING,
    ]


def proxy_command(settings: UpSettings, addresses: Mapping[str, str]) -> list[str]:
    """Return the command of the proxy before servers at these addresses, by name."""
    backends = [f"{name}={address}" for name, address in addresses.items()]
    return [
        *(*STATSHARD, "run"),
        *(word for each in settings.listen for word in ("--listen", each.url)),
        *(word for each in backends for word in ("--backend", each)),
        *TELLING,
    ]
