"""Schema: the JSON Schema (draft 2020-12) of a settings file, from the table. Pure.

It describes what TOML holds, which is what JSON holds but for dates. It accepts all
that the reader accepts and refuses what has another shape, type or key; what a text
means (an address, a size with its unit) and what settings say of each other only the
reader judges.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from statshard.settings.model import PROXY
from statshard.settings.secrets import with_files
from statshard.settings.setting import Setting, table_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]  # Any: what JSON holds


def as_schema() -> Schema:
    """Return the schema of a file, made of what JSON holds."""
    plain = [row for row in with_files(PROXY) if row.entries is None]
    properties: Schema = {"proxy": _table(plain, "What the proxy goes by.")}
    for row in PROXY:
        if row.entries is not None:
            properties[row.key] = _array(_entry(row, row.entries))
    return {
        "$schema": DIALECT,
        "title": "Settings of statshard",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _array(items: Schema) -> Schema:
    """Return the schema of a list; where nothing is meant, the key is left out."""
    return {"type": "array", "items": items, "minItems": 1}


def _entry(row: Setting, struct: type[msgspec.Struct]) -> Schema:
    """Return the schema of one table of an array: no other source adds keys to it."""
    rows = table_of(struct)
    required = [each.key for each in rows if each.is_required]
    return _table(rows, row.help) | {"required": required}


def _table(rows: Iterable[Setting], description: str) -> Schema:
    """Return the schema of a TOML table with these keys."""
    return {
        "type": "object",
        "description": description,
        "properties": {row.key: _property(row) for row in rows},
        "additionalProperties": False,
    }


def _property(row: Setting) -> Schema:
    """Return the schema of a key, with its help, unit and default."""
    value = dict(row.kind.schema)
    schema: Schema = _array(value) if row.is_list else value
    schema["description"] = describe(row)
    if row.default is not None:
        default = row.kind.show(row.kind.read(row.default))
        schema["default"] = [default] if row.is_list else default
    return schema


def describe(row: Setting) -> str:
    """Return the help in full sentences, with the unit of a number."""
    is_number = row.kind.take_number is not None and row.unit
    words = [row.help, f"Unit: {row.unit}." if is_number else "", row.default_help]
    return " ".join(word for word in words if word)
