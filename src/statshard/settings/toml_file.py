"""TOML file: the native format into what is given.

    [proxy]        the settings' keys
    [[backend]]    a list's entries, each a table of the keys of its own struct

Whatever is in the file is read or refused: an unknown table or key, a wrong shape, a
file that is none (a folder, too long, not UTF-8). Must not know: what values are valid.
"""

import re
import sys
import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from statshard.errors import SettingsError
from statshard.settings.given import Entry, Given, Origin, Raw, Rows, show_key
from statshard.settings.kinds import guess
from statshard.settings.reading import cut, printable
from statshard.settings.setting import Setting, table_of
from statshard.settings.toml_places import find_places, maybe_find_repeated

BYTES_MAX = 1 << 20  # of a settings file
LATER = "not supported by this version"
# Tables and keys that later versions will know.
LATER_TABLES = ("on_backend_down", "group", "server", "sink", "rule")
LATER_KEYS = {
    "proxy": ("drain_s", "admin", "control", "segmentation", "hash_prefix"),
    "backend": ("group", "health", "protocol"),
}

Found = Mapping[str, Any]  # Any: what TOML holds


def read_text(path: str) -> str:
    """Return a settings file's text.

    Raises SettingsError, one line, for what cannot be read as one.
    """
    shown = printable(path)
    try:
        with Path(path).open("rb") as file:
            octets = file.read(BYTES_MAX + 1)
    except OSError as fault:
        raise SettingsError(f"{shown}: cannot be read: {fault.strerror}") from fault
    except ValueError as fault:  # a NUL, or a character that no path has
        raise SettingsError(f"{shown}: no path of a file") from fault
    return decode(shown, octets)


def decode(shown: str, octets: bytes) -> str:
    """Return the text that a file's bytes are, of which BYTES_MAX + 1 are enough.

    Raises SettingsError, one line, for what cannot be read as one.
    """
    if len(octets) > BYTES_MAX:
        raise SettingsError(f"{shown}: longer than {BYTES_MAX} bytes: no settings file")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = octets.count(b"\n", 0, fault.start) + 1
        raise SettingsError(
            f"{shown}:{line}: not UTF-8: byte 0x{octets[fault.start]:02x}"
        ) from fault
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise SettingsError(f"{shown}:{line}: a NUL byte: no settings file")
    if text.startswith("\ufeff"):
        raise SettingsError(f"{shown}:1: a byte order mark; valid: UTF-8 without it")
    return text


def read_toml(
    path: str, text: str, table: Sequence[Setting], faults: list[str]
) -> Given:
    """Return what a TOML text says; add to `faults` what has no place in it.

    Raises SettingsError for what is no TOML. `path` is as errors show it.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(_tell(path, text, str(fault))) from fault
    except RecursionError as fault:
        raise SettingsError(f"{path}: nested too deeply") from fault
    except ValueError as fault:
        what = f"a number of more digits than {sys.get_int_max_str_digits()}"
        raise SettingsError(f"{path}: {what}") from fault
    return _Reader(path, find_places(text), faults).read(found, table)


class _Reader:
    """The walk through one file."""

    def __init__(
        self, path: str, places: Mapping[tuple[str | int, ...], int], faults: list[str]
    ) -> None:
        self.path = path
        self.places = places
        self.faults = faults

    def read(self, found: Found, table: Sequence[Setting]) -> Given:
        """Return what the file says."""
        arrays = {row.key: row.entries for row in table if row.entries is not None}
        tables = ("proxy", *arrays)
        values: dict[str, Raw] = {}
        lists: dict[str, Rows] = {}
        for name, inside in found.items():
            if name == "proxy" and isinstance(inside, dict):
                rows = [row for row in table if row.entries is None]
                values, found_lists = self._read_table(inside, rows)
                lists |= found_lists
            elif name in arrays and _is_tables(inside):
                entries = table_of(arrays[name])
                lists[name] = tuple(
                    self._read_entry(name, index, one, entries)
                    for index, one in enumerate(inside)
                )
            elif name in tables:
                shape = "a table: [proxy]" if name == "proxy" else f"tables: [[{name}]]"
                self._blame((name,), f"valid: {shape}")
            elif name in {row.key for row in table}:
                self._blame((name,), "a key of [proxy]; valid: below that line")
            else:
                self._blame((name,), _unknown("table", name, tables, LATER_TABLES))
        return Given(values, lists)

    def _read_table(
        self, inside: Found, rows: Sequence[Setting]
    ) -> tuple[dict[str, Raw], dict[str, Rows]]:
        """Return the values and the lists of [proxy]."""
        known = {row.key: row for row in rows}
        values: dict[str, Raw] = {}
        lists: dict[str, Rows] = {}
        for key, value in inside.items():
            path = ("proxy", key)
            if key not in known:
                later = LATER_KEYS["proxy"]
                self._blame(path, _unknown("key", key, known, later))
            elif not known[key].is_list:
                values[key] = self._raw(path, value)
            elif isinstance(value, list) and value:
                lists[key] = tuple(self._raw(path, each) for each in value)
            else:
                self._blame(path, f'valid: an array: {key} = ["...", "..."]', value)
        return values, lists

    def _read_entry(
        self, name: str, index: int, inside: Found, rows: Sequence[Setting]
    ) -> Entry:
        """Return one table of an array."""
        known = [row.key for row in rows]
        entry = {"": self._raw((name, index), None)}  # where it stands
        for key, value in inside.items():
            path = (name, index, key)
            if key in known:
                entry[key] = self._raw(path, value)
            else:
                later = LATER_KEYS.get(name, ())
                self._blame(path, _unknown("key", key, known, later))
        return entry

    def _raw(self, path: tuple[str | int, ...], value: object) -> Raw:
        """Return a value with its place."""
        return Raw(value, self._origin(path), is_text=False)

    def _origin(self, path: tuple[str | int, ...]) -> Origin:
        """Return where a path stands."""
        # What stands in a value has the line of that; [[proxy]] that of its first.
        nearest = [path[:end] for end in range(len(path), 0, -1)] + [(*path, 0)]
        lines = [self.places[one] for one in nearest if one in self.places]
        place = f"{self.path}:{lines[0]}" if lines else self.path
        return Origin("file", place, _show_path(path))

    def _blame(
        self, path: tuple[str | int, ...], what: str, value: object = None
    ) -> None:
        """Add a fault."""
        origin = self._origin(path)
        place = origin.say(value) if value is not None else f"{origin}: {origin.key}"
        self.faults.append(f"{place}: {what}")


def _tell(path: str, text: str, fault: str) -> str:
    """Return what is said of a text that is no TOML, by the parser's words."""
    what, found, where = fault.rpartition(" (at ")
    numbers = re.match(r"line (\d+), column", where)
    if not found or numbers is None:
        line = text.count("\n") + 1
        return f"{path}:{line}: no valid TOML: {cut(what or fault)}"
    line = int(numbers[1])
    if re.search("overwrite|twice|Duplicate", what):
        repeated = maybe_find_repeated(text, line)
        if repeated:
            key = _show_path(repeated[0])
            return f"{path}:{line}: {key}: stands on line {repeated[1]} already"
    return f"{path}:{line}: no valid TOML: {cut(what)} ({where}"


def _show_path(path: tuple[str | int, ...]) -> str:
    """Return a path as dotted keys."""
    return ".".join(show_key(part) for part in path if isinstance(part, str))


def _is_tables(inside: object) -> bool:
    """Tell whether a value is an array of tables."""
    return isinstance(inside, list) and all(isinstance(one, dict) for one in inside)


def _unknown(
    what: str, name: str, known: Collection[str], later: Collection[str]
) -> str:
    """Return what is said of a name that is none."""
    valid = f"valid: {', '.join(known)}"
    if name in later:
        return f"{LATER}; {valid}"
    return f"no such {what}; {guess(name, known)}{valid}"
