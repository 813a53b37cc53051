"""Given: what one source says, as it was written, and where.

    Origin   where a value stands: a flag, a variable, a line of a file, or nowhere
    Raw      a value as it stands there, and its origin
    Given    a table or a list as it stands there: key or index -> Raw or Given

A reader of a source (flags, environment, toml_file, ini_file) makes a Given and judges
only its form; effective.py reads the values. Must not know: what is valid.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from statshard.settings.reading import LONGEST, cut, printable, quoted


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value stands, and where what is in it does."""

    source: str  # default, file, environment, flag
    name: str = ""  # statshard.toml; STATSHARD_WORKERS; --workers; "" for a default
    key: str = ""  # as the file has it, such as proxy.workers; of a default, its flag
    line: int = 0  # of a file, from 1; 0: of no line
    is_whole: bool = True  # of a list: all its elements are valid
    # Of a table by key, of a list by index; none: all of it stands in one place.
    parts: Mapping[str | int, "Origin"] = field(default_factory=dict, hash=False)

    def of(self, *path: str | int) -> "Origin":
        """Return where a part stands: the nearest that is known."""
        found = self
        for part in path:
            found = found.parts.get(part, found)
        return found

    def has_line_of(self, key: str) -> bool:
        """Tell whether a key of this table was given in a place of its own."""
        return key in self.parts and self.parts[key].source != "default"

    def say(self, value: object) -> str:
        """Return the place, key and value, as an error begins."""
        if self.source == "file":
            return f"{self.place}: {self.key} = {show_plain(value)}"
        return f"{self.place or self.key} {quoted(str(value))}"

    def say_key(self) -> str:
        """Return the place and the key, as an error begins that is of no value."""
        if self.source == "file" and self.key:
            return f"{self.place}: {self.key}"
        return self.place or self.key

    def as_record(self) -> dict[str, object]:
        """Return the place and the key as JSON has them: only what there is of each.

        The place is a `file` and its `line`, a `variable`, or a `flag`: of a default,
        the one that sets it.
        """
        name = {"file": "file", "environment": "variable"}.get(self.source, "flag")
        is_flag = self.source == "default" and not self.name
        record = {
            name: self.key if is_flag else self.name,
            "line": self.line,
            "key": "" if is_flag else self.key,
        }
        return {key: part for key, part in record.items() if part}

    @property
    def place(self) -> str:
        """The place alone: statshard.toml:12, a variable or a flag."""
        return f"{self.name}:{self.line}" if self.line else self.name

    def __str__(self) -> str:
        return self.place or self.source


DEFAULT = Origin("default")


JUDGED = object()  # stands for a value whose fault a reader has told already


@dataclass(frozen=True, slots=True)
class Raw:
    """A value as it was written."""

    value: object  # a text; of a TOML file, whatever it holds
    origin: Origin
    is_text: bool = True  # False: of a TOML file, whose types count


@dataclass(frozen=True, slots=True)
class Given:
    """A table (by key) or a list (by index) as it was written.

    What a source says is a table too; what is not there was not given.
    """

    parts: Mapping[str | int, "Raw | Given"] = field(default_factory=dict)
    origin: Origin = DEFAULT


def as_list(origin: Origin, raws: Iterable[Raw | Given]) -> Given:
    """Return a list of what was written, in order."""
    return Given(dict(enumerate(raws)), origin)


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


def as_json(value: object) -> object:
    """Return a value as JSON has it, or the text that shows it where JSON has none.

    A long one is cut.
    """
    if isinstance(value, str):
        return cut(value)
    is_plain = isinstance(value, int) and abs(value) < _JSON_MAX
    is_plain |= isinstance(value, float) and math.isfinite(value)
    return value if is_plain else show_plain(value)


def show_key(key: str) -> str:
    """Return a key of a TOML file as it could stand there, cut where it is long."""
    is_bare = _BARE.fullmatch(key) and len(key) <= LONGEST
    return key if is_bare else show_plain(key)


_JSON_MAX = 1 << 53  # below it every reader of JSON has whole numbers exactly
_BARE = re.compile(r"[A-Za-z0-9_-]+")
