"""The one table of settings, and the frozen values that they become.

A setting is one row of PROXY: key, how its text is read, default, unit, help, since
which version. Flags and their help come from these rows. Values are immutable; whoever
needs others builds new ones. Must not know: sockets, name resolution, the command line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from statshard.settings import reading
from statshard.settings.addresses import Backend, Listen, read_backend, read_listen

__all__ = ["DEFAULT_KEYS", "PROXY", "Backend", "Listen", "ProxySettings", "Setting"]


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """All that `statshard run` goes by.

    Field names are the keys of the table; their units stand there.
    """

    listen: tuple[Listen, ...]
    backend: tuple[Backend, ...]
    hash: str
    shard_by: str
    workers: int
    max_payload: int
    max_delay_ms: float
    receive_buffer: int
    queue_bytes: int
    queue_age_s: float
    summary_s: float
    log_level: str
    log_format: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table."""

    key: str
    read: Callable[[str], Any]  # Any: the values' types are those of ProxySettings
    default: str | None  # as text; None: found at start, or asked of the hash
    unit: str
    help: str
    metavar: str
    since: str = "0.1"
    is_list: bool = False

    @property
    def flag(self) -> str:
        """The setting on a command line."""
        return "--" + self.key.replace("_", "-")


# hash -> the key it takes unless told otherwise (docs: "Shard functions")
DEFAULT_KEYS = {"rendezvous": "name", "djb2": "embedded"}
LATER_HASHES = ("jump", "etsy", "murmur3", "ketama", "libketama", "sdbm")
LATER_KEYS = ("series", "raw")

PROXY = (
    Setting(
        key="listen",
        read=read_listen,
        default="udp://127.0.0.1:8125",
        unit="URL",
        help="Where datagrams come in; may be given several times.",
        metavar="udp://HOST:PORT",
        is_list=True,
    ),
    Setting(
        key="backend",
        read=read_backend,
        default=None,
        unit="address",
        help="A StatsD server to forward to; once for each.",
        metavar="[NAME=]HOST:PORT[,weight=W]",
        is_list=True,
    ),
    Setting(
        key="hash",
        read=reading.choice(DEFAULT_KEYS, later=LATER_HASHES),
        default="rendezvous",
        unit="name",
        help="How a key chooses its backend: rendezvous, or djb2 as the Rust sharding "
        "proxy does it.",
        metavar="NAME",
    ),
    Setting(
        key="shard_by",
        read=reading.choice(("name", "embedded"), later=LATER_KEYS),
        default=None,
        unit="name",
        help="Which part of a line is the key: name, or embedded (with the tags in the "
        "name). Default: the hash's own.",
        metavar="KEY",
    ),
    Setting(
        key="workers",
        read=reading.whole(1, 64),
        default=None,
        unit="threads",
        help="Threads that forward. Default: one for each usable CPU, at most 4.",
        metavar="N",
    ),
    Setting(
        key="max_payload",
        read=reading.size(64, 65_507),
        default="1432",
        unit="bytes",
        help="Size of a datagram out, at most.",
        metavar="SIZE",
    ),
    Setting(
        key="max_delay_ms",
        read=reading.duration("ms", 0, 1000),
        default="5",
        unit="ms",
        help="Target for the longest stay of a line in the proxy.",
        metavar="TIME",
    ),
    Setting(
        key="receive_buffer",
        read=reading.size(4096, 1 << 30),
        default="8MiB",
        unit="bytes",
        help="Asked of the kernel for each socket; what it granted is in the log.",
        metavar="SIZE",
    ),
    Setting(
        key="queue_bytes",
        read=reading.size(128 << 10, 1 << 32),
        default="4MiB",
        unit="bytes",
        help="What may wait for one backend that cannot take it, shared evenly by the "
        "workers.",
        metavar="SIZE",
    ),
    Setting(
        key="queue_age_s",
        read=reading.duration("s", 0.001, 86_400),
        default="30",
        unit="s",
        help="How long it may wait.",
        metavar="TIME",
    ),
    Setting(
        key="summary_s",
        read=reading.duration("s", 0, 86_400),
        default="60",
        unit="s",
        help="Between summaries in the log; 0: none.",
        metavar="TIME",
    ),
    Setting(
        key="log_level",
        read=reading.choice(("debug", "info", "warning", "error")),
        default="info",
        unit="name",
        help="The least that is logged: debug, info, warning, error.",
        metavar="L",
    ),
    Setting(
        key="log_format",
        read=reading.choice(("logfmt", "json")),
        default="logfmt",
        unit="name",
        help="logfmt or json.",
        metavar="F",
    ),
)
