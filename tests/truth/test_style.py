"""What CONTRIBUTING asks of the sources and a linter does not see."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tree import PACKAGE, list_sources, read_code, show

MOST_LINES = 400
BANNED = {"manager", "helper", "util", "utils", "utility", "utilities"}
# What the hot room never says, and the rule of CONTRIBUTING that forbids it.
HOT_BANNED = {
    r"\bexcept \*": "16: noexcept nogil",
    r"\bwith gil\b": "16: never take the GIL",
    r"^\s*include\b": "24: no include",
    r"^\s*(DEF|IF)\b": "24: no DEF, no IF",
    r"\bprint\(": "17: no logging",
}

ALL = list_sources(".py", ".pyi", ".pyx", ".pxd", ".h")
PYTHON = list_sources(".py")
CYTHON = list_sources(".pyx", ".pxd")


def is_in_sys(path: Path) -> bool:
    """Tell whether the file is one of plane/sys: extern declarations only."""
    return path.is_relative_to(PACKAGE / "plane" / "sys")


def list_names(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, name) of each class, function and struct that a file defines."""
    if path.suffix in {".py", ".pyi"}:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.lineno, node.name
        return
    for number, line in read_code(path):
        defined = re.match(r"\s*(?:c?p?def|ctypedef|class)\b.*?(\w+)\s*[(:]", line)
        if defined:
            yield number, defined[1]


def split_words(name: str) -> set[str]:
    """Return the words of a snake_case or CamelCase name, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}


@pytest.mark.parametrize("path", ALL, ids=show)
def test_a_file_holds_one_thing(path: Path) -> None:
    """No source file is longer than 400 lines; one that is holds two things."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", ALL, ids=show)
def test_a_file_opens_with_what_it_is(path: Path) -> None:
    """Each source file begins with a docstring or a comment that says what it is."""
    text = path.read_text(encoding="utf-8").lstrip()
    assert re.match(r'"""\s*[^\s"]|#\s*[^\s!]|/[*/]', text), f"{show(path)}: no header"
    assert not text.startswith(("# cython:", "#cython:")), f"{show(path)}: no header"


@pytest.mark.parametrize("path", PYTHON, ids=show)
def test_only_commands_print(path: Path) -> None:
    """Nothing outside cli calls print."""
    calls = [
        f"{show(path)}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert path.is_relative_to(PACKAGE / "cli") or calls == []


@pytest.mark.parametrize("path", ALL, ids=show)
def test_names_say_what_a_thing_is(path: Path) -> None:
    """No file, class or function is named manager, helper or util."""
    named = [(0, part) for part in path.relative_to(PACKAGE).parts]
    if path.suffix != ".h":
        named += list_names(path)
    wrong = [(line, name) for line, name in named if split_words(name) & BANNED]
    assert [f"{show(path)}:{line}: {name}" for line, name in wrong] == []


@pytest.mark.parametrize("path", CYTHON, ids=show)
def test_the_hot_room_keeps_its_rules(path: Path) -> None:
    """No line of the compiled room says what its rules forbid."""
    found = [
        f"{show(path)}:{number}: {law}"
        for number, line in read_code(path)
        for pattern, law in HOT_BANNED.items()
        if re.search(pattern, line)
    ]
    assert found == []


@pytest.mark.parametrize("path", CYTHON, ids=show)
def test_extern_declarations_stand_alone(path: Path) -> None:
    """C headers are opened in plane/sys, where nothing but declarations stands."""
    lines = [(n, line) for n, line in read_code(path) if line and not line[0].isspace()]
    if is_in_sys(path):
        law = r"cdef extern from\b|c?import\b|from \S+ c?import\b|\)|ctypedef\b"
        wrong = [n for n, line in lines if not re.match(law, line)]
    else:
        wrong = [n for n, line in lines if re.match(r"cdef extern from [\"'<]", line)]
    assert [f"{show(path)}:{n}" for n in wrong] == []
