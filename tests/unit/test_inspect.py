"""Values as Node.js shows them: golden texts, and Node.js itself where there is one."""

import json
import math
import os
import random
import shutil
import subprocess

import pytest

from statshard.flush.inspect import inspected, inspected_pieces, quoted

GOLDEN: list[tuple[object, str]] = [
    ({}, "{}"),
    ([], "[]"),
    ({"a": 1}, "{ a: 1 }"),
    ({"a.b": [320.0, 100.0]}, "{ 'a.b': [ 320, 100 ] }"),
    ({"a": {"b": {"c": {"d": 1}}}}, "{ a: { b: { c: [Object] } } }"),
    ({"a": {"b": {"c": [1]}}}, "{ a: { b: { c: [Array] } } }"),
    ({"a": {"b": {"c": {}}}}, "{ a: { b: { c: {} } } }"),
    ([-0.0, 1e21, math.nan], "[ -0, 1e+21, NaN ]"),
    ({"__proto__": 1}, "{ ['__proto__']: 1 }"),
    (
        {"statsd.bad_lines_seen": 0, "statsd.packets_received": 51, "gorets": 11},
        (
            "{\n  'statsd.bad_lines_seen': 0,\n  'statsd.packets_received': 51,"
            "\n  gorets: 11\n}"
        ),
    ),
    (
        {"k": [1, 2, 3, 4, 5, 6, 7.0]},
        "{\n  k: [\n    1, 2, 3, 4,\n    5, 6, 7\n  ]\n}",
    ),
]


@pytest.mark.parametrize(("value", "text"), GOLDEN)
def test_values_have_their_known_text(value: object, text: str) -> None:
    """A value is shown as Node.js was seen to show it."""
    assert text == inspected(value)


QUOTED = [
    ("a b", "'a b'"),
    ("it's", '"it\'s"'),
    ("'\"", "`'\"`"),
    ("'\"`", "'\\'\"`'"),
    ("\n\x1b\\\x7f", "'\\n\\x1B\\\\\\x7F'"),
    ("\udcff", "'\\udcff'"),
]


@pytest.mark.parametrize(("text", "expected"), QUOTED)
def test_texts_are_quoted(text: str, expected: str) -> None:
    """Quotes are chosen, and controls escaped, so that a text is one harmless line."""
    assert expected == quoted(text)


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_large_mapping_comes_in_small_pieces(depth: int) -> None:
    """However deep a large mapping lies, no piece has more than an entry of it, and all
    are the text.
    """
    value: dict[str, object] = {f"key{n}": n for n in range(1000)}
    for name in ("inner", "outer")[:depth]:
        value = {name: value, "empty": {}}
    pieces = [*inspected_pieces(value)]
    assert inspected(value) == "".join(pieces)
    assert max(map(len, pieces)) < 40


def random_value(source: random.Random, level: int) -> object:
    """Return a value such as the console and the text port show."""
    kind = source.choice(["number", "text", "list", "mapping", "mapping"])
    if kind == "number" or level > 3:
        return source.choice(
            [source.randint(-5, 10**6), source.random() * 1000, 1e-7, 1e22]
        )
    if kind == "text":
        return source.choice(["a", "it's", 'q"', "x\ty", "long text " * 3])
    count = source.choice([0, 1, 3, 6, 7, 8, 20, 60, 100, 101, 130])
    if kind == "list":
        digits = source.randint(1, 9)
        if source.random() < 0.3:
            return ["v" * source.randint(1, digits * 2) for _ in range(count)]
        return [source.randint(0, 10**digits) for _ in range(count)]
    keys = [f"key{'.' * source.randint(0, 1)}{n}" for n in range(count % 11)]
    return {key: random_value(source, level + 1) for key in keys}


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js here to compare")
def test_any_value_is_shown_as_by_node() -> None:
    """Some hundred made-up values, deep and wide, are shown as util.inspect does."""
    source = random.Random(20)
    values = [random_value(source, 0) for _ in range(400)]
    script = (
        "const text = require('fs').readFileSync(0, 'utf8');"
        "const shown = JSON.parse(text).map(it => require('util').inspect(it));"
        "process.stdout.write(JSON.stringify(shown));"
    )
    run = subprocess.run(
        ["node", "-e", script],
        env={**os.environ, "LD_PRELOAD": ""},  # a sanitizer's runtime is not for it
        input=json.dumps(values),
        capture_output=True,
        check=True,
        text=True,
    )
    shown = [inspected(value) for value in values if not isinstance(value, str)]
    expected = [
        text
        for text, value in zip(json.loads(run.stdout), values, strict=True)
        if not isinstance(value, str)
    ]
    assert expected == shown
