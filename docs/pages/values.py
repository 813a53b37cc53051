"""Values: what a setting may be, in words, and its default as TOML has it.

Both follow from the setting's kind. Must not know: which settings there are.
"""

from statshard.settings.kinds import Schema
from statshard.settings.reading import SIZES, shortest
from statshard.settings.setting import Setting
from statshard.settings.show import literal

BINARY = ("GiB", "MiB", "KiB")


def describe_valid(row: Setting) -> str:
    """Return what a setting's value may be; the unit of a number is not told."""
    schema = row.kind.schema
    if "enum" in schema:
        return ", ".join(f"`{name}`" for name in schema["enum"])
    if "minimum" in schema:
        lowest, highest = schema["minimum"], schema["maximum"]
        show = _show_size if row.unit == "bytes" else _show_number
        return f"{show(lowest)} to {show(highest)}"
    if "exclusiveMinimum" in schema:
        return f"above {schema['exclusiveMinimum']}"
    return "true, false" if schema["type"] == "boolean" else f"`{row.metavar}`"


def default_as_toml(row: Setting) -> str:
    """Return the default as it stands in a file; raises ValueError where none is."""
    if row.default is None:
        raise ValueError(f"{row.key} has no default")
    shown = literal(row.kind.show(row.kind.read(row.default)))
    if _takes_both(row.kind.schema) and row.default[-1:].isalpha():
        shown = literal(row.default)
    return f"[{shown}]" if row.is_list else shown


def _takes_both(schema: Schema) -> bool:
    """Tell whether TOML may hold a number, and a text with a unit."""
    return isinstance(schema["type"], list)


def _show_size(octets: int) -> str:
    """Return a number of bytes as people write it: 8MiB."""
    for unit in BINARY:
        if octets % SIZES[unit] == 0:
            return f"{octets // SIZES[unit]}{unit}"
    return str(octets)


def _show_number(number: float) -> str:
    """Return a number as people write it: 5, not 5.0."""
    return str(shortest(number))
