"""TOML file: the native format into what is given.

    [proxy]        a section's keys
    [[backend]]    a list's entries, each a table of the keys of its own struct
    key = { ... }  a table within a table

Whatever is in the file is read or refused: an unknown table or key, a wrong shape, a
file that is none (a folder, too long, not UTF-8). Must not know: what values are valid.
"""

import re
import sys
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from statshard.errors import SettingsError
from statshard.settings.fault import FAULTS_MAX, Fault, no_file
from statshard.settings.given import JUDGED, Given, Origin, Raw, as_list, show_key
from statshard.settings.kinds import guess
from statshard.settings.later import TABLES, UNSUPPORTED, later
from statshard.settings.reading import cut, printable
from statshard.settings.secrets import with_files
from statshard.settings.section import Section
from statshard.settings.setting import Setting, table_of
from statshard.settings.toml_places import (
    PARTS_MAX,
    find_places,
    maybe_find_deep,
    maybe_find_repeated,
)

BYTES_MAX = 1 << 20  # of a settings file

Found = Mapping[str, Any]  # Any: what TOML holds
Path_ = tuple[str | int, ...]  # keys from the top; of a list, indices
Sections = Sequence[Section[Any]]  # Any: each has settings of its own


def read_text(path: str) -> str:
    """Return a settings file's text.

    Raises SettingsError, one line, for what cannot be read as one.
    """
    shown = printable(path)
    try:
        with Path(path).open("rb") as file:
            octets = file.read(BYTES_MAX + 1)
    except OSError as fault:
        raise no_file(shown, f"cannot be read: {fault.strerror}") from fault
    except ValueError as fault:  # a NUL, or a character that no path has
        raise no_file(shown, "no path of a file") from fault
    return decode(shown, octets)


def decode(shown: str, octets: bytes) -> str:
    """Return the text that a file's bytes are, of which BYTES_MAX + 1 are enough.

    Raises SettingsError, one line, for what cannot be read as one.
    """
    if len(octets) > BYTES_MAX:
        raise no_file(shown, f"longer than {BYTES_MAX} bytes: no settings file")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = octets.count(b"\n", 0, fault.start) + 1
        what = f"not UTF-8: byte 0x{octets[fault.start]:02x}"
        raise no_file(shown, what, line) from fault
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise no_file(shown, "a NUL byte: no settings file", line)
    if text.startswith("\ufeff"):
        raise no_file(shown, "a byte order mark; valid: UTF-8 without it", 1)
    return text


def read_toml(
    path: str, text: str, sections: Sections, faults: list[Fault]
) -> dict[str, Given]:
    """Return what a TOML text says, by section; add to `faults` what has no place.

    Raises SettingsError for what is no TOML. `path` is as errors show it.
    """
    line = maybe_find_deep(text)
    if line:  # on which the parser would be at work for minutes
        raise no_file(path, f"a key of more than {PARTS_MAX} parts", line)
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise _no_toml(path, text, str(fault)) from fault
    except RecursionError as fault:
        raise no_file(path, "nested too deeply") from fault
    except ValueError as fault:
        what = f"a number of more digits than {sys.get_int_max_str_digits()}"
        raise no_file(path, what) from fault
    return _Reader(path, find_places(text), faults, sections).read(found)


class _Reader:
    """The walk through one file."""

    def __init__(
        self,
        path: str,
        places: Mapping[Path_, int],
        faults: list[Fault],
        sections: Sections,
    ) -> None:
        self.path = path
        self.places = places
        self.faults = faults
        self.homes = {each.name: each for each in sections}
        homed = [(row.key, it.name) for it in sections for row in it.plain_rows]
        self.keys = dict(reversed(homed))  # of one that several have, the first
        self.tables = {row.key: (row, it) for it in sections for row in it.table_rows}

    def read(self, found: Found) -> dict[str, Given]:
        """Return what the file says: of each section its keys and its tables."""
        given: dict[str, dict[str | int, Raw | Given]] = {
            name: {} for name in self.homes
        }
        for name, inside in found.items():
            if name in self.homes and isinstance(inside, dict):
                rows = self.homes[name].plain_rows
                given[name] |= self._read_table((name,), inside, rows).parts
            elif name in self.homes:
                self._blame((name,), f"valid: a table: [{name}]", inside)
            elif name in self.tables:
                row, home = self.tables[name]
                given[home.name][name] = self._read_value((name,), inside, row)
            else:
                known = (*self.homes, *self.tables)
                what = self._unknown("table", name, known, TABLES)
                self._blame((name,), self._say_home(name, what))
        return {name: Given(parts) for name, parts in given.items()}

    def _read_table(self, path: Path_, inside: Found, rows: Iterable[Setting]) -> Given:
        """Return a table's keys."""
        known = {row.key: row for row in rows}
        place = ".".join(part for part in path if isinstance(part, str))
        parts: dict[str | int, Raw | Given] = {}
        for key, value in inside.items():
            if key not in known:
                what = self._unknown("key", key, known, place)
                is_later = key in later(place)
                self._blame(
                    (*path, key), what if is_later else self._say_home(key, what)
                )
                continue
            parts[key] = self._read_value((*path, key), value, known[key])
        return Given(parts, self._origin(path))

    def _read_value(self, path: Path_, value: object, row: Setting) -> Raw | Given:
        """Return the value of a key; one of a wrong shape is judged."""
        if row.is_list:
            return self._read_list(path, value, row)
        if row.struct is None:
            return Raw(value, self._origin(path), is_text=False)
        if isinstance(value, dict):
            return self._read_table(path, value, with_files(table_of(row.struct)))
        return self._judge(path, f"valid: a table: {row.key} = {{ ... }}", value)

    def _read_list(self, path: Path_, value: object, row: Setting) -> Raw | Given:
        """Return a list's elements; of tables it may be empty."""
        is_right = isinstance(value, list) and len(value) > 0
        valid = f'an array: {row.key} = ["...", "..."]'
        if row.struct is not None:
            is_right = _is_tables(value)
            valid = f"tables: [[{row.key}]]"
        if not isinstance(value, list) or not is_right:
            return self._judge(path, f"valid: {valid}", value)
        each = replace(row, is_list=False)
        ones = [
            self._read_value((*path, at), one, each) for at, one in enumerate(value)
        ]
        return as_list(self._origin(path), ones)

    def _unknown(self, what: str, name: str, known: Collection[str], place: str) -> str:
        """Return what is said of a name that is none at a place."""
        valid = f"valid: {', '.join(known)}"
        if name in later(place):
            return f"{UNSUPPORTED}; {valid}"
        # A guess takes its time, and of very many faults only the first are shown.
        near = guess(name, known) if len(self.faults) <= FAULTS_MAX else ""
        return f"no such {what}; {near}{valid}"

    def _say_home(self, name: str, otherwise: str) -> str:
        """Return where a key that stands in a wrong place belongs, if anywhere."""
        if name in self.keys:
            return f"a key of [{self.keys[name]}]; valid: below that line"
        if name in self.tables:
            row, _ = self.tables[name]
            head = f"[[{name}]]" if row.is_list else f"[{name}]"
            return f"a table of its own; valid: {head}"
        return otherwise

    def _origin(self, path: Path_) -> Origin:
        """Return where a path stands."""
        # What stands in a value has the line of that; [[proxy]] that of its first.
        nearest = [path[:end] for end in range(len(path), 0, -1)] + [(*path, 0)]
        lines = [self.places[one] for one in nearest if one in self.places]
        return Origin("file", self.path, _show_path(path), lines[0] if lines else 0)

    def _judge(self, path: Path_, what: str, value: object) -> Raw:
        """Add a fault of a value, and return what stands for it."""
        self._blame(path, what, value)
        return Raw(JUDGED, self._origin(path))

    def _blame(self, path: Path_, what: str, value: object = None) -> None:
        """Add a fault."""
        self.faults.append(Fault(self._origin(path), value, what))


def _no_toml(path: str, text: str, fault: str) -> SettingsError:
    """Return the error of a text that is no TOML, by the parser's words."""
    what, found, where = fault.rpartition(" (at ")
    numbers = re.match(r"line (\d+), column", where)
    if not found or numbers is None:
        line = text.count("\n") + 1
        return no_file(path, f"no valid TOML: {cut(what or fault)}", line)
    line = int(numbers[1])
    if re.search("overwrite|twice|Duplicate|mutate", what):
        repeated = maybe_find_repeated(text, line)
        if repeated:
            key = _show_path(repeated[0])
            told = f"{key}: stands on line {repeated[1]} already"
            return no_file(path, told, line)
    told = f"no valid TOML: {cut(what)} ({where}{_hint(text, line)}"
    return no_file(path, told, line)


# KEY = VALUE with a value that is neither in quotes nor an array or table.
_PLAIN = re.compile(r"[ \t]*([A-Za-z0-9_.-]+)[ \t]*=[ \t]*[^\s\"'#\[{]")


def _hint(text: str, line: int) -> str:
    """Return what is valid, where a text that is no TOML may lack its quotes.

    The value is not told: it may be a secret.
    """
    found = _PLAIN.match(text.split("\n")[line - 1])
    if found is None:
        return ""
    return (
        f'; valid: a text in quotes: {cut(found[1])} = "...", a number, true or false'
    )


def _show_path(path: Path_) -> str:
    """Return a path as dotted keys."""
    return ".".join(show_key(part) for part in path if isinstance(part, str))


def _is_tables(value: object) -> bool:
    """Tell whether a value is an array of tables."""
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)
