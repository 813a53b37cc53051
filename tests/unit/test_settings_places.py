"""Places: the line of each key and table of a TOML text."""

import pytest

from statshard.settings.toml_places import (
    PARTS_MAX,
    find_places,
    maybe_find_deep,
    maybe_find_repeated,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("# a = 1\n\n", {}),
        ("a = 1", {("a",): 1}),
        ("\n\n  a = 1\n", {("a",): 3}),
        ("a = 1\r\nb = 2\r\n", {("a",): 1, ("b",): 2}),
        ("[t]\na = 1", {("t",): 1, ("t", "a"): 2}),
        ("[ t . u ]\na = 1", {("t", "u"): 1, ("t", "u", "a"): 2}),
        ("a.b = 1\na.c = 1", {("a",): 1, ("a", "b"): 1, ("a", "c"): 2}),
        ("'a.b' = 1\n\"c\\nd\" = 1", {("a.b",): 1, ("c\nd",): 2}),
        ("'' = 1\n\"#\" = 2", {("",): 1, ("#",): 2}),
        ("1.5 = 1", {("1",): 1, ("1", "5"): 1}),
        (
            "a = [\n1, # ]\n2\n]\nb = 1",
            {("a",): 1, ("a", 0): 2, ("a", 1): 3, ("b",): 5},
        ),
        (
            "a = [\"]\",\n']']\nb = 1",
            {("a",): 1, ("a", 0): 1, ("a", 1): 2, ("b",): 3},
        ),
        (
            "a = [\n[1, 2], {c = [1, 2]}, # 3,\n'',\n\n]",
            {("a",): 1, ("a", 0): 2, ("a", 1): 2, ("a", 2): 3},
        ),
        ("a = []\nb = [ # 1\n]", {("a",): 1, ("b",): 2}),
        ("a = {b = [1], c = '}'}\nd = 1", {("a",): 1, ("d",): 2}),
        ('a = """\nb = 1\n"""\nc = 1', {("a",): 1, ("c",): 4}),
        ("a = '''\nb = 1\n'''''\nc = 1", {("a",): 1, ("c",): 4}),
        ('a = """\\"""\nb = 1""""\nc = 1', {("a",): 1, ("c",): 3}),
        ("a = '\\'\nb = 1", {("a",): 1, ("b",): 2}),
        ('a = "" # "\nb = 1', {("a",): 1, ("b",): 2}),
        ("a = 1979-05-27 07:32:00\nb = 1", {("a",): 1, ("b",): 2}),
        (
            "[[t]]\na = 1\n[[t]]\nb = 1",
            {("t", 0): 1, ("t", 0, "a"): 2, ("t", 1): 3, ("t", 1, "b"): 4},
        ),
        (
            "[[t]]\n[t.u]\na = 1\n[[t]]\n[[t.v]]\nb = 1",
            {
                ("t", 0): 1,
                ("t", 0, "u"): 2,
                ("t", 0, "u", "a"): 3,
                ("t", 1): 4,
                ("t", 1, "v", 0): 5,
                ("t", 1, "v", 0, "b"): 6,
            },
        ),
    ],
)
def test_a_key_is_found_on_its_line(
    text: str, expected: dict[tuple[str | int, ...], int]
) -> None:
    """Each key and head has its first line; nothing within a value counts."""
    assert expected == find_places(text)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("a = 1\nb = 1\na = 1", 3, (("a",), 1)),
        ("[t]\na = 1\n[t]", 3, (("t",), 1)),
        ("[t]\na = 1\n[u]\na = 1\na = 1", 5, (("u", "a"), 4)),
        ("a = 1\na = [\n1]", 3, (("a",), 1)),
        ("a.b = 1\na.c = 1", 2, None),
        ("a = 1\n\na = 1", 2, None),
        ("[[t]]\n[[t]]", 2, None),
        ("[t]\na = 1\n[[t]]", 3, (("t",), 1)),
        ("[[t]]\na = 1\n[t]", 3, (("t", 0), 1)),
        ("[[t]]\n[t.u]\n[[t]]\n[t.u]\n[u]", 5, None),
    ],
)
def test_what_stands_twice_is_found(text: str, line: int, expected: object) -> None:
    """The first key that a text gives again, up to a line, is told with its first."""
    assert expected == maybe_find_repeated(text, line)


DEEP = ".".join("a" * (PARTS_MAX + 1))
QUOTED = " . ".join(['"a.b"'] * (PARTS_MAX + 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"\n{DEEP} = 1", 2),
        (f"[{DEEP}]", 1),
        (f"[[\n{DEEP}]]", 2),
        (f"a = {{b = 1, {DEEP} = 1}}", 1),
        (f"a = [\n{{{QUOTED} = 1}}]", 2),
        (f"a = '\n{DEEP} = 1", 2),
        (DEEP[:-2] + " = 1\n" + DEEP[:-2] + " = 2", None),
        (f"# {DEEP}\na = '{DEEP}'\nb = \"{DEEP}\"", None),
        ("a = 1.5\n" * 100, None),
        ("a = [" + "1.5, " * 100 + "]", None),
    ],
)
def test_a_key_of_too_many_parts_is_found(text: str, expected: int | None) -> None:
    """It is found wherever a key may stand, and nothing else is taken for one."""
    assert expected == maybe_find_deep(text)


@pytest.mark.parametrize(
    "text", ["a." * 500_000, "[" + "a." * 500_000, "a = {" + "b." * 500_000]
)
def test_a_deep_key_takes_no_time(text: str) -> None:
    """Half a million parts are refused before the parser sees them."""
    assert maybe_find_deep(text) == 1


def test_a_long_text_is_walked_once() -> None:
    """Fifty thousand keys are found, each on its line."""
    text = "".join(f"k{number} = {number}\n" for number in range(50_000))
    places = find_places(text)
    assert (50_000, 50_000) == (len(places), places["k49999",])
