"""Given: what one source says, as it was written, and where.

    Origin   where a value stands: a flag, a variable, a line of a file, or nowhere
    Raw      a value as it stands there, and its origin
    Given    key -> Raw (Raws, for a list), of one source

A reader of a source (flags, environment, toml_file, ini_file) makes a Given and judges
only its form; effective.py reads the values. Must not know: what is valid.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from statshard.settings.reading import LONGEST, cut, printable, quoted


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value stands."""

    source: str  # default, file, environment, flag
    place: str  # statshard.toml:12; STATSHARD_WORKERS; --workers; "" for a default
    key: str = ""  # as the file has it, such as proxy.workers

    def say(self, value: object) -> str:
        """Return the place, key and value, as an error begins."""
        if self.source == "file":
            return f"{self.place}: {self.key} = {show_plain(value)}"
        return f"{self.place} {quoted(str(value))}"

    def __str__(self) -> str:
        return self.place or self.source


DEFAULT = Origin("default", "")


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as it was written."""

    value: object  # a text; of a TOML file, whatever it holds
    origin: Origin
    is_text: bool = True  # False: of a TOML file, whose types count


# A list's element is a Raw, or for an array of tables the Raws by key of one table.
Entry = Mapping[str, Raw]
Rows = tuple[Raw | Entry, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What one source says; what is not there was not given."""

    values: Mapping[str, Raw] = field(default_factory=dict)
    lists: Mapping[str, Rows] = field(default_factory=dict)


def show_plain(value: object) -> str:
    """Return a value of a TOML file as it could stand there, cut where it is long."""
    if isinstance(value, float):
        return repr(value)  # nan and inf are not JSON's
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "..."
    except TypeError:  # a date, a time, or a table with one
        text = str(value)
    except ValueError:  # a whole number of more digits than Python writes
        text = hex(value) if isinstance(value, int) else "..."
    return cut(printable(text[: LONGEST + 1]))


def show_key(key: str) -> str:
    """Return a key of a TOML file as it could stand there, cut where it is long."""
    is_bare = _BARE.fullmatch(key) and len(key) <= LONGEST
    return key if is_bare else show_plain(key)


_BARE = re.compile(r"[A-Za-z0-9_-]+")
