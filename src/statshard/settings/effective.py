"""Effective: what several sources say, as the settings that hold, and whence each.

    defaults < file < environment < flags       a list whole, by its highest source

Every value that was given is read, also one that a higher source overrides, so that no
wrong one lies in wait. All faults are found and told at once. Must not know: files, the
environment, the command line.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from statshard.errors import SettingsError
from statshard.settings.addresses import Backend
from statshard.settings.contradictions import contradictions
from statshard.settings.given import DEFAULT, Entry, Given, Origin, Raw
from statshard.settings.model import DEFAULT_KEYS, PROXY, ProxySettings
from statshard.settings.reading import printable
from statshard.settings.setting import Setting, table_of

MOST_WORKERS = 4  # where no number is given
BACKEND = table_of(Backend)
_FILE_AND_LINE = re.compile(r"[^'\"]+?:(\d+): ")

Values = dict[str, Any]  # Any: the types are those of the settings' fields


@dataclass(frozen=True, slots=True)
class Effective:
    """The settings, and where each of their fields comes from."""

    settings: ProxySettings
    origins: Mapping[str, Origin]


def settle(
    sources: Sequence[Given], faults: Sequence[str] = (), *, usable_cpus: int
) -> Effective:
    """Return what holds; of `sources` a later one is above an earlier one.

    `faults` are those that the sources' readers found. `usable_cpus` decides how many
    workers there are where no number is given. Raises SettingsError naming every fault.
    """
    found = list(faults)
    values: Values = {}
    origins: dict[str, Origin] = {}
    for row in PROXY:
        read = _read_list if row.is_list else _read_value
        values[row.key], origins[row.key] = read(row, sources, found)
    if not found:
        values["shard_by"] = values["shard_by"] or DEFAULT_KEYS[values["hash"]]
        values["workers"] = values["workers"] or min(MOST_WORKERS, usable_cpus)
        found += contradictions(values, origins)
    if found:
        told = sorted(dict.fromkeys(found), key=_line_of)
        raise SettingsError("\n".join(map(printable, told)))
    return Effective(ProxySettings(**values), origins)


def _line_of(fault: str) -> tuple[bool, int]:
    """Return what faults are sorted by: a file's come first, by line."""
    match = _FILE_AND_LINE.match(fault)
    return match is None, int(match[1]) if match else 0


def _read_value(
    row: Setting, sources: Sequence[Given], faults: list[str]
) -> tuple[Any, Origin]:  # Any: the field's type
    """Return a setting's value, of the highest source that has it."""
    value = None if row.default is None else row.kind.read(row.default)
    origin = DEFAULT
    for source in sources:
        raw = source.values.get(row.key)
        if raw is not None:
            value, origin = _read(row, raw, faults), raw.origin
    return value, origin


def _read_list(
    row: Setting, sources: Sequence[Given], faults: list[str]
) -> tuple[Any, Origin]:  # Any: a tuple of the kind's values
    """Return a list's values, all of the highest source that has any."""
    values: tuple[Any, ...] = ()
    if row.default is not None:
        values = (row.kind.read(row.default),)
    origin = DEFAULT
    for source in sources:
        given = source.lists.get(row.key, ())
        if given:
            values = tuple(_read_element(row, one, faults) for one in given)
            origin = _origin_of(given[0])
    return values, origin


def _read_element(row: Setting, one: Raw | Entry, faults: list[str]) -> Any:  # noqa: ANN401 -- the kind's type
    """Return one value of a list."""
    if isinstance(one, Raw):
        return _read(row, one, faults)
    return _build(one, faults)


def _read(row: Setting, raw: Raw, faults: list[str]) -> Any:  # noqa: ANN401 -- the kind's type
    """Return one value, or None with a fault."""
    take: Callable[[Any], Any] = row.kind.read if raw.is_text else row.kind.take
    try:
        return take(raw.value)
    except ValueError as fault:
        faults.append(f"{raw.origin.say(raw.value)}: {fault}")
        return None


def _build(entry: Entry, faults: list[str]) -> Backend | None:
    """Return a backend from the Raws of its keys, or None with faults."""
    values: Values = {}
    before = len(faults)
    for row in BACKEND:
        if row.key in entry:
            values[row.key] = _read(row, entry[row.key], faults)
        elif row.default is not None:
            values[row.key] = row.kind.read(row.default)
    if "address" not in values:
        faults.append(f'{_origin_of(entry)}: no address; valid: address = "HOST:PORT"')
    if len(faults) > before:
        return None
    values.setdefault("name", values["address"])
    return Backend(**values)


def _origin_of(one: Raw | Entry) -> Origin:
    """Return where a list's first element stands."""
    return one.origin if isinstance(one, Raw) else one[""].origin
