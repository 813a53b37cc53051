"""Flags: the words of `statshard load` into its settings.

All faults are found and shown at once. Must not know: the command-line library,
sockets.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from statshard.errors import SettingsError
from statshard.load.options import (
    LOAD,
    ORDER_MAX,
    RUN_S,
    RUST_NAMES_MAX,
    SOCKETS_MAX,
    STEP_S,
    LoadSettings,
)
from statshard.settings.model import DEFAULT_KEYS
from statshard.settings.setting import Setting

ORDER_SIZE = 4  # bytes, for each name and sender
# What says nothing where the lines come from elsewhere.
IDLE_WITH_FILE = ("names", "skew", "tags", "types", "mark", "size")
IDLE_WITH_RUST = ("types", "mark", "size")


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
    if values["shard_by"] is not None and values["hash"] is None and not faults:
        faults.append("--shard-by: of which hash? add --hash rendezvous")
    values["shard_by"] = values["shard_by"] or DEFAULT_KEYS.get(values["hash"], "")
    settings = LoadSettings(**values)
    faults = faults or [
        *_list_idle(given, settings),
        *(say(settings) for is_so, say in CONTRADICTIONS if is_so(settings)),
    ]
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
            values.append(row.kind.read(text))
        except ValueError as fault:
            faults.append(f"{row.flag} {text!r}: {fault}")
    if row.is_list:
        return tuple(each for value in values for each in value)
    return values[0] if values else None


def _list_idle(
    given: Mapping[str, Any],  # Any: as load_from_flags takes it
    settings: LoadSettings,
) -> list[str]:
    """Return a fault for each flag that would change nothing."""
    if settings.is_stamped:
        return []
    source = "--format rust" if settings.file is None else "--file"
    idle = IDLE_WITH_RUST if settings.file is None else IDLE_WITH_FILE
    return [
        f"{row.flag}: changes nothing of the lines of {source}; leave it out"
        for row in LOAD
        if row.key in idle and given.get(row.key) is not None
    ]


def _order_bytes(load: LoadSettings) -> int:
    """Return what the table of each name's newest line takes."""
    return load.names * load.sockets * ORDER_SIZE if load.is_stamped else 0


def _has_twins(names: Sequence[object]) -> bool:
    """Tell whether two of them are equal."""
    return len(set(names)) < len(names)


# What is wrong between flags that are each valid, and how that is said.
CONTRADICTIONS: tuple[
    tuple[Callable[[LoadSettings], bool], Callable[[LoadSettings], str]], ...
] = (
    (
        lambda load: load.find_limit and not load.receive,
        lambda _: (
            "--find-limit: nothing to see losses by; add --receive PORT for each "
            "server's place behind the target"
        ),
    ),
    (
        lambda load: load.file is not None and load.format != "statsd",
        lambda _: "--file and --format: a file's lines go as they are; give one",
    ),
    (
        lambda load: _has_twins(load.ports),
        lambda _: "--receive: a port is given twice",
    ),
    (
        lambda load: _has_twins([each.name for each in load.receive]),
        lambda _: "--receive: a name is given twice",
    ),
    (
        lambda load: load.hash is not None and not load.receive,
        lambda load: (
            f"--hash {load.hash!r}: no places to check; add --receive PORT "
            "for each server's place behind the target"
        ),
    ),
    (
        lambda load: load.hash == "djb2" and any(b.weight != 1 for b in load.receive),
        lambda _: "--receive: djb2 has no weights; leave them out",
    ),
    (
        lambda load: load.rate < load.processes,
        lambda load: (
            f"--processes {load.processes}: more than --rate {load.rate}; "
            "valid: a datagram a second for each process"
        ),
    ),
    (
        lambda load: load.sockets > SOCKETS_MAX,
        lambda load: (
            f"--processes {load.processes} of --senders {load.senders}: "
            f"{load.sockets} sockets; at most {SOCKETS_MAX} are possible"
        ),
    ),
    (
        lambda load: bool(load.receive) and _order_bytes(load) > ORDER_MAX,
        lambda load: (
            f"--names {load.names}: their order, for {load.sockets} senders, "
            f"would take {_order_bytes(load) >> 20} MiB; valid with --receive: up to "
            f"{ORDER_MAX // ORDER_SIZE // load.sockets} names"
        ),
    ),
    (
        lambda load: load.format == "rust" and load.names > RUST_NAMES_MAX,
        lambda load: (
            f"--names {load.names}: with --format rust at most {RUST_NAMES_MAX}"
        ),
    ),
)
