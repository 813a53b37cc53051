"""Uber: the YAML of uber/statsrelay.

    statsd:
      bind: 127.0.0.1:8125
      max_send_queue: 134217728
      shard_map:
        0: 10.0.0.1:8128
        1: 10.0.0.2:8128

Maps of plain texts, at most three deep; that program takes no sequences, aliases or
second documents, and nor does this (uber/statsrelay: src/yaml_config.c). PyYAML's
events are read as that program reads libyaml's: nothing is built by recursion, and no
tag is obeyed. Must not know: how a key is placed.
"""

import re
from collections.abc import Iterator

import yaml

from statshard.settings.foreign.foreign import (
    Draft,
    Foreign,
    Item,
    Source,
    last_of_each,
)
from statshard.settings.foreign.program import Program
from statshard.settings.foreign.shard_map import REASONS, Section, foreign_of

TITLE = "uber's statsrelay"
DEEPEST = 3  # maps within each other
SECTIONS = ("statsd", "carbon")
_MARK = re.compile(r"^(?:statsd|carbon):[ \t\r]*(?:#.*)?$", re.MULTILINE)

Path = tuple[str, ...]
Leaf = tuple[Path, Item]


def is_its(_path: str, text: str) -> bool:
    """Tell whether a text has one of the sections, as a key of a block."""
    return _MARK.search(text) is not None


def read(source: Source) -> Foreign:
    """Return what a statsrelay.yaml says."""
    draft = Draft(source, TITLE)
    leaves: list[Leaf] = []
    try:
        leaves += _leaves(draft)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        what = getattr(fault, "problem", None) or getattr(fault, "reason", "")
        draft.blame(mark.line + 1 if mark else 0, f"no valid YAML: {what}")
    items: list[Item] = []
    entries: list[Item] = []
    for path, item in leaves:
        if path[:2] == ("statsd", "shard_map") and len(path) == DEEPEST:
            _check_place(draft, item, path[-1], len(entries))
            entries.append(item)
        elif path[0] == "statsd" and len(path) == 2:  # noqa: PLR2004 -- section, key
            items.append(item)
        elif path[0] == "carbon":
            draft.leave(item, REASONS["carbon"])
        else:
            draft.refuse(item, f"valid: {' or '.join(SECTIONS)}, and keys below it")
    last = last_of_each(items, draft)
    found = {key.removeprefix("statsd."): item for key, item in last.items()}
    return draft.finish(foreign_of(draft, Section(found, entries)))


def _check_place(draft: Draft, item: Item, key: str, place: int) -> None:
    """Refuse an entry that does not stand at its place, as that program does."""
    if key != str(place):
        draft.refuse(item, f"valid: {place}: {item.value}; the map counts from 0")


def _leaves(draft: Draft) -> Iterator[Leaf]:
    """Yield each text with the keys above it, up to the first fault."""
    above: list[str] = []  # the keys whose values are the open maps
    key: str | None = None  # one whose value is still to come
    depth = documents = 0
    for event in yaml.parse(draft.source.text, Loader=yaml.SafeLoader):
        kind = type(event)
        line = event.start_mark.line + 1 if event.start_mark else 0
        documents += kind is yaml.DocumentStartEvent
        what = _REFUSED.get(kind) or _misplaced(kind, key, depth, documents)
        if what:
            draft.blame(line, ".".join([*above, key or ""]) + what)
            return
        if kind is yaml.MappingStartEvent:
            above += [key] if key is not None else []
            depth, key = depth + 1, None
        elif kind is yaml.MappingEndEvent:
            above, depth = above[:-1], depth - 1
        elif isinstance(event, yaml.ScalarEvent):
            if key is None:
                key = event.value
                continue
            path = (*above, key)
            yield path, Item(line, ".".join(path), event.value)
            key = None


def _misplaced(kind: type, key: str | None, depth: int, documents: int) -> str:
    """Return what is said of an event that has no place here; else nothing."""
    if documents > 1:
        return ": a second document; valid: one"
    if kind is yaml.ScalarEvent and depth == 0:
        return ": a text; valid: a map, statsd: ..."
    if kind is yaml.MappingStartEvent and depth == DEEPEST:
        return f": maps more than {DEEPEST} deep"
    if kind is yaml.MappingStartEvent and depth and key is None:
        return ": a map as a key; valid: a text"
    return ""


_REFUSED = {
    yaml.AliasEvent: ": an alias; valid: the text itself",
    yaml.SequenceStartEvent: ": a sequence; valid: a map, 0: HOST:PORT",
}
PROGRAM = Program("uber", TITLE, is_its, read)
