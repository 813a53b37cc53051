"""Kinds: what a setting's value may be, read from text and from TOML.

    text   flags, the environment, config.ini, strings of TOML      read(text)
    plain  a number or a boolean of TOML, in the unit of its key     take(plain)

A reader returns the value or raises ValueError that says what is valid; the caller adds
where the value stood. `show` is the way back: what TOML holds for a value. Sizes and
times are written as people do ("8MiB", "5ms"). Must not know: keys, sources, sockets.
"""

import difflib
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from statshard.settings import reading
from statshard.settings.later import UNSUPPORTED
from statshard.settings.reading import NUMBER, SECONDS, SIZES

Plain = int | float | bool
Schema = Mapping[str, Any]  # Any: what JSON holds


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value; Any is its type, which the settings' fields name."""

    read: Callable[[str], Any]
    metavar: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    show: Callable[[Any], object] = str
    # None: in TOML only as a string.
    take_number: Callable[[float], Any] | None = None

    def take(self, plain: object) -> Any:  # noqa: ANN401 -- the kind's own type
        """Return the value of what TOML holds; raises ValueError for another type."""
        if isinstance(plain, str):
            if self.schema.get("type") in ("integer", "number", "boolean"):
                raise ValueError(f"a text; valid: {self.valid_type}, without quotes")
            return self.read(plain)
        if isinstance(plain, bool):
            if self.schema.get("type") == "boolean":
                return plain
        elif isinstance(plain, (int, float)) and self.take_number is not None:
            return self.take_number(plain)
        raise ValueError(f"{_name_type(plain)}; valid: {self.valid_type}")

    @property
    def valid_type(self) -> str:
        """What TOML may hold, in words."""
        words = {
            "integer": "a whole number",
            "number": "a number",
            "boolean": "true or false",
        }
        kind = self.schema.get("type", "string")
        if isinstance(kind, list):
            return f'a number, or a text such as "{self.schema["examples"][0]}"'
        names = ", ".join(self.schema.get("enum", ()))
        text = 'a text, in quotes: "..."'
        return words.get(kind, f"{text}; one of {names}" if names else text)


def text(
    read: Callable[[str], Any], metavar: str, show: Callable[[Any], object] = str
) -> Kind:
    """Return the kind of a text that a function reads."""
    return Kind(read, metavar, show=show)


def choice(
    names: Collection[str], metavar: str, *, later: Collection[str] = ()
) -> Kind:
    """Return the kind of one of some names; a later version will know those `later`."""

    def read(text: str) -> str:
        if text in names:
            return text
        valid = ", ".join(names)
        if text in later:
            raise ValueError(f"{UNSUPPORTED}; valid: {valid}")
        raise ValueError(f"{guess(text, names)}valid: {valid}")

    return Kind(read, metavar, {"type": "string", "enum": list(names)})


def whole(lowest: int, highest: int, metavar: str = "N") -> Kind:
    """Return the kind of a whole number within bounds."""
    valid = f"valid: a whole number from {lowest} to {highest}"

    def take(number: float) -> int:
        if not isinstance(number, int) or not lowest <= number <= highest:
            raise ValueError(valid)
        return number

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < len(str(1 << 64))):
            raise ValueError(valid)
        return take(int(text))

    schema = {"type": "integer", "minimum": lowest, "maximum": highest}
    return Kind(read, metavar, schema, show=int, take_number=take)


def positive(metavar: str) -> Kind:
    """Return the kind of a finite number above 0."""

    def take(number: float) -> float:
        if not 0 < number <= sys.float_info.max:
            raise ValueError("valid: a number above 0")
        return float(number)

    schema = {"type": "number", "exclusiveMinimum": 0}
    return Kind(
        reading.positive, metavar, schema, show=reading.shortest, take_number=take
    )


def size(lowest: int, highest: int, metavar: str = "SIZE") -> Kind:
    """Return the kind of a number of bytes within bounds."""

    def take(number: float | Fraction) -> int:
        if not lowest <= number <= highest or number != int(number):
            raise ValueError(f"valid: {lowest} to {highest} bytes")
        return int(number)

    def read(text: str) -> int:
        match = NUMBER.fullmatch(text)
        if not match or match[2] not in SIZES:
            raise ValueError(
                "valid: bytes, or a number with kB, MB, GB, KiB, MiB or GiB, "
                "for example 8MiB"
            )
        return take(reading.scaled(match[1], SIZES[match[2]]))

    schema = {
        "type": ["integer", "string"],
        "minimum": lowest,
        "maximum": highest,
        "pattern": _pattern(SIZES),
        "examples": ["8MiB"],
    }
    return Kind(read, metavar, schema, show=int, take_number=take)


def duration(unit: str, lowest: float, highest: float, metavar: str = "TIME") -> Kind:
    """Return the kind of a time within bounds, in `unit`."""

    def take(number: float) -> float:
        if not lowest <= number <= highest:
            raise ValueError(f"valid: {lowest:g} to {highest:g} {unit}")
        return float(number)

    def read(text: str) -> float:
        match = NUMBER.fullmatch(text)
        if not match or (match[2] or unit) not in SECONDS:
            raise ValueError(
                f"valid: a number of {unit}, or one with us, ms, s, m or h, "
                "for example 5ms"
            )
        seconds = reading.scaled(match[1], SECONDS[match[2] or unit])
        return take(float(seconds / Fraction(repr(SECONDS[unit]))))

    schema = {
        "type": ["number", "string"],
        "minimum": lowest,
        "maximum": highest,
        "pattern": _pattern(["", *SECONDS]),
        "examples": ["5ms"],
    }
    return Kind(read, metavar, schema, show=reading.shortest, take_number=take)


def switch() -> Kind:
    """Return the kind of what is on or off; as a flag it has no value."""
    words = {"true": True, "1": True, "false": False, "0": False}

    def read(text: str) -> bool:
        if text not in words:
            raise ValueError("valid: true or false")
        return words[text]

    return Kind(read, "", {"type": "boolean"}, show=bool)


def read_path(text: str) -> str:
    """Read the path of a file, which need not be there; UTF-8, as settings are."""
    is_utf8 = not any("\ud800" <= character <= "\udfff" for character in text)
    if not text or "\0" in text or not is_utf8:
        raise ValueError("valid: the path of a file, in UTF-8")
    return text


def guess(text: str, names: Collection[str]) -> str:
    """Return "did you mean ...? " where one of some names is like a text.

    Capitals or not is no difference.
    """
    by_folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(text.casefold(), by_folded, 1)
    return f"did you mean {by_folded[near[0]]}? " if near else ""


def _pattern(units: Collection[str]) -> str:
    """Return the expression, as JSON Schema has it, of a number with one of the units.

    It is no narrower than NUMBER and the look into the units are.
    """
    return rf"^\d+(\.\d+)?\s*({'|'.join(units)})$"


def _name_type(plain: object) -> str:
    """Return what TOML calls a value."""
    names = {
        bool: "a bool",
        int: "a number",
        float: "a number",
        list: "an array",
        dict: "a table",
    }
    return names.get(type(plain), "a date or time")
