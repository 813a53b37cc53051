"""Who may look into which room: the laws of the house, read from the import lines.

    cli -> {daemon, load, up} -> {admin, flush, sinks, membership, routing}
        -> settings -> errors

A room may use any room to its right, and itself. Sibling rooms (one pair of braces)
meet only in daemon. The compiled room, plane, uses nothing of the rest, and is seen
through its faces only, by daemon, load, routing and flush. Imports are absolute, and at
the top of the file. What is read: .py, .pyi, .pyx and .pxd below src/statshard, import
and cimport alike, those under TYPE_CHECKING too.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.tree import PACKAGE, SRC, list_sources, read_code, show

ROOMS = (
    {"cli"},
    {"daemon", "load", "up"},
    {"admin", "flush", "sinks", "membership", "routing"},
    {"settings"},
    {"errors"},
)
FACE = {
    "statshard.plane",
    "statshard.plane.plane",
    "statshard.plane.aggregation",
    "statshard.plane.load",
}
SEES_FACE = {"daemon", "load", "routing", "flush"}
# The package re-exports routing's Ring; `python -m statshard` is the command.
DOORS = {"__init__": {"routing", "errors"}, "__main__": {"cli"}}

# (file below src/statshard, module): why this one may be imported inside a function.
LATE: dict[tuple[str, str], str] = {}


@dataclass(frozen=True)
class Import:
    """One imported module, as one line names it."""

    path: Path
    line: int
    module: str  # with its dots; one that begins with a dot is relative
    is_late: bool = False

    def blame(self, law: str) -> str:
        """Return the sentence that names the place and the law it breaks."""
        return f"{show(self.path)}:{self.line}: {self.module}: {law}"


def is_module(name: str) -> bool:
    """Tell whether the dotted name is a file or folder below src."""
    path = SRC / name.replace(".", "/")
    return path.is_dir() or any(path.with_suffix(s).exists() for s in (".py", ".pyx"))


def resolve(module: str, names: list[str]) -> list[str]:
    """Return the modules that `from module import names` really opens."""
    if not module.startswith("statshard"):
        return [module]
    full = [f"{module}.{name}" for name in names]
    return [f if is_module(f) else module for f in full] or [module]


def read_python(path: Path) -> Iterator[Import]:
    """Yield the imports of a .py or .pyi file."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        found = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            found = resolve("." * node.level + (node.module or ""), found)
        for module in dict.fromkeys(found):
            yield Import(path, node.lineno, module, id(node) in inside)


def read_cython(path: Path) -> Iterator[Import]:
    """Yield the imports and cimports of a .pyx or .pxd file."""
    lines = list(read_code(path))
    for index, (number, line) in enumerate(lines):
        is_late = line[:1].isspace()
        plain = re.match(r"\s*c?import\s+([\w., ]+)$", line)
        if plain:
            for part in plain[1].split(","):
                yield Import(path, number, part.split()[0], is_late)
        chosen = re.match(r"\s*from\s+([\w.]+)\s+c?import\s+(.*)$", line)
        if chosen:
            text = chosen[2]
            for _, more in lines[index + 1 :]:
                if "(" not in text or ")" in text:
                    break
                text += more
            names = re.findall(r"(\w+)(?:\s+as\s+\w+)?", text)
            for module in dict.fromkeys(resolve(chosen[1], names)):
                yield Import(path, number, module, is_late)


def read_imports(path: Path) -> list[Import]:
    """Return what one source file imports."""
    read = read_python if path.suffix in {".py", ".pyi"} else read_cython
    return list(read(path))


def room_of(path: Path) -> str:
    """Return the room a file stands in: the first part of its path in the package."""
    return path.relative_to(PACKAGE).parts[0].split(".")[0]


def list_rooms_right_of(room: str) -> set[str]:
    """Return the rooms that a room may use, beside itself and the compiled one."""
    at = next((i for i, rooms in enumerate(ROOMS) if room in rooms), None)
    return set().union(*ROOMS[at + 1 :]) if at is not None else DOORS.get(room, set())


def judge(found: Import) -> str | None:
    """Return the complaint about one import, or None where it obeys the laws."""
    if found.module.startswith("."):
        return found.blame("imports are absolute")
    here = str(found.path.relative_to(PACKAGE))
    if found.is_late and (here, found.module) not in LATE:
        return found.blame("imports stand at the top of the file")
    package, _, rest = found.module.partition(".")
    if package != "statshard":
        return None
    return judge_room(found, room_of(found.path), rest.partition(".")[0] or "__init__")


def judge_room(found: Import, room: str, used: str) -> str | None:
    """Return the complaint about one room that uses another, or None."""
    if room == used:
        return None
    if room == "plane":
        return found.blame("plane imports nothing of the rest")
    if used == "plane":
        return judge_face(found, room)
    allowed = list_rooms_right_of(room)
    if used in allowed:
        return None
    return found.blame(f"{room} may use {list_names(allowed)}, not {used}")


def judge_face(found: Import, room: str) -> str | None:
    """Return the complaint about one room that looks into the compiled one, or None."""
    if room not in SEES_FACE:
        return found.blame(f"only {list_names(SEES_FACE)} may use plane, not {room}")
    if found.module not in FACE:
        return found.blame(f"plane is seen through its faces only: {list_names(FACE)}")
    return None


def list_names(names: set[str]) -> str:
    """Return the names as an error lists them."""
    return ", ".join(sorted(names)) or "no room"


SOURCES = list_sources(".py", ".pyi", ".pyx", ".pxd")


@pytest.mark.parametrize("path", SOURCES, ids=show)
def test_imports_obey_the_laws_of_the_house(path: Path) -> None:
    """Each import of each source file obeys the laws at the top of this file."""
    assert [c for found in read_imports(path) if (c := judge(found))] == []


def test_every_room_is_known() -> None:
    """Each file of the package stands in a room that the laws speak of."""
    known = set().union(*ROOMS, DOORS, {"plane", "py"})
    assert {room_of(path) for path in SOURCES} - known == set()


def test_late_imports_that_are_allowed_exist() -> None:
    """Each row of the table of late imports names one that is really there."""
    late = {
        (str(found.path.relative_to(PACKAGE)), found.module)
        for path in SOURCES
        for found in read_imports(path)
        if found.is_late
    }
    assert LATE.keys() - late == set()


@pytest.mark.parametrize(
    ("where", "module", "law"),
    [
        (
            "settings/model.py",
            "statshard.routing.ring",
            "settings may use errors, not routing",
        ),
        ("errors.py", "statshard.settings", "errors may use no room"),
        ("routing/ring.py", "statshard.membership.source", "not membership"),
        ("load/run.py", "statshard.daemon.proxy", "not daemon"),
        ("daemon/proxy.py", "statshard.cli.main", "not cli"),
        ("up/pipeline.py", "statshard.daemon.proxy", "not daemon"),
        ("plane/line.pyx", "statshard.errors", "plane imports nothing of the rest"),
        ("cli/run.py", "statshard.plane", "only daemon, flush, load, routing may"),
        ("daemon/proxy.py", "statshard.plane.batch", "through its faces only"),
        ("daemon/proxy.py", ".reload", "imports are absolute"),
        ("sinks/console.py", "statshard", "not __init__"),
    ],
)
def test_a_broken_law_is_named(where: str, module: str, law: str) -> None:
    """An import that breaks a law is refused by a sentence that names place and law."""
    complaint = judge(Import(PACKAGE / where, 7, module))
    assert complaint is not None
    assert complaint.startswith(f"src/statshard/{where}:7: {module}: ")
    assert law in complaint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cimport statshard.plane.line as l", [("statshard.plane.line", False)]),
        ("from libc.stdint cimport uint64_t", [("libc.stdint", False)]),
        ("from . cimport line", [(".", False)]),
        ("from statshard cimport plane", [("statshard.plane", False)]),
        ("def f():\n    import json", [("json", True)]),
        ('"""Text.\n\nimport nothing\n"""\nimport os', [("os", False)]),
        ("import os, sys", [("os", False), ("sys", False)]),
        ("from statshard cimport (\n    plane,\n)", [("statshard.plane", False)]),
        ("cdef extern from <errno.h> nogil:\n    int errno", []),
    ],
)
def test_cython_imports_are_read(
    tmp_path: Path, text: str, expected: list[tuple[str, bool]]
) -> None:
    """Each form of import that Cython knows is read, and whether it is at the top."""
    path = tmp_path / "some.pyx"
    path.write_text(text, encoding="utf-8")
    assert [(i.module, i.is_late) for i in read_imports(path)] == expected
