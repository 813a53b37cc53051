"""Writer: what came from another program's file reads as TOML, and ends no comment."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statshard.errors import SettingsError
from statshard.settings.foreign.foreign import Foreign, ForeignBackend, Leftover, Source
from statshard.settings.foreign.programs import PROGRAMS
from statshard.settings.foreign.writer import WIDEST, as_toml
from tests.support.foreign import EXAMPLES, example, written

HOSTILE = "a\n[proxy]\nhash = 'x' \x1b[2J\0\u2028\x85#"


def test_a_text_is_written_whole() -> None:
    """Each part of a Foreign stands where our reader looks for it."""
    foreign = Foreign(
        "ketama",
        "raw",
        (
            ForeignBackend("a:1", "a:1", node="a:1"),
            ForeignBackend("b", "h:2", weight=3, node="n:4"),
        ),
        {"workers": 2, "listen": ["udp://h:1"]},
        hash_prefix='a"b\n',
        shard_map=("a:1", "b", "a:1"),
        leftovers=(Leftover(0, "k", "", "w"), Leftover(7, "k", "1", "w")),
        notes=("A note.",),
    )
    text = as_toml(foreign, Source("F\n", ""), "the program")
    assert text.split("\n")[:5] == [
        "# Converted from the program: F\\n",
        "# A note.",
        "# Left over, having no counterpart:",
        "#   k: w",
        "#   line 7: k = 1: w",
    ]
    assert tomllib.loads(text) == {
        "proxy": {
            "listen": ["udp://h:1"],
            "workers": 2,
            "hash": "ketama",
            "shard_by": "raw",
            "hash_prefix": 'a"b\n',
            "shard_map": ["a:1", "b", "a:1"],
        },
        "backend": [
            {"address": "a:1"},
            {"name": "b", "address": "h:2", "node": "n:4", "weight": 3},
        ],
    }


def test_a_long_map_is_written_on_many_lines() -> None:
    """A map of thousands of entries reads as it was, and no line of it is long."""
    entries = ", ".join(f'"10.0.0.{i % 7}:8125:udp"' for i in range(4096))
    text = written("lyft", f'{{"statsd": {{"shard_map": [{entries}]}}}}')
    expected = [f"10.0.0.{i % 7}:8125" for i in range(4096)]
    assert expected == tomllib.loads(text)["proxy"]["shard_map"]
    assert [line for line in text.split("\n") if len(line) > WIDEST] == []


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("etsy", '{nodes: [{host: "a", port: 1}], "K": "V"}'),
        ("lyft", '{"statsd": {"shard_map": ["a:1"]}, "K": "V"}'),
        ("hulu", "data_port=1\ndownstream=a:1:2\nK=V\n"),
        ("hit9", "node a:1:1\nK V\n"),
        ("statsrelay", ("-prefix", "K", "-metrics-prefix", "V", "a:1")),
    ],
)
def test_no_value_ends_its_comment(program: str, text: str | tuple[str, ...]) -> None:
    """Whatever stands in a key or value, the settings are those without it."""
    plain = tomllib.loads(written(program, text))
    bad = HOSTILE
    if program in ("etsy", "lyft"):
        bad = HOSTILE.encode("ascii", "backslashreplace").decode().replace("\n", "\\n")
        bad = bad.replace("\x1b", "\\u001b").replace("\0", "\\u0000")
    elif program in ("hulu", "hit9"):
        bad = HOSTILE.replace("\n", "\r").replace(" ", "_").replace("#", "")
    if isinstance(text, str):
        found = written(program, text.replace("K", bad).replace("V", bad))
    else:
        found = written(program, tuple(word.replace("K", bad) for word in text))
    assert plain == tomllib.loads(found)


@given(program=st.sampled_from(list(PROGRAMS)), edits=st.data())
def test_an_altered_file_is_converted_or_refused(
    program: str, edits: st.DataObject
) -> None:
    """A file in which anything was put anywhere gives TOML or faults, nothing else."""
    text = example(program).text
    for _ in range(edits.draw(st.integers(1, 3))):
        at = edits.draw(st.integers(0, len(text)))
        gone = edits.draw(st.integers(0, 12))
        put = edits.draw(st.text(max_size=6) | st.sampled_from(PIECES))
        text = text[:at] + put + text[at + gone :]
    try:
        made = written(program, text)
    except SettingsError as error:
        lines = str(error).split("\n")
    else:
        tomllib.loads(made)
        lines = made.split("\n")[:-1]
    assert [line for line in lines if not line.isprintable()] == []


PIECES = (
    "\n",
    "'",
    '"',
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\\",
    "\0",
    "/*",
    "#",
    "  ",
    "-",
)


def test_each_program_has_an_example() -> None:
    """No program is left out of what these tests alter."""
    assert PROGRAMS.keys() == EXAMPLES.keys()
