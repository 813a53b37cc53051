"""The one table of settings, and the frozen values that they become.

A setting is one row of PROXY: key, how its text is read, default, unit, help, since which version. Flags and their help
come from these rows. Values are immutable; whoever needs others builds new ones. Must not know: sockets, name
resolution, the command line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from statshard.settings import reading


@dataclass(frozen=True, slots=True)
class Listen:
    """Where datagrams come in."""

    url: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Backend:
    """A StatsD server that lines go to.

    `name` is its identity in the ring, whatever its address resolves to; `address` is HOST:PORT as written.
    """

    name: str
    address: str
    weight: float = 1.0

    @property
    def node(self) -> str:
        """What rings hash that go by address and not by name."""
        return self.address


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """All that `statshard run` goes by. Field names are the keys of the table; units stand there."""

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
    read: Callable[[str], Any]  # the values' types are those of ProxySettings
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


def read_listen(text: str) -> Listen:
    """Read udp://HOST:PORT; port 0 lets the kernel choose."""
    scheme, found, rest = text.partition("://")
    if found and scheme in ("tcp", "unix", "unixgram"):
        raise ValueError(f"{scheme}:// is not supported by this version; valid: udp://HOST:PORT")
    if scheme != "udp" or not found:
        raise ValueError("valid: udp://HOST:PORT, for example udp://127.0.0.1:8125")
    host, port = reading.host_and_port(rest, lowest_port=0)
    return Listen(text, host, port)


def read_backend(text: str) -> Backend:
    """Read [NAME=]HOST:PORT[,weight=W]."""
    words, *options = text.split(",")
    name, named, address = words.partition("=")
    if not named:
        name, address = words, words
    reading.host_and_port(address, lowest_port=1)
    weight = 1.0
    for option in options:
        key, _, value = option.partition("=")
        if key != "weight":
            raise ValueError(f"no option {key!r}; valid: weight=W, as in {words},weight=2")
        weight = reading.positive(value)
    return Backend(reading.name(name), address, weight)


PROXY = (
    Setting(
        "listen", read_listen, "udp://127.0.0.1:8125", "URL", "Where datagrams come in; may be given several times.",
        "udp://HOST:PORT", is_list=True,
    ),
    Setting(
        "backend", read_backend, None, "address", "A StatsD server to forward to; once for each.",
        "[NAME=]HOST:PORT[,weight=W]", is_list=True,
    ),
    Setting(
        "hash", reading.choice(DEFAULT_KEYS, later=LATER_HASHES), "rendezvous", "name",
        "How a key chooses its backend: rendezvous, or djb2 as the Rust sharding proxy does it.", "NAME",
    ),
    Setting(
        "shard_by", reading.choice(("name", "embedded"), later=LATER_KEYS), None, "name",
        "Which part of a line is the key: name, or embedded (with the tags in the name). Default: the hash's own.",
        "KEY",
    ),
    Setting(
        "workers", reading.whole(1, 64), None, "threads",
        "Threads that forward. Default: one for each usable CPU, at most 4.", "N",
    ),
    Setting("max_payload", reading.size(64, 65_507), "1432", "bytes", "Size of a datagram out, at most.", "SIZE"),
    Setting(
        "max_delay_ms", reading.duration("ms", 0, 1000), "5", "ms",
        "Target for the longest stay of a line in the proxy.", "TIME",
    ),
    Setting(
        "receive_buffer", reading.size(4096, 1 << 30), "8MiB", "bytes",
        "Asked of the kernel for each socket; what it granted is in the log.", "SIZE",
    ),
    Setting(
        "queue_bytes", reading.size(128 << 10, 1 << 32), "4MiB", "bytes",
        "What may wait for one backend that cannot take it, shared evenly by the workers.", "SIZE",
    ),
    Setting(
        "queue_age_s", reading.duration("s", 0.001, 86_400), "30", "s", "How long it may wait.", "TIME",
    ),
    Setting("summary_s", reading.duration("s", 0, 86_400), "60", "s", "Between summaries in the log; 0: none.", "TIME"),
    Setting(
        "log_level", reading.choice(("debug", "info", "warning", "error")), "info", "name",
        "The least that is logged: debug, info, warning, error.", "L",
    ),
    Setting("log_format", reading.choice(("logfmt", "json")), "logfmt", "name", "logfmt or json.", "F"),
)
