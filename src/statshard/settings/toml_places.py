"""TOML places: the line on which each key of a TOML text stands.

The parser of the standard library says what a text holds, not where. This finds the
heads of tables, the keys outside of values and the elements of arrays, in a text that
is known to be valid, so it need not judge. A path is the keys from the top; of an
array, with the place in it: ("backend", 0, "address"). Must not know: settings.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator

Path = tuple[str | int, ...]

# What a value or a comment is made of; strings first, so that nothing in them counts.
_PIECE = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|(?P<blank>\#[^\n]*|[ \t\r]+)"
    r"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<end>\n)|(?P<comma>,)"
    r"|[^\"'\#\[\]{}\n,]+",
    re.DOTALL,
)
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEY = re.compile(rf"[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*")
_PARTS = re.compile(_PART)
_HEAD = re.compile(r"[ \t]*(\[\[?)")
PARTS_MAX = 32  # of a key; the parser takes the square of them
# What stands in a key, in strings and comments, between keys and anywhere else.
_TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|\#[^\n]*|(?P<dot>\.)|(?P<end>[\[\]{},=\n])|.',
)


def find_places(text: str) -> dict[Path, int]:
    """Return path -> number of its line, from 1; the text must be valid TOML."""
    places: dict[Path, int] = {}
    for line, paths, elements in _statements(text):
        for path in paths:
            places.setdefault(path, line)
        for index, element in enumerate(elements):
            places[(*paths[-1], index)] = element
    return places


def maybe_find_deep(text: str) -> int | None:
    """Return the line of a key of more than PARTS_MAX parts; any text, TOML or not."""
    dots, line = 0, 1
    if text.count(".") < PARTS_MAX:
        return None
    for token in _TOKEN.finditer(text):
        if token["end"] is not None:
            line += token["end"] == "\n"
            dots = 0
        elif token["dot"] is not None:
            dots += 1
            if dots >= PARTS_MAX:
                return line
    return None


def maybe_find_repeated(text: str, line: int) -> tuple[Path, int] | None:
    """Return what a text gives a second time, at or before a line, and its first line.

    The text must be valid TOML but for that. None: nothing outside of values.
    """
    places: dict[Path, int] = {}
    for start, paths, _ in _statements(text):
        if start > line:
            break
        for again in _same(paths[-1]) if paths else ():
            if again in places:
                return again, places[again]
        for path in paths:
            places.setdefault(path, start)
    return None


def _same(path: Path) -> Iterator[Path]:
    """Yield the paths of which only one may stand: a table, an array's first."""
    yield path
    yield path[:-1] if isinstance(path[-1], int) else (*path, 0)


def _statements(text: str) -> Iterator[tuple[int, list[Path], list[int]]]:
    """Yield each statement's line, its paths, the lines of its value's elements.

    The whole path is the last; only an array has elements.
    """
    counts: Counter[Path] = Counter()  # tables of each array so far
    table: Path = ()
    at, counted, line = 0, 0, 1
    while at < len(text):
        line += text.count("\n", counted, at)
        counted = at
        head = _HEAD.match(text, at)
        key = _KEY.match(text, head.end() if head else at)
        at, elements = _skip(text, key.end() if key else at, line)
        if head and key:
            table = _inside(_split(key[1]), counts)
            if head[1] == "[[":
                counts[table] += 1
                table = (*table, counts[table] - 1)
            yield line, [table], []
        elif key:
            yield line, _prefixes(table, _split(key[1])), elements


def _inside(path: Path, counts: Counter[Path]) -> Path:
    """Return a head's path, with the newest table of each array that it goes into."""
    found: Path = ()
    for part in path[:-1]:
        found = (*found, part)
        if counts[found]:
            found = (*found, counts[found] - 1)
    return (*found, path[-1])


def _prefixes(table: Path, key: Path) -> list[Path]:
    """Return the paths that a dotted key makes."""
    return [(*table, *key[: end + 1]) for end in range(len(key))]


def _split(key: str) -> Path:
    """Return the parts of a key, without quotes."""
    parts = _PARTS.findall(key)
    return tuple(
        tomllib.loads(f"k = {part}")["k"] if part[0] in "\"'" else part
        for part in parts
    )


def _skip(text: str, at: int, line: int) -> tuple[int, list[int]]:
    """Return where the next statement begins, behind the value at a place on a line.

    Beside it, the line of each element of the outermost array.
    """
    depth, is_array, is_awaited = 0, False, False
    elements: list[int] = []
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:  # not in valid TOML
            return len(text), elements
        is_value = not any(piece[kind] for kind in ("blank", "close", "end", "comma"))
        if is_value and is_awaited:
            elements.append(line)
            is_awaited = False
        if piece["open"] and depth == 0:
            is_array = is_awaited = piece["open"] == "["
        if piece["comma"] and depth == 1:
            is_awaited = is_array
        line += text.count("\n", at, piece.end())
        at = piece.end()
        depth += bool(piece["open"]) - bool(piece["close"])
        if piece["end"] and depth <= 0:
            break
    return at, elements
