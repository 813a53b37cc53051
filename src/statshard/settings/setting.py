"""Setting: one entry of the table of settings.

An entry stands as the annotation of a field of a settings struct, so the struct is the
table: the field's name is the key, its type the value's.

    workers: Annotated[int, Setting(kinds.whole(1, 64), unit="threads", help="...")]

From these entries come the TOML reader, environment names, flags and their help,
`check`, the JSON Schema, the page, the example files and the man page. Must not know:
which settings there are, sources, the command line.
"""

from dataclasses import dataclass, replace
from typing import get_type_hints

import msgspec

from statshard.settings.kinds import Kind

ENVIRONMENT_PREFIX = "STATSHARD_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry; `table_of` fills in the key."""

    kind: Kind
    unit: str
    help: str
    default: str | None = None  # as text; None: must be given, or follows from others
    default_help: str = ""  # what happens where it is None, a sentence
    is_list: bool = False
    # Of a list: the array of tables that holds it in a file, such as [[backend]].
    entries: type[msgspec.Struct] | None = None
    is_secret: bool = False  # KEY_file names a file that holds it; never shown
    since: str = "0.1"
    key: str = ""

    @property
    def flag(self) -> str:
        """The setting on a command line."""
        return "--" + self.key.replace("_", "-")

    @property
    def variable(self) -> str:
        """The setting in the environment."""
        return ENVIRONMENT_PREFIX + self.key.upper()

    @property
    def metavar(self) -> str:
        """What stands for the value in help; empty: the flag has none."""
        return self.kind.metavar

    @property
    def is_required(self) -> bool:
        """Whether it must be given: it has no default, and follows from no other."""
        return self.default is None and not self.default_help

    @property
    def full_help(self) -> str:
        """The help, with the default."""
        if self.default is None:
            return f"{self.help} {self.default_help}".rstrip()
        return f"{self.help} [default: {self.default}]"


def table_of(struct: type[msgspec.Struct]) -> tuple[Setting, ...]:
    """Return the entries of a settings struct, in the order of its fields."""
    hints = get_type_hints(struct, include_extras=True)
    return tuple(
        replace(row, key=key)
        for key, hint in hints.items()
        for row in getattr(hint, "__metadata__", ())
        if isinstance(row, Setting)
    )
