"""Flags: the words of `statshard load` into its settings.

All faults are found and shown at once. Must not know: the command-line library,
sockets.
"""

from collections.abc import Callable, Sequence

from statshard.errors import SettingsError
from statshard.load.options import (
    LOAD,
    ORDER_MAX,
    RUST_NAMES_MAX,
    SOCKETS_MAX,
    LoadSettings,
)
from statshard.routing.functions import list_faults
from statshard.settings.effective import Effective, settle
from statshard.settings.flags import Found, read_flags

ORDER_SIZE = 4  # bytes, for each name and sender
# What says nothing where the lines come from elsewhere.
IDLE_WITH_FILE = ("names", "skew", "tags", "types", "mark", "size")
IDLE_WITH_RUST = ("types", "mark", "size")


def load_from_flags(given: Found) -> LoadSettings:
    """Return the settings for `given`.

    Raises SettingsError naming every fault.
    """
    effective = settle(LOAD, [read_flags(LOAD, given, [])])
    settings = effective.settings
    faults = [
        *_list_idle(effective),
        *_list_ring_faults(settings),
        *(say(settings) for is_so, say in CONTRADICTIONS if is_so(settings)),
    ]
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def _list_idle(effective: Effective[LoadSettings]) -> list[str]:
    """Return a fault for each flag that would change nothing."""
    settings = effective.settings
    if settings.is_stamped:
        return []
    source = "--format rust" if settings.file is None else "--file"
    idle = IDLE_WITH_RUST if settings.file is None else IDLE_WITH_FILE
    return [
        f"{origin}: changes nothing of the lines of {source}; leave it out"
        for key, origin in effective.origins.items()
        if key in idle and origin.source != "default"
    ]


def _order_bytes(load: LoadSettings) -> int:
    """Return what the table of each name's newest line takes."""
    return load.names * load.sockets * ORDER_SIZE if load.is_stamped else 0


def _list_ring_faults(load: LoadSettings) -> list[str]:
    """Return what is wrong with the ring that --hash and --receive make."""
    if load.ring is None or not load.receive:
        return []
    return [f"--hash {load.hash}: {fault}" for fault in list_faults(load.ring)]


def _has_twins(names: Sequence[object]) -> bool:
    """Tell whether two of them are equal."""
    return len(set(names)) < len(names)


# What is wrong between flags that are each valid, and how that is said.
CONTRADICTIONS: tuple[
    tuple[Callable[[LoadSettings], bool], Callable[[LoadSettings], str]], ...
] = (
    (
        lambda load: load.shard_by != "" and load.hash is None,
        lambda _: "--shard-by: of which hash? add --hash rendezvous",
    ),
    (
        lambda load: load.hash_prefix != "" and load.hash is None,
        lambda _: "--hash-prefix: of which hash? add --hash jump",
    ),
    (
        lambda load: bool(load.shard_map) and load.hash is None,
        lambda _: "--shard-map: of which hash? add --hash murmur3",
    ),
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
        lambda load: (
            load.hash is None and _has_twins([each.name for each in load.receive])
        ),
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
