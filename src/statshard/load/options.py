"""Options: the flags of `statshard load` as one table, and the values they become.

A flag is one row of LOAD, as a setting is one of the proxy's; one without a metavar is
on or off. Values are immutable. Must not know: sockets, the command-line library.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from statshard.errors import SettingsError
from statshard.settings import reading
from statshard.settings.addresses import Listen, read_listen
from statshard.settings.model import Setting

TYPES = ("c", "ms", "g", "s", "h", "d")
FORMATS = ("statsd", "rust")
PAYLOAD_MAX = 65_507  # bytes of a UDP datagram over IPv4
RUN_S, STEP_S = 10.0, 2.0  # how long a run takes, and a step of the search
FIRST_RATE = 10_000  # datagrams/s
SKEW_MAX = 10
HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """All that a load goes by; field names are the keys of the table."""

    target: Listen
    rate: int
    lines: int
    names: int
    skew: float
    tags: int | None
    types: tuple[str, ...]
    senders: int
    size: int
    seconds: float
    receive: tuple[tuple[str, int], ...]
    pid: int | None
    file: str | None
    format: str
    find_limit: bool
    json: bool

    @property
    def datagrams(self) -> int:
        """How many a run sends."""
        return max(1, round(self.rate * self.seconds))


def read_target(text: str) -> Listen:
    """Read udp://HOST:PORT."""
    target = read_listen(text)
    if target.port == 0:
        raise ValueError("port 0 is no target; valid: udp://127.0.0.1:8125")
    return target


def read_types(text: str) -> tuple[str, ...]:
    """Read metric types with commas between them."""
    read = reading.choice(TYPES)
    return tuple(read(each) for each in text.split(","))


def read_ports(text: str) -> tuple[tuple[str, int], ...]:
    """Read [HOST:]PORT, several with commas between them."""
    return tuple(
        reading.host_and_port(each if ":" in each else f"{HERE}:{each}", lowest_port=1)
        for each in text.split(",")
    )


def read_skew(text: str) -> float:
    """Read an exponent from 0 to 10."""
    skew = reading.positive(text) if text.strip("0.") else 0.0
    if skew > SKEW_MAX:
        raise ValueError(f"valid: a number from 0 to {SKEW_MAX}")
    return skew


LOAD = (
    Setting(
        key="target",
        read=read_target,
        default=None,
        unit="URL",
        help="Where the datagrams go. Must be given.",
        metavar="udp://HOST:PORT",
    ),
    Setting(
        key="rate",
        read=reading.whole(1, 10_000_000),
        default=str(FIRST_RATE),
        unit="datagrams/s",
        help="Datagrams a second; the rate that --find-limit begins with. Late ones "
        "are sent late, never left out.",
        metavar="N",
    ),
    Setting(
        key="lines",
        read=reading.whole(1, 1000),
        default="1",
        unit="lines",
        help="Lines in each datagram.",
        metavar="N",
    ),
    Setting(
        key="names",
        read=reading.whole(1, 10_000_000),
        default="1000",
        unit="names",
        help="How many metric names.",
        metavar="N",
    ),
    Setting(
        key="skew",
        read=read_skew,
        default="0",
        unit="exponent",
        help="How much more often some names come: 0, all alike; 1, about as words in "
        "a text (name n in proportion to n^-S).",
        metavar="S",
    ),
    Setting(
        key="tags",
        read=reading.whole(0, 50),
        default=None,
        unit="tags",
        help="Tags of each line: DogStatsD's; with --format rust up to N in each name. "
        "Default: 0; 6 with --format rust.",
        metavar="N",
    ),
    Setting(
        key="types",
        read=read_types,
        default="c",
        unit="names",
        help=f"Metric types, of {','.join(TYPES)}; each name has one.",
        metavar="T,T",
    ),
    Setting(
        key="senders",
        read=reading.whole(1, 256),
        default="1",
        unit="sockets",
        help="Sockets that send in turn: as many flows.",
        metavar="N",
    ),
    Setting(
        key="size",
        read=reading.size(0, PAYLOAD_MAX),
        default="0",
        unit="bytes",
        help="Bytes of a line, at least: names are made so long.",
        metavar="BYTES",
    ),
    Setting(
        key="seconds",
        read=reading.duration("s", 0.01, 86_400),
        default=None,
        unit="s",
        help=f"How long to send. Default: {RUN_S:g}; {STEP_S:g} for each step of "
        "--find-limit.",
        metavar="S",
    ),
    Setting(
        key="receive",
        read=read_ports,
        default=None,
        unit="ports",
        help="Ports to receive and check on, as a server behind the target each; may "
        "be given several times, or with commas: 9001,9002.",
        metavar="[HOST:]PORT",
        is_list=True,
    ),
    Setting(
        key="pid",
        read=reading.whole(1, 1 << 22),
        default=None,
        unit="process",
        help="A process whose CPU time and memory are told, such as the target's.",
        metavar="PID",
    ),
    Setting(
        key="file",
        read=str,
        default=None,
        unit="path",
        help="Send the lines of this file instead, in order, again and again.",
        metavar="LINES",
    ),
    Setting(
        key="format",
        read=reading.choice(FORMATS),
        default="statsd",
        unit="name",
        help="statsd; or rust, as the Rust sharding proxy's generator writes: tags in "
        "the name, the value 2|c, an LF at the end of each datagram.",
        metavar="F",
    ),
    Setting(
        key="find_limit",
        read=bool,
        default=None,
        unit="",
        help="Find the highest rate at which nothing is lost, in short steps.",
        metavar="",
    ),
    Setting(
        key="json",
        read=bool,
        default=None,
        unit="",
        help="Print the result as JSON.",
        metavar="",
    ),
)


def load_from_flags(
    given: Mapping[str, Any],  # Any: str; Sequence[str], of a list; bool, of a switch
) -> LoadSettings:
    """Return the settings for `given`: key -> text (texts, for a list; True or False).

    Raises SettingsError naming every fault.
    """
    faults: list[str] = []
    values: dict[str, Any] = {}  # Any: the types are those of LoadSettings
    for row in LOAD:
        one = given.get(row.key)
        values[row.key] = _read(row, one, faults) if row.metavar else bool(one)
    if values["target"] is None and not faults:
        faults.append("no --target; valid: --target udp://127.0.0.1:8125")
    if values["seconds"] is None:
        values["seconds"] = STEP_S if values["find_limit"] else RUN_S
    settings = LoadSettings(**values)
    faults = faults or _contradictions(settings)
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def _read(row: Setting, given: str | Sequence[str] | None, faults: list[str]) -> Any:  # noqa: ANN401 -- the type is that of the field of LoadSettings
    """Return the value of one flag; a fault is added to `faults`."""
    if given is None or given == ():
        given = row.default
    texts = [given] if isinstance(given, str) else list(given or ())
    values = []
    for text in texts:
        try:
            values.append(row.read(text))
        except ValueError as fault:
            faults.append(f"{row.flag} {text!r}: {fault}")
    if row.is_list:
        return tuple(each for value in values for each in value)
    return values[0] if values else None


def _contradictions(settings: LoadSettings) -> list[str]:
    """Return what is wrong between flags that are each valid."""
    faults = []
    if settings.find_limit and not settings.receive:
        faults.append(
            "--find-limit: nothing to see losses by; add --receive PORT for each "
            "server's place behind the target"
        )
    if settings.file is not None and settings.format != "statsd":
        faults.append("--file and --format: a file's lines go as they are; give one")
    if len(set(settings.receive)) < len(settings.receive):
        faults.append("--receive: a port is given twice")
    return faults
