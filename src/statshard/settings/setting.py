"""Setting: one entry of the table of settings.

An entry stands as the annotation of a field of a settings struct, so the struct is the
table: the field's name is the key, its type the value's.

    workers: Annotated[int, Setting(kinds.whole(1, 64), unit="threads", help="...")]

From these entries come the TOML reader, environment names, flags and their help,
`check`, the JSON Schema, the page, the example files and the man pages. Must not know:
which settings there are, sources, the command line.
"""

import contextlib
import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, get_type_hints

import msgspec

from statshard.settings.kinds import Kind

ENVIRONMENT_PREFIX = "STATSHARD_"

Struct = TypeVar("Struct", bound=msgspec.Struct)

Values = Mapping[str, Any]  # Any: by key, the types are those of the settings' fields


def nothing(_values: Values) -> None:
    """Follow from nothing: a setting that may be absent, and is None then."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry; `table_of` fills in the key."""

    kind: Kind
    unit: str
    help: str
    default: str | None = None  # as text
    # Where there is no default: what holds, by the other settings of its table that
    # are valid, and `usable_cpus`. It may raise KeyError where one of them is not.
    follows: Callable[[Values], Any] | None = None
    default_help: str = ""  # what that is, a sentence
    is_list: bool = False
    # The value is a table of these keys: [key] of a file, or [[key]] for a list; within
    # another table, key = { ... }. The kind is its form as one text.
    struct: type[msgspec.Struct] | None = None
    is_secret: bool = False  # KEY_file names a file that holds it; never shown
    since: str = "0.1"
    key: str = ""

    @property
    def flag(self) -> str:
        """The setting on a command line."""
        return flag_of(self.key)

    @property
    def variable(self) -> str:
        """The setting in the environment."""
        return variable_of(self.key)

    @property
    def metavar(self) -> str:
        """What stands for the value in help; empty: the flag has none."""
        return self.kind.metavar

    @property
    def is_required(self) -> bool:
        """Whether it must be given: it has no default, and follows from no other."""
        is_single = not self.is_list and self.struct is None
        return is_single and self.default is None and self.follows is None

    @property
    def full_help(self) -> str:
        """The help, with the default; what is only on or off is off unless given."""
        if self.default is None or not self.metavar:
            return f"{self.help} {self.default_help}".rstrip()
        return f"{self.help} [default: {self.default}]"


def flag_of(key: str) -> str:
    """Return a key as a flag."""
    return "--" + key.replace("_", "-")


def variable_of(key: str) -> str:
    """Return a key as a variable."""
    return ENVIRONMENT_PREFIX + key.upper()


@functools.cache
def table_of(struct: type[msgspec.Struct]) -> tuple[Setting, ...]:
    """Return the entries of a settings struct, in the order of its fields."""
    hints = get_type_hints(struct, include_extras=True)
    return tuple(
        replace(row, key=key)
        for key, hint in hints.items()
        for row in getattr(hint, "__metadata__", ())
        if isinstance(row, Setting)
    )


def default_of(row: Setting, known: Values) -> Any:  # noqa: ANN401 -- the field's type
    """Return what holds where a setting is not given, beside the values known.

    Raises KeyError where it follows from one that is not known.
    """
    if row.default is not None:
        value = row.kind.read(row.default)
        return (value,) if row.is_list else value
    if row.follows is not None:
        return row.follows(known)
    if row.struct is not None and not row.is_list:
        return build(row.struct, {})
    return () if row.is_list else None


def with_defaults(
    rows: Iterable[Setting], values: Values, facts: Values
) -> dict[str, Any]:  # Any: as Values
    """Return the values, with those of `rows` that are not given.

    One that follows from a setting that is not there is left out. `facts` are not
    settings, but some follow from them.
    """
    known = dict(values)
    # What follows from others comes behind them.
    for row in sorted(rows, key=lambda row: row.follows is not None):
        with contextlib.suppress(KeyError):
            known[row.key] = default_of(row, {**facts, **known})
    return known


def build(struct: type[Struct], values: Values) -> Struct:
    """Return a table of these values, defaults for the others.

    Raises ValueError that says which must be given.
    """
    rest = [row for row in table_of(struct) if row.key not in values]
    for row in rest:
        if row.is_required:
            raise ValueError(f"no {row.key}; valid: {row.key}={row.metavar}")
    return struct(**with_defaults(rest, values, {}))
