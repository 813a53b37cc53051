"""Object literal: JavaScript's and JSON's values are read, and nothing is run.

Source: ECMA-262, 12.9 and 13.2; RFC 8259.
"""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statshard.settings.foreign.object_literal import (
    DEEPEST,
    LiteralError,
    read_literal,
)

PREFIX = re.compile(r"config\s*=")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inside: st.lists(inside) | st.dictionaries(st.text("abc\n\"'_"), inside),
    max_leaves=20,
)


def must_parse(text: str, expected: object) -> None:
    """Hold a text to be a value, alone and between blanks and comments."""
    for around in ("{}", " {} ;", "/* a */{}//b", "\n\t//\n{}\n/**/\n", "config = {}"):
        literal = read_literal(around.replace("{}", text), PREFIX)
        assert expected == literal.shown


def must_refuse(text: str, line: int, key: str, why: str) -> None:
    """Hold a text to be refused, with its line, key and reason."""
    with pytest.raises(LiteralError) as refused:
        read_literal(text, PREFIX)
    assert (line, key) == (refused.value.line, refused.value.key)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", {}),
        ("[]", []),
        ("{a: 1}", {"a": 1}),
        ("{a: 1,}", {"a": 1}),
        ("[1, 2,]", [1, 2]),
        ("""{'a': 1, "b": 2, c$_9: 3, $: 4}""", {"a": 1, "b": 2, "c$_9": 3, "$": 4}),
        ("{8125: 'x'}", {"8125": "x"}),
        ("{a /* b */ : // c\n 1}", {"a": 1}),
        ("{a: {b: [{c: 1}]}}", {"a": {"b": [{"c": 1}]}}),
        ("'it\\'s'", "it's"),
        ('"\\x41\\u0042\\u{43}\\n\\t\\0\\q"', "ABC\n\t\0q"),
        ("'a\\\nb'", "ab"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ("'// no comment'", "// no comment"),
        ("'/* nor this */'", "/* nor this */"),
        ("0", 0),
        ("-1", -1),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5),
        ("1e3", 1000),
        ("0x1F", 31),
        ("0o17", 15),
        ("0b11", 3),
        ("1e999", float("inf")),
        ("9" * 5000, float("inf")),
        ("0x" + "f" * 5000, float("inf")),
        ("true", True),
        ("false", False),
        ("null", None),
    ],
)
def test_a_literal_is_what_javascript_makes_of_it(text: str, expected: object) -> None:
    """Each form of a literal has the value that it has in JavaScript."""
    must_parse(text, expected)


@given(JSON)
def test_json_is_read_as_json(value: Any) -> None:  # noqa: ANN401 -- what JSON holds
    """Whatever JSON writes is read back as the same value, escaped or not."""
    for is_ascii in (True, False):
        text = json.dumps(value, ensure_ascii=is_ascii)
        assert value == read_literal(text, PREFIX).shown


@pytest.mark.parametrize(
    ("text", "line", "key", "why"),
    [
        ("{a: require('os')}", 1, "a", "\"require('os')}\" is no literal"),
        ("{\na: 1,\nb: [\n{c: process.env.X}]}", 4, "b[0].c", "is no literal"),
        ("{a: 1 + 1}", 1, "a", "'+ 1}' is no literal"),
        ("{a: 010}", 1, "a", "is no literal"),
        ("{a: 1n}", 1, "a", "is no literal"),
        ("{a: +1}", 1, "a", "is no literal"),
        ("{a: `x`}", 1, "a", "is no literal"),
        ("{a: undefined}", 1, "a", "is no literal"),
        ("{a: function () {}}", 1, "a", "is no literal"),
        ("{a: /x/}", 1, "a", "is no literal"),
        ("{a}", 1, "a", "a colon"),
        ("{a() {}}", 1, "a", "a colon"),
        ("{...b}", 1, "", "is no literal"),
        ("{[a]: 1}", 1, "", "is no literal"),
        ("{a: 1 b: 2}", 1, "a", "'b: 2}' is no literal; valid: a comma, or '}'"),
        ("{a: 1", 1, "a", "the end of the text"),
        ("[1,,2]", 1, "[1]", "is no literal"),
        ("{a: 1} {}", 1, "", "more behind"),
        ("{a: 'x\ny'}", 1, "a", "is no literal"),
        ("{a: 'x}", 1, "a", "is no literal"),
        ("{a: '\\ud800'}", 1, "a", "half of a character"),
        ("{a: 1 /* b }", 1, "a", "a comment without its end"),
        ("{__proto__: {a: 1}}", 1, "", "__proto__ is no literal"),
        ("{'__proto__': 1}", 1, "", "__proto__ is no literal"),
        ("{a: {__proto__: 1}}", 1, "a", "__proto__ is no literal"),
        ("", 1, "", "is no literal"),
        ("config = = {}", 1, "", "is no literal"),
        ("\n\nx", 3, "", "is no literal"),
    ],
)
def test_what_is_no_literal_is_refused(
    text: str, line: int, key: str, why: str
) -> None:
    """An expression that would have to be run is refused, by its line and key."""
    must_refuse(text, line, key, why)


def test_a_deep_one_is_refused() -> None:
    """Values within each other are read to a depth, and refused beyond it."""
    deep = "[" * DEEPEST + "1" + "]" * DEEPEST
    assert read_literal(deep, PREFIX).values is not None
    for start in ("[", "{a: "):
        with pytest.raises(LiteralError, match="nested more than 32 deep"):
            read_literal(start * 100_000, PREFIX)


@given(st.text(alphabet="{}[]:,'\"\\/*\n 0x1eab_$-.;=", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text does anything but give a value or a LiteralError."""
    try:
        line = read_literal(text, PREFIX).line
    except LiteralError as fault:
        line = fault.line
    assert 1 <= line <= text.count("\n") + 1
