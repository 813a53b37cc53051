"""Schema: the JSON Schema (draft 2020-12) of a settings file, from the table. Pure.

It describes what TOML holds, which is what JSON holds but for dates. It accepts all
that the reader accepts and refuses what has another shape, type or key; what a text
means (an address, a size with its unit) and what settings say of each other only the
reader judges.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from statshard.settings.secrets import with_files
from statshard.settings.section import Section
from statshard.settings.sections import SECTIONS
from statshard.settings.setting import Setting, table_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]  # Any: what JSON holds


def as_schema(
    sections: Iterable[Section[Any]] = SECTIONS,
) -> Schema:  # Any: each its own
    """Return the schema of a file, made of what JSON holds."""
    properties: Schema = {}
    for section in sections:
        what = f"What `{section.command}` goes by."
        properties[section.name] = _table(section.plain_rows, what)
        for row in section.table_rows:
            properties[row.key] = _property(row)
    return {
        "$schema": DIALECT,
        "title": "Settings of statshard",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _table(rows: Iterable[Setting], description: str) -> Schema:
    """Return the schema of a TOML table with these keys."""
    return {
        "type": "object",
        "description": description,
        "properties": {row.key: _property(row) for row in rows},
        "additionalProperties": False,
    }


def _entry(struct: type[msgspec.Struct], description: str) -> Schema:
    """Return the schema of a table of a struct: no other source adds keys to it."""
    rows = table_of(struct)
    required = [each.key for each in rows if each.is_required]
    return _table(with_files(rows), description) | {"required": required}


def _property(row: Setting) -> Schema:
    """Return the schema of a key, with its help, unit and default."""
    if row.struct is not None:
        value = _entry(row.struct, row.help)
        return {"type": "array", "items": value} if row.is_list else value
    value = dict(row.kind.schema)
    if row.is_list:  # where nothing is meant, the key is left out
        value = {"type": "array", "items": value, "minItems": 1}
    value["description"] = describe(row)
    if row.default is not None:
        default = row.kind.show(row.kind.read(row.default))
        value["default"] = [default] if row.is_list else default
    return value


def describe(row: Setting) -> str:
    """Return the help in full sentences, with the unit of a number."""
    is_number = row.kind.take_number is not None and row.unit
    words = [row.help, f"Unit: {row.unit}." if is_number else "", row.default_help]
    return " ".join(word for word in words if word)
