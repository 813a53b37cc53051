"""Values as Node.js shows them: the text of etsy's console and of its text port.

    { a: 1, 'b.c': [ 320, 100 ], d: {} }        one line, where it fits
    {                                           else a line for each entry
      a: 1,
      'b.c': [                                  lists of more than six: in columns
         1,  2,  3,  4,
    ...
    [Object]                                    what lies deeper than two levels

Source: Node.js 20, lib/internal/util/inspect.js (util.inspect with its defaults: depth
2, compact 3, breakLength 80, maxArrayLength 100), run and observed. Not reproduced:
keys that are whole numbers are not put first; every character counts as one column.
Must not know: flushes, sinks.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from statshard.flush.js_number import number_text

DEPTH = 2
BREAK_COLUMNS = 80
MARGIN_COLUMNS = 11  # a brace, and ten for good measure
MOST_ITEMS = 100
GROUPED_ABOVE = 6  # items
MOST_COLUMNS = 12  # 4 for each of `compact`
CHARACTER_HEIGHT = 2.5  # in widths
INDENT = 2

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z_0-9]*")
# Controls, the backslash, and halves of surrogate pairs.
_ESCAPED = re.compile(r"[\x00-\x1f\\\x7f-\x9f\ud800-\udfff]")
_ESCAPES = {"\b": r"\b", "\t": r"\t", "\n": r"\n", "\f": r"\f", "\r": r"\r"}


def inspected(value: object, level: int = 0) -> str:
    """Return what util.inspect shows of a number, a text, a mapping or a list.

    Raises TypeError for any other.
    """
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (int, float)):
        is_minus_0 = value == 0 and math.copysign(1, value) < 0
        return "-0" if is_minus_0 else number_text(value)
    if isinstance(value, Mapping):
        return _show_mapping(value, level)
    if isinstance(value, Sequence):
        return _show_list(value, level)
    raise TypeError(f"{value!r}: valid: numbers, texts, mappings, lists")


def inspected_pieces(value: object, level: int = 0) -> Iterator[str]:
    """Yield the same text in pieces: one at least for each entry of a large mapping."""
    if not _is_surely_stacked(value, level):
        yield inspected(value, level)
        return
    indent = "\n" + " " * (INDENT * level)
    before = "{"
    for key, each in value.items():
        head = f"{before}{indent}  {_show_key(key)}: "
        if _is_surely_stacked(each, level + 1):
            yield head
            yield from inspected_pieces(each, level + 1)
        else:
            yield head + inspected(each, level + 1)
        before = ","
    yield indent + "}"


def quoted(text: str) -> str:
    """Return a text in the quotes that need the fewest escapes."""
    quote = "'"
    if "'" in text:
        has_others = '"' in text, "`" in text or "${" in text
        quote = {False: '"'}.get(has_others[0], "'" if has_others[1] else "`")
    body = _ESCAPED.sub(_escape, text)
    return quote + (body.replace("'", r"\'") if quote == "'" else body) + quote


def _show_mapping(value: Mapping[str, object], level: int) -> str:
    if not value:
        return "{}"
    if level > DEPTH:
        return "[Object]"
    entries = [
        f"{_show_key(key)}: {inspected(each, level + 1)}" for key, each in value.items()
    ]
    return _join(entries, "{}", level)


def _is_surely_stacked(value: object, level: int) -> TypeGuard[Mapping[str, object]]:
    """Tell whether a mapping has a line for each entry, whatever most of them are.

    For its own number of entries, or for that of one below it.
    """
    if not isinstance(value, Mapping) or level > DEPTH:
        return False
    return not _has_room(len(value), 0, level) or any(
        _is_surely_stacked(each, level + 1) for each in value.values()
    )


def _show_list(value: Sequence[object], level: int) -> str:
    if not value:
        return "[]"
    if level > DEPTH:
        return "[Array]"
    entries = [inspected(each, level + 1) for each in value[:MOST_ITEMS]]
    rest = len(value) - MOST_ITEMS
    more = [f"... {rest} more item{'s' if rest > 1 else ''}"] if rest > 0 else []
    if len(entries) + len(more) > GROUPED_ABOVE:
        is_numeric = all(isinstance(each, (int, float)) for each in value)
        grouped = _group(entries, more, level, is_numeric=is_numeric)
        if len(grouped) != len(entries) + len(more):
            return _stack(grouped, "[]", level)
    return _join(entries + more, "[]", level)


def _show_key(key: str) -> str:
    if key == "__proto__":
        return "['__proto__']"
    return key if _NAME.fullmatch(key) else quoted(key)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character == "\\":
        return r"\\"
    if character >= "\ud800":
        return f"\\u{ord(character):x}"
    return _ESCAPES.get(character, f"\\x{ord(character):02X}")


def _join(entries: list[str], braces: str, level: int) -> str:
    """Return entries on one line, or where that is too long, one below the other."""
    fits = _has_room(len(entries), sum(map(len, entries)), level)
    if fits and not any("\n" in entry for entry in entries):
        return f"{braces[0]} {', '.join(entries)} {braces[1]}"
    return _stack(entries, braces, level)


def _has_room(count: int, columns: int, level: int) -> bool:
    """Tell whether so many entries of so many columns may stand on one line."""
    used = 2 * count + INDENT * level + MARGIN_COLUMNS
    return used + max(count, columns) <= BREAK_COLUMNS


def _stack(entries: list[str], braces: str, level: int) -> str:
    indent = "\n" + " " * (INDENT * level)
    body = f",{indent}  ".join(entries)
    return f"{braces[0]}{indent}  {body}{indent}{braces[1]}"


def _group(
    entries: list[str], more: list[str], level: int, *, is_numeric: bool
) -> list[str]:
    """Return the entries of a list in lines of several, where they are alike."""
    lengths = [len(entry) for entry in entries]
    columns = _count_columns(lengths, len(entries) + len(more), INDENT * level)
    if columns <= 1:
        return entries + more
    widths = [max(lengths[at::columns]) + 2 for at in range(columns)]
    lines = []
    for at in range(0, len(entries), columns):
        row = entries[at : at + columns]
        cells = [f"{entry}, " for entry in row[:-1]]
        if is_numeric:
            cells = [cell.rjust(widths[n]) for n, cell in enumerate(cells)]
            last = row[-1].rjust(widths[len(row) - 1] - 2)
        else:
            cells = [cell.ljust(widths[n]) for n, cell in enumerate(cells)]
            last = row[-1]
        lines.append("".join(cells) + last)
    return lines + more


def _count_columns(lengths: list[int], output_count: int, indent: int) -> int:
    """Return how many entries stand in a line: about a square; 1: none is grouped."""
    widest = max(lengths) + 2
    total = sum(lengths) + 2 * len(lengths)
    is_narrow = widest * 3 + indent < BREAK_COLUMNS
    if not is_narrow or (total / widest <= 5 and widest - 2 > 6):  # noqa: PLR2004 -- Node's own
        return 1
    bias = math.sqrt(widest - total / output_count)
    biased = max(widest - 3 - bias, 1)
    square = math.sqrt(CHARACTER_HEIGHT * biased * len(lengths)) / biased
    return min(
        math.floor(square + 0.5),
        (BREAK_COLUMNS - indent) // widest,
        MOST_COLUMNS,
    )
