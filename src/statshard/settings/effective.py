"""Effective: what several sources say, as the settings that hold, and whence each.

    defaults < file < environment < flags       a list whole, by its highest source

Every value that was given is read, also one that a higher source overrides, so that no
wrong one lies in wait. All faults are found and told at once; what contradicts itself
is found wherever the values that it takes are valid. Must not know: files, the
environment, the command line, which settings there are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic

import msgspec

from statshard.settings.fault import Fault, refuse
from statshard.settings.given import JUDGED, Given, Origin, Raw
from statshard.settings.secrets import open_secrets
from statshard.settings.section import Origins, Rule, Section
from statshard.settings.setting import Setting, Struct, Values, table_of, with_defaults


@dataclass(frozen=True, slots=True)
class Effective(Generic[Struct]):
    """The settings, and where each of their fields comes from."""

    settings: Struct
    origins: Origins


def settle(
    section: Section[Struct],
    sources: Sequence[Given],
    faults: Iterable[Fault] = (),
    *,
    usable_cpus: int = 1,
    rules: Iterable[Rule] = (),
) -> Effective[Struct]:
    """Return what holds; of `sources` a later one is above an earlier one.

    `faults` are those that the sources' readers found; `rules` are asked beside those
    of the section. `usable_cpus` is what some defaults follow from. Raises
    SettingsError naming every fault.
    """
    found = list(faults)
    facts = {"usable_cpus": usable_cpus}
    values, origins = read_table(section.rows, sources, found, facts)
    for row in _missing(section.rows, origins):
        what = f"no {row.flag}; valid: {row.flag} {row.metavar}"
        found.append(Fault(None, None, what))
    for rule in (*section.rules, *rules):
        if all(key in values for key in rule.needs):
            found += rule.find(values, origins)
    refuse(found)
    return Effective(section.struct(**values), origins)


def read_table(
    rows: Iterable[Setting],
    sources: Sequence[Given],
    faults: list[Fault],
    facts: Values,
) -> tuple[Values, Origins]:
    """Return the values of a table's keys, of the highest source that has each.

    Adds to `faults`; what is not valid is left out, of a list its elements.
    """
    rows = tuple(rows)
    opened = [open_secrets(rows, given, faults) for given in sources]
    values: dict[str, Any] = {}  # Any: the types are those of the rows
    origins: dict[str, Origin] = {}
    for row in rows:
        for given in opened:
            if row.key in given.parts:
                value, origin = _read(row, given.parts[row.key], faults)
                values[row.key], origins[row.key] = value, origin
        if row.key not in origins:
            origins[row.key] = Origin("default", key=row.flag)
    valid = {key: value for key, value in values.items() if value is not None}
    usual = [row for row in rows if row.key not in values and not row.is_required]
    return with_defaults(usual, valid, facts), origins


Reading = tuple[Any, Origin]  # Any: the type of a row; None: it is not valid


def _read(row: Setting, one: Raw | Given, faults: list[Fault]) -> Reading:
    """Return what was given for a row, and where."""
    if isinstance(one, Given):
        return (_read_list if row.is_list else _read_struct)(row, one, faults)
    if one.value is JUDGED:
        return None, one.origin
    take: Callable[[Any], Any] = row.kind.read if one.is_text else row.kind.take
    try:
        return take(one.value), one.origin
    except ValueError as fault:
        faults.append(_blame(row, one, str(fault)))
        return None, one.origin


def _blame(row: Setting, one: Raw, what: str) -> Fault:
    """Return the fault of a value; of a secret it tells neither that nor its reader's.

    A reader may quote what it read.
    """
    if row.is_secret:
        return Fault(one.origin, None, f"not valid; valid: {row.metavar}")
    return Fault(one.origin, one.value, what)


def _read_list(row: Setting, given: Given, faults: list[Fault]) -> Reading:
    """Return a list's valid values; None where none of those that are given is."""
    each = replace(row, is_list=False)
    values: list[Any] = []
    origins: list[Origin] = []
    for one in given.parts.values():
        value, origin = _read(each, one, faults)
        # One text may hold several.
        some = value if isinstance(value, tuple) else (value,)
        values += some if value is not None else ()
        origins += [origin] * len(some) if value is not None else ()
    is_whole = len(origins) >= len(given.parts)
    parts: dict[str | int, Origin] = dict(enumerate(origins))
    origin = replace(given.origin, parts=parts, is_whole=is_whole)
    return (None if given.parts and not values else tuple(values)), origin


def _read_struct(row: Setting, given: Given, faults: list[Fault]) -> Reading:
    """Return a table from its keys, with the place of each."""
    struct: type[msgspec.Struct] = row.struct or msgspec.Struct
    rows = table_of(struct)
    before = len(faults)
    values, origins = read_table(rows, [given], faults, {})
    for each in _missing(rows, origins):
        shown = "..." if each.kind.take_number else f'"{each.metavar}"'
        what = f"no {each.key}; valid: {each.key} = {shown}"
        faults.append(Fault(given.origin, None, what))
    origin = replace(given.origin, parts=dict(origins.items()))
    is_valid = len(faults) == before and len(values) == len(rows)
    return (struct(**values) if is_valid else None), origin


def _missing(rows: Iterable[Setting], origins: Origins) -> list[Setting]:
    """Return what must be given and is not."""
    return [
        row for row in rows if row.is_required and origins[row.key].source == "default"
    ]
