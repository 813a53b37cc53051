"""Shard map: what lyft's and uber's statsrelay have in common.

    { statsd: { bind: "127.0.0.1:8125", shard_map: [ "10.0.0.1:8128", ... ] } }

An entry is HOST:PORT or HOST:PORT:PROTOCOL, tcp where none is named; one server may
stand at many places (lyft/statsrelay, uber/statsrelay: src/stats.c, hashring.c). Must
not know: JSON, YAML, how a key is placed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from statshard.settings.foreign.foreign import LATER_TCP, Draft, Foreign, Item

BIND = "127.0.0.1:8125"
KEYS = ("bind", "shard_map", "max_send_queue")
MIRROR = "a second cluster is not supported by this version"
REASONS = {
    "always_resolve_dns": "names are resolved at the start",
    "auto_reconnect": LATER_TCP,
    "carbon": "lines of carbon are no StatsD",
    "discovery": "this version finds no backends by itself",
    "duplicate_to": MIRROR,
    "point_tag_regex": "names are taken as they are",
    "processor": "lines are forwarded as they came",
    "reconnect_threshold": LATER_TCP,
    "self_stats": "statshard sends no metrics of its own; the log has the balance",
    "tcp_cork": LATER_TCP,
    "validate": "every line with a name is forwarded; the rest is counted as refused",
}
NOTES = (
    "That program listens to TCP as well, on the same port; this version does not.",
)


@dataclass(frozen=True, slots=True)
class Section:
    """What the file's `statsd` holds: its keys, and the entries of its map."""

    items: Mapping[str, Item]
    entries: Sequence[Item]


def foreign_of(draft: Draft, section: Section) -> Foreign:
    """Return what a section says."""
    found = section.items
    bind = found.get("bind") or Item(0, "bind", BIND)
    if isinstance(bind.value, str):
        host, _, port = bind.value.rpartition(":")
        draft.listen(bind, host, port)
    else:
        draft.refuse(bind, "valid: HOST:PORT, in quotes")
    if "max_send_queue" in found:
        draft.offer("queue_bytes", found["max_send_queue"], _number(found))
    draft.leave_rest(found, REASONS, KEYS)
    names = _take_entries(draft, section.entries)
    once = list(dict.fromkeys(names))
    return Foreign(
        "murmur3",
        "raw",
        (),
        {},
        shard_map=() if names == once else tuple(names),
        notes=NOTES,
    )


def _number(found: Mapping[str, Item]) -> object:
    """Return the size of a queue as a number, where its text is one."""
    value = found["max_send_queue"].value
    is_text = isinstance(value, str) and value.isascii() and value.isdigit()
    return int(str(value)[:12]) if is_text else value


def _take_entries(draft: Draft, entries: Iterable[Item]) -> list[str]:
    """Take each server once; return the names of all entries, in order."""
    names: list[str] = []
    seen: set[str] = set()
    for item in entries:
        parts = item.value.split(":") if isinstance(item.value, str) else []
        if len(parts) not in (2, 3):
            draft.refuse(item, "valid: HOST:PORT or HOST:PORT:PROTOCOL, in quotes")
            continue
        name = ":".join(parts[:2])
        names.append(name)
        if name in seen:
            continue
        seen.add(name)
        draft.add(item, parts[0], parts[1])
        if not parts[2:] or not parts[2].startswith("udp"):
            why = f"{LATER_TCP}: lines go to it by UDP; see that it listens to that"
            draft.leave(item, why)
    if not names and not draft.faults:
        draft.blame(0, "no shard_map under statsd: nothing to send to")
    return names
