"""Section: the settings of one command, as every source and every page takes them.

    name      the table of a file that holds its plain keys: [proxy]
    struct    its settings; those that are tables stand beside it: [[backend]]
    rules     what its settings must not be beside each other

A command adds its own by a struct and a Section, and a row of SECTIONS (sections.py).
Must not know: which sections there are, sources.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic

from statshard.settings.fault import Fault
from statshard.settings.given import Origin
from statshard.settings.secrets import with_files
from statshard.settings.setting import Setting, Struct, Values, table_of

Origins = Mapping[str, Origin]  # by key


@dataclass(frozen=True, slots=True)
class Rule:
    """What is wrong between settings that are each valid."""

    needs: tuple[str, ...]  # keys: it is asked where these are valid
    # Of a list only the valid elements are there, and their origins beside them.
    find: Callable[[Values, Origins], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class Section(Generic[Struct]):
    """The table of one command's settings."""

    name: str
    command: str  # whose settings they are: "statshard run"
    struct: type[Struct]
    rules: tuple[Rule, ...] = ()

    @property
    def rows(self) -> tuple[Setting, ...]:
        """Its entries, in order."""
        return table_of(self.struct)

    @property
    def input_rows(self) -> tuple[Setting, ...]:
        """Its entries, and a key for the file of each secret."""
        return with_files(self.rows)

    @property
    def plain_rows(self) -> tuple[Setting, ...]:
        """Those that are keys of the section's own table in a file."""
        return tuple(row for row in self.input_rows if row.struct is None)

    @property
    def table_rows(self) -> tuple[Setting, ...]:
        """Those that are tables of a file beside it."""
        return tuple(row for row in self.rows if row.struct is not None)
