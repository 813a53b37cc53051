"""Show: settings as the TOML that reads as the same settings. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from statshard.settings.given import Origin
from statshard.settings.section import Origins, Section
from statshard.settings.setting import Setting, table_of

Plain = dict[str, object]  # what TOML or JSON holds, by key


def as_plain(rows: Iterable[Setting], settings: msgspec.Struct) -> Plain:
    """Return what TOML or JSON holds for each key; of a secret, nothing.

    None: the setting is absent, which only JSON has a word for.
    """
    return {
        row.key: _show(row, getattr(settings, row.key))
        for row in rows
        if not row.is_secret
    }


def _show(row: Setting, value: Any) -> object:  # noqa: ANN401 -- the type of the field
    """Return what TOML or JSON holds for a value."""
    if value is None:
        return None
    if row.is_list:
        each = replace(row, is_list=False)
        return [_show(each, one) for one in value]
    if row.struct is not None:
        return as_plain(table_of(row.struct), value)
    return row.kind.show(value)


def origins_as_plain(origin: Origin) -> object:
    """Return where a value comes from, and each of its parts, as JSON has them."""
    if not origin.parts:
        return str(origin)
    parts = {key: origins_as_plain(part) for key, part in origin.parts.items()}
    return list(parts.values()) if 0 in parts else parts


def as_toml(
    section: Section[Any],  # Any: settings of any command
    settings: msgspec.Struct,
    origins: Origins | None = None,
) -> str:
    """Return a file's text; with `origins`, each line says whence its value is."""
    plain = as_plain(section.rows, settings)
    notes = (
        Origin("default", parts=dict(origins.items())) if origins is not None else None
    )
    lines = [f"[{section.name}]"]
    lines += _show_keys(section.plain_rows, plain, notes)
    for row in section.table_rows:  # behind the section, which they end
        value, note = plain[row.key], notes and notes.of(row.key)
        if row.is_list and isinstance(value, list):
            for index, entry in enumerate(value):
                one = note and note.of(index)
                lines += ["", f"[[{row.key}]]{_note(one)}"]
                lines += _show_keys(_rows_of(row), entry, one)
        elif isinstance(value, dict):
            lines += ["", f"[{row.key}]{_note(note)}"]
            lines += _show_keys(_rows_of(row), value, note)
    return "\n".join(lines) + "\n"


def _rows_of(row: Setting) -> tuple[Setting, ...]:
    """Return the keys of a row that is a table."""
    return table_of(row.struct) if row.struct else ()


def _show_keys(
    rows: Iterable[Setting], plain: Mapping[str, object], notes: Origin | None
) -> list[str]:
    """Return the lines of a table's keys; what is absent or empty has none."""
    return [
        f"{row.key} = {literal(plain[row.key])}{_note(notes and notes.of(row.key))}"
        for row in rows
        if plain.get(row.key) not in (None, [])
    ]


def _note(origin: Origin | None) -> str:
    """Return where a value comes from as a comment: each place of its parts once."""
    if origin is None:
        return ""
    parts = [part for index, part in origin.parts.items() if isinstance(index, int)]
    places = dict.fromkeys(str(one) for one in parts or [origin])
    return f"  # {', '.join(places)}"


def literal(plain: object) -> str:
    """Return a value as TOML has it: a text quoted and escaped, a number plain."""
    if isinstance(plain, list):
        return f"[{', '.join(map(literal, plain))}]"
    if isinstance(plain, dict):
        shown = [
            f"{key} = {literal(one)}" for key, one in plain.items() if one is not None
        ]
        return f"{{ {', '.join(shown)} }}" if shown else "{}"
    if isinstance(plain, str):
        # TOML's basic strings are JSON's; what moves a terminal is escaped in both.
        return "".join(map(_escape, json.dumps(plain, ensure_ascii=False)))
    if isinstance(plain, bool):
        return str(plain).lower()
    return repr(plain)


def _escape(character: str) -> str:
    """Return a character as a basic string has it: escaped unless it is printable."""
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 1 << 16 else f"\\U{number:08x}"
