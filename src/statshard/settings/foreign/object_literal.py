"""Object literal: JavaScript's and JSON's notation of values, each with its line.

    /* comment */ { nodes: [ {host: 'a', "port": 8127}, ], n: 0x1f, }   // ...

Read, never run: what is no plain literal (a call, a variable, a sum, `...`) is refused
with its line and key. ECMA-262: 12 (lexical grammar), 13.2.5 (object initialisers).
Of JSON nothing is missing. Must not know: programs.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

DEEPEST = 32  # nested values
_DIGITS_MAX = 40  # of a whole number; one with more is beyond all bounds
_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NAME = re.compile(r"(?:[^\W\d]|[$])[\w$]*")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|' + r"'(?:[^'\\\n]|\\.)*'", re.DOTALL)
_NUMBER = re.compile(
    r"-?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+"
    r"|(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w$.])",
    re.ASCII,
)
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<wide>[0-9a-fA-F]{1,6})\}|u(?P<four>[0-9a-fA-F]{4})"
    r"|x(?P<two>[0-9a-fA-F]{2})|(?P<end>\r\n|[\n\r\u2028\u2029])|(?P<one>.))",
    re.DOTALL,
)
_ONES = {
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "0": "\0",
}
_WORDS = {"true": True, "false": False, "null": None}

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A value and its line; of an object, `pairs` in order, of an array, `values`."""

    line: int
    plain: Plain = None
    pairs: tuple[tuple[str, "Literal"], ...] | None = None
    values: tuple["Literal", ...] | None = None

    @property
    def shown(self) -> object:
        """The value as JSON would have it."""
        if self.pairs is not None:
            return {key: value.shown for key, value in self.pairs}
        if self.values is not None:
            return [value.shown for value in self.values]
        return self.plain


class LiteralError(ValueError):
    """What is no literal: its line, the key that it is of, and why."""

    def __init__(self, line: int, key: str, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.key = key


def read_literal(text: str, prefix: re.Pattern[str]) -> Literal:
    """Read a text that is one value, behind what `prefix` matches; raises LiteralError.

    Blanks and comments may stand around it, and one `;` behind it.
    """
    walk = _Walk(text)
    walk.skip()
    found = prefix.match(text, walk.at)
    walk.at = found.end() if found else walk.at
    literal = walk.value()
    walk.skip()
    walk.maybe_take(";")
    walk.skip()
    if walk.at < len(text):
        walk.fail("more behind the end of the value")
    return literal


@dataclass
class _Walk:
    """A place in the text, and the keys that lead to it."""

    text: str
    at: int = 0
    path: list[str] = field(default_factory=list)
    counted: int = 0
    line: int = 1

    def fail(self, why: str) -> NoReturn:
        """Refuse what stands here."""
        key = ".".join(self.path).replace(".[", "[")
        raise LiteralError(self.line_here(), key, why)

    def line_here(self) -> int:
        """Return the number of this line."""
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def skip(self) -> None:
        """Go on behind blanks and comments."""
        blank = _BLANK.match(self.text, self.at)
        self.at = blank.end() if blank else self.at
        if self.text.startswith("/*", self.at):
            self.fail("a comment without its end")

    def maybe_take(self, mark: str) -> bool:
        """Go on behind a mark, if it stands here."""
        is_here = self.text.startswith(mark, self.at)
        self.at += len(mark) * is_here
        return is_here

    def value(self) -> Literal:
        """Read what stands here."""
        self.skip()
        line = self.line_here()
        if len(self.path) > DEEPEST:
            self.fail(f"nested more than {DEEPEST} deep")
        if self.maybe_take("{"):
            return Literal(line, pairs=tuple(self.pairs()))
        if self.maybe_take("["):
            return Literal(line, values=tuple(self.values()))
        return Literal(line, self.plain())

    def pairs(self) -> Iterator[tuple[str, Literal]]:
        """Yield the keys and values of an object, up to its end."""
        while not self.is_end("}"):
            self.path.append(self.key())
            self.skip()
            if not self.maybe_take(":"):
                self.fail("no literal: a name needs a colon and a value")
            yield self.path[-1], self.value()
            self.comma("}")
            self.path.pop()

    def values(self) -> Iterator[Literal]:
        """Yield the values of an array, up to its end."""
        index = 0
        while not self.is_end("]"):
            self.path.append(f"[{index}]")
            yield self.value()
            self.comma("]")
            self.path.pop()
            index += 1

    def is_end(self, mark: str) -> bool:
        """Go on behind an end; tell whether it stood here."""
        self.skip()
        return self.maybe_take(mark)

    def comma(self, end: str) -> None:
        """Go on behind a comma, which only an end may stand in for."""
        self.skip()
        if not self.maybe_take(",") and not self.text.startswith(end, self.at):
            what = self.here() if self.at < len(self.text) else "the end of the text"
            self.fail(f"{what} is no literal; valid: a comma, or {end!r}")

    def key(self) -> str:
        """Read the name of a pair."""
        string = _STRING.match(self.text, self.at)
        name = _NAME.match(self.text, self.at) or _NUMBER.match(self.text, self.at)
        found = string or name
        if not found:
            self.fail(f"{self.here()} is no literal; valid: NAME: VALUE")
        self.at = found.end()
        key = self.unquoted(found[0]) if string else found[0]
        if key == "__proto__":  # B.3.1: it makes no property
            self.fail("__proto__ is no literal: it sets where other keys come from")
        return key

    def plain(self) -> Plain:
        """Read a text, a number or a word."""
        string = _STRING.match(self.text, self.at)
        if string:
            self.at = string.end()
            return self.unquoted(string[0])
        number = _NUMBER.match(self.text, self.at)
        if number:
            self.at = number.end()
            return _number(number[0])
        name = _NAME.match(self.text, self.at)
        if not name or name[0] not in _WORDS:
            what = self.here()
            self.fail(f"{what} is no literal; valid: a text, number, array or object")
        self.at = name.end()
        return _WORDS[name[0]]

    def here(self) -> str:
        """Return what stands here, as an error shows it."""
        return repr(self.text[self.at : self.at + 40].split("\n")[0].rstrip())

    def unquoted(self, string: str) -> str:
        """Return what a text in quotes holds."""
        text = _ESCAPE.sub(_unescaped, string[1:-1])
        try:  # a pair of escapes may be one character beyond 16 bits
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeError:
            self.fail(f"{string[:40]!r} is no text: half of a character")


def _unescaped(match: re.Match[str]) -> str:
    """Return what an escape stands for."""
    digits = match["wide"] or match["four"] or match["two"]
    if digits:
        return chr(min(int(digits, 16), 0x10FFFF))
    if match["end"]:
        return ""
    return _ONES.get(match["one"], match["one"])


def _number(digits: str) -> int | float:
    """Return a number; one of too many digits as a float, perhaps infinite."""
    if re.fullmatch(r"-?(?:\d+|0[xXoObB][0-9a-fA-F]+)", digits):
        return int(digits, 0) if len(digits) <= _DIGITS_MAX else math.inf
    number = float(digits)
    return int(number) if abs(number) < 1 << 53 and number.is_integer() else number
