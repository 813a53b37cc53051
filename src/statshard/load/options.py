"""Options: the flags of `statshard load` as one table, and what they become.

A flag is an entry of the table, as a setting is one of the proxy's (settings/setting).
Values are immutable. Must not know: sockets, the command-line library.
"""

import re
from typing import Annotated

import msgspec

from statshard.plane.load import LIMITS
from statshard.routing.configured import Configured
from statshard.settings import kinds, reading
from statshard.settings.addresses import Backend, Listen, read_listen
from statshard.settings.model import DEFAULT_KEYS, PROXY
from statshard.settings.section import Section
from statshard.settings.setting import Setting, nothing

TYPES = ("c", "ms", "g", "s", "h", "d")
FORMATS = ("statsd", "rust")
PAYLOAD_MAX = 65_507  # bytes of a UDP datagram over IPv4
RUN_S, STEP_S = 10.0, 2.0  # how long a run takes, and a step of the search
FIRST_RATE = 10_000  # datagrams/s
SKEW_MAX = 10
HERE = "127.0.0.1"
SOCKETS_MAX = 256  # that send; a process may have 1024 files open, as a rule
ORDER_MAX = 512 << 20  # bytes, of the table of each name's newest line
RUST_NAMES_MAX = 1_000_000  # about 200 bytes each
MARK = "load"
_MARK = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_ZERO = re.compile(r"0(\.0*)?")


def read_target(text: str) -> Listen:
    """Read udp://HOST:PORT."""
    target = read_listen(text)
    if target.port == 0:
        raise ValueError("port 0 is no target; valid: udp://127.0.0.1:8125")
    return target


def read_types(text: str) -> tuple[str, ...]:
    """Read metric types with commas between them."""
    read = kinds.choice(TYPES, "T").read
    return tuple(read(each) for each in text.split(","))


# What stands behind a port, as NAME=VALUE, and how it is read.
BEHIND_PORT = {"weight": reading.positive, "node": reading.name}


def read_receivers(text: str) -> tuple[Backend, ...]:
    """Read [NAME=][HOST:]PORT[,weight=W][,node=N], several with commas between them."""
    receivers: list[Backend] = []
    for word in text.split(","):
        key, _, value = word.partition("=")
        if key in BEHIND_PORT:
            if not receivers:
                raise ValueError(f"a {key} stands behind its port: 9001,{key}=2")
            changed = {key: BEHIND_PORT[key](value)}
            receivers[-1] = msgspec.structs.replace(receivers[-1], **changed)
            continue
        name, named, address = word.rpartition("=")
        if ":" not in address:
            address = f"{HERE}:{address}"
        reading.host_and_port(address, lowest_port=1)
        receivers.append(Backend(reading.name(name if named else address), address))
    return tuple(receivers)


def read_mark(text: str) -> str:
    """Read what all names begin with; no dot, which ends it."""
    if not _MARK.fullmatch(text):
        raise ValueError("valid: up to 64 letters, digits, - and _, for example load2")
    return text


def read_skew(text: str) -> float:
    """Read an exponent from 0 to 10."""
    skew = 0.0 if _ZERO.fullmatch(text) else reading.positive(text)
    if skew > SKEW_MAX:
        raise ValueError(f"valid: a number from 0 to {SKEW_MAX}")
    return skew


ROWS = {row.key: row for row in PROXY.rows}


class LoadSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All that a load goes by; a field is a flag."""

    target: Annotated[
        Listen,
        Setting(
            kinds.text(read_target, "udp://HOST:PORT"),
            unit="URL",
            help="Where the datagrams go. Must be given.",
        ),
    ]
    rate: Annotated[
        int,
        Setting(
            kinds.whole(1, 10_000_000),
            default=str(FIRST_RATE),
            unit="datagrams/s",
            help="Datagrams a second; the rate that --find-limit begins with. Late "
            "ones are sent late, never left out.",
        ),
    ]
    lines: Annotated[
        int,
        Setting(
            kinds.whole(1, 1000),
            default="1",
            unit="lines",
            help="Lines in each datagram.",
        ),
    ]
    names: Annotated[
        int,
        Setting(
            kinds.whole(1, 10_000_000),
            default="1000",
            unit="names",
            help="How many metric names. With --receive, names x senders x 4 bytes "
            "keep their order: at most 512 MiB.",
        ),
    ]
    skew: Annotated[
        float,
        Setting(
            kinds.text(read_skew, "S"),
            default="0",
            unit="exponent",
            help="How much more often some names come: 0, all alike; 1, about as words "
            "in a text (name n in proportion to n^-S).",
        ),
    ]
    tags: Annotated[
        int | None,
        Setting(
            kinds.whole(0, 50),
            unit="tags",
            help="Tags of each line: DogStatsD's; with --format rust up to N in each "
            "name.",
            follows=nothing,
            default_help="Default: 0; 6 with --format rust.",
        ),
    ]
    types: Annotated[
        tuple[str, ...],
        Setting(
            kinds.text(read_types, "T,T"),
            default="c",
            unit="names",
            help=f"Metric types, of {','.join(TYPES)}; each name has one.",
        ),
    ]
    senders: Annotated[
        int,
        Setting(
            kinds.whole(1, 256),
            default="1",
            unit="sockets",
            help="Sockets that send in turn, of each process: as many flows.",
        ),
    ]
    processes: Annotated[
        int,
        Setting(
            kinds.whole(1, LIMITS["processes"]),
            default="1",
            unit="processes",
            help="Processes that send, where one core cannot send enough; they share "
            "the rate, and --receive checks them all.",
        ),
    ]
    mark: Annotated[
        str,
        Setting(
            kinds.text(read_mark, "TEXT"),
            default=MARK,
            unit="text",
            help="What all names begin with. Give loads that run side by side "
            "different ones: lines of another mark count as foreign, not as "
            "altered.",
        ),
    ]
    size: Annotated[
        int,
        Setting(
            kinds.size(0, PAYLOAD_MAX, "BYTES"),
            default="0",
            unit="bytes",
            help="Bytes of a line, at least: names are made so long.",
        ),
    ]
    seconds: Annotated[
        float,
        Setting(
            kinds.duration("s", 0.01, 86_400, "S"),
            unit="s",
            help="How long to send.",
            follows=lambda values: STEP_S if values["find_limit"] else RUN_S,
            default_help=f"Default: {RUN_S:g}; {STEP_S:g} for each step of "
            "--find-limit.",
        ),
    ]
    receive: Annotated[
        tuple[Backend, ...],
        Setting(
            kinds.text(read_receivers, "[NAME=][HOST:]PORT[,weight=W][,node=N]"),
            unit="ports",
            help="Ports to receive and check on, as a server behind the target each; "
            "may be given several times, or with commas: 9001,9002. NAME, weight "
            "and node as the target has them matter with --hash.",
            is_list=True,
        ),
    ]
    hash: Annotated[
        str | None,
        Setting(
            ROWS["hash"].kind,
            unit="name",
            help="How the target places lines, by the names and order of --receive: "
            "then lines at another port than their own are counted as wrong. As "
            "of statshard run.",
            follows=nothing,
        ),
    ]
    shard_by: Annotated[
        str,
        Setting(
            ROWS["shard_by"].kind,
            unit="name",
            help="The key that the target places by, with --hash.",
            follows=lambda values: DEFAULT_KEYS.get(values["hash"], ""),
            default_help="Default: the hash's own.",
        ),
    ]
    hash_prefix: Annotated[
        str,
        Setting(
            ROWS["hash_prefix"].kind,
            unit="text",
            help="The target's, with --hash jump.",
            default="",
        ),
    ]
    shard_map: Annotated[
        tuple[str, ...],
        Setting(
            ROWS["shard_map"].kind,
            unit="name",
            help="The target's, with --hash murmur3: names of --receive.",
            is_list=True,
        ),
    ]
    pid: Annotated[
        int | None,
        Setting(
            kinds.whole(1, 1 << 22, "PID"),
            unit="process",
            help="A process whose CPU time and memory are told, such as the target's.",
            follows=nothing,
        ),
    ]
    file: Annotated[
        str | None,
        Setting(
            kinds.text(str, "LINES"),
            unit="path",
            help="Send the lines of this file instead, in order, again and again. "
            "Those that the target refuses count as lost.",
            follows=nothing,
        ),
    ]
    format: Annotated[
        str,
        Setting(
            kinds.choice(FORMATS, "F"),
            default="statsd",
            unit="name",
            help="statsd; or rust, as the Rust sharding proxy's generator writes: tags "
            "in the name, the value 2|c, an LF at the end of each datagram.",
        ),
    ]
    find_limit: Annotated[
        bool,
        Setting(
            kinds.switch(),
            unit="",
            help="Find the highest rate at which nothing is lost, in short steps.",
            default="false",
        ),
    ]
    json: Annotated[
        bool,
        Setting(
            kinds.switch(),
            unit="",
            help="Print the result as JSON.",
            default="false",
        ),
    ]

    @property
    def ring(self) -> Configured | None:
        """How the target places lines; None where that is not told."""
        if self.hash is None:
            return None
        parts = (self.hash, self.shard_by, self.receive)
        return Configured(*parts, self.hash_prefix, self.shard_map)

    @property
    def datagrams(self) -> int:
        """How many a run sends."""
        return max(1, round(self.rate * self.seconds))

    @property
    def sockets(self) -> int:
        """How many sockets send, of all processes."""
        return self.senders * self.processes

    @property
    def ports(self) -> tuple[tuple[str, int], ...]:
        """Where lines are received: hosts and ports."""
        return tuple(
            reading.host_and_port(each.address, lowest_port=1) for each in self.receive
        )

    @property
    def is_stamped(self) -> bool:
        """Whether each line carries its number."""
        return self.file is None and self.format == "statsd"


LOAD = Section("load", "statshard load", LoadSettings)
