"""scripts/prerequisites names each thing that is missing, and the line to type.

Each test builds a PATH of stubs, so that what this machine has makes no difference.
"""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.tree import ROOT

DEBIAN = "ID=debian\n"
PLAIN_TOOLS = {"uname": "echo Linux", "id": "echo 1000", "make": ":", "cc": ":"}
APT = "sudo apt-get update && sudo apt-get install -y"


def answer(  # what the script's own question prints, line by line
    path: str = "/usr/bin/python3",
    version: str = "3.11",
    usable: str = "yes",
    headers: str = "yes",
    venv: str = "yes",
) -> str:
    """Return the body of a stub interpreter that answers this."""
    return f"printf '%s\\n' {path} {version} {usable} {headers} {venv} cc"


@dataclass
class Machine:
    """A machine made of stubs: the names on its PATH, and its /etc/os-release."""

    folder: Path
    tools: dict[str, str] = field(default_factory=dict)
    release: str = DEBIAN

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run scripts/prerequisites on this machine."""
        path = self.folder / "bin"
        path.mkdir()
        for name, body in self.tools.items():
            (path / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
            (path / name).chmod(0o755)
        release = self.folder / "os-release"
        release.write_text(self.release, encoding="utf-8")
        settings = {"PATH": str(path), "STATSHARD_OS_RELEASE": str(release)}
        return subprocess.run(
            ["/bin/sh", str(ROOT / "scripts" / "prerequisites")],
            env=settings | environment,
            check=False,
            capture_output=True,
            text=True,
        )


@pytest.fixture(name="machine")
def make_machine(tmp_path: Path) -> Machine:
    """Return a machine where nothing is missing."""
    return Machine(tmp_path, PLAIN_TOOLS | {"python3": answer()})


def assert_missing(
    done: subprocess.CompletedProcess[str], missing: list[str], line: str
) -> None:
    """Hold the answer to what it must name, in order, and to the line to type."""
    *sentences, _, last = done.stderr.splitlines()
    named = [s.removeprefix("statshard: missing: ") for s in sentences]
    assert [name.split(",")[0] for name in named] == missing
    assert last == f"    {line}"
    assert (done.returncode, done.stdout) == (1, "")


def test_a_complete_machine_is_told_its_interpreter(machine: Machine) -> None:
    """Where nothing is missing, the interpreter's path is all that is printed."""
    done = machine.run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "/usr/bin/python3\n", "")


@pytest.mark.parametrize(
    ("python", "missing", "packages"),
    [
        (answer(headers="no"), "Python.h", "python3-dev"),
        (answer(venv="no"), "venv with ensurepip", "python3-venv"),
    ],
)
def test_an_incomplete_python_is_named(
    machine: Machine, python: str, missing: str, packages: str
) -> None:
    """Headers, or venv, that the interpreter lacks are named with their package."""
    machine.tools["python3"] = python
    assert_missing(machine.run(), [missing], f"{APT} {packages}")


@pytest.mark.parametrize("python", [None, "exit 127"])
def test_a_missing_python_is_named(machine: Machine, python: str | None) -> None:
    """No interpreter, or one that does not run, is named with its packages."""
    del machine.tools["python3"]
    if python is not None:
        machine.tools["python3"] = python
    wanted = "CPython 3.11 or later (tried: python3 python3.14 python3.13 python3.12"
    line = f"{APT} python3 python3-dev python3-venv"
    assert_missing(machine.run(), [f"{wanted} python3.11)"], line)


def test_an_old_python_is_named_with_its_version(machine: Machine) -> None:
    """An interpreter that is too old is named, and the packages are of a newer one."""
    machine.tools["python3"] = answer(version="3.9", usable="no")
    done = machine.run()
    assert "python3 (3.9)" in done.stderr
    assert done.stderr.endswith(f"{APT} python3.11 python3.11-dev python3.11-venv\n")


def test_a_missing_compiler_is_named(machine: Machine) -> None:
    """A machine without a C compiler is told so, with its packages."""
    del machine.tools["cc"]
    line = f"{APT} gcc libc6-dev"
    assert_missing(machine.run(), ["a C compiler that works (tried: cc)"], line)


def test_a_compiler_without_the_c_library_is_missing(machine: Machine) -> None:
    """A compiler that cannot find the C library's headers counts as missing."""
    machine.tools["cc"] = "exit 1"
    line = f"{APT} gcc libc6-dev"
    assert_missing(machine.run(), ["a C compiler that works (tried: cc)"], line)


def test_a_missing_make_is_named(machine: Machine) -> None:
    """A machine without make is told so, with its package."""
    del machine.tools["make"]
    assert_missing(machine.run(), ["make"], f"{APT} make")


def test_all_that_is_missing_is_named_at_once(machine: Machine) -> None:
    """Several missing things are named one by one, and one line installs them all."""
    del machine.tools["make"]
    machine.tools |= {"cc": "exit 1", "python3": answer(headers="no", venv="no")}
    named = ["Python.h", "venv with ensurepip", "a C compiler that works (tried: cc)"]
    packages = "python3-dev python3-venv gcc libc6-dev make"
    assert_missing(machine.run(), [*named, "make"], f"{APT} {packages}")


@pytest.mark.parametrize(
    ("release", "line"),
    [
        ("ID=ubuntu\nID_LIKE=debian\n", f"{APT} python3-dev gcc libc6-dev"),
        ("ID=mint\nID_LIKE='ubuntu debian'\n", f"{APT} python3-dev gcc libc6-dev"),
        ("ID=fedora\n", "sudo dnf install -y python3-devel gcc"),
        (
            "ID=rocky\nID_LIKE='rhel centos fedora'\n",
            "sudo dnf install -y python3-devel gcc",
        ),
        ("ID=alpine\n", "sudo apk add python3-dev gcc musl-dev linux-headers"),
        ("ID=arch\n", "sudo pacman -S --needed python gcc"),
        (
            "ID=opensuse-leap\nID_LIKE='suse opensuse'\n",
            "sudo zypper install -y python3-devel gcc",
        ),
        (
            "ID=own\n",
            "(install with your distribution's packager) "  # noqa: ISC004 -- one text
            "the development headers of CPython 3.11, gcc with the C library's headers",
        ),
    ],
)
def test_the_line_is_of_the_distribution(
    machine: Machine, release: str, line: str
) -> None:
    """The line to type is one that this distribution's packager understands."""
    machine.release = release
    machine.tools |= {"cc": "exit 1", "python3": answer(headers="no")}
    assert machine.run().stderr.splitlines()[-1] == f"    {line}"


def test_root_needs_no_sudo(machine: Machine) -> None:
    """The line for root has no sudo, which a container may lack."""
    del machine.tools["make"]
    machine.tools["id"] = "echo 0"
    line = "apt-get update && apt-get install -y make"
    assert_missing(machine.run(), ["make"], line)


def test_the_plain_python_is_preferred(machine: Machine) -> None:
    """A complete python3 is taken, even beside a newer python3.N."""
    machine.tools["python3.13"] = answer("/usr/bin/python3.13", "3.13")
    assert machine.run().stdout == "/usr/bin/python3\n"


@pytest.mark.parametrize(
    "plain",
    ["exit 127", answer(version="3.10", usable="no"), answer(headers="no")],
)
def test_a_newer_python_stands_in(machine: Machine, plain: str) -> None:
    """Where python3 does not run, is old or incomplete, the newest other is taken."""
    machine.tools["python3"] = plain
    machine.tools["python3.12"] = answer("/usr/bin/python3.12", "3.12")
    machine.tools["python3.13"] = answer("/usr/bin/python3.13", "3.13")
    machine.tools["python3.14"] = "exit 127"
    assert machine.run().stdout == "/usr/bin/python3.13\n"


def test_a_python_that_is_asked_for_is_taken(machine: Machine) -> None:
    """The interpreter that PYTHON names is used, and no other."""
    machine.tools["python3.12"] = answer("/usr/bin/python3.12", "3.12")
    assert machine.run(PYTHON="python3.12").stdout == "/usr/bin/python3.12\n"


def test_a_python_that_is_asked_for_is_not_replaced(machine: Machine) -> None:
    """Where the one that PYTHON names does not run, no other is taken in its place."""
    line = f"{APT} python3.12 python3.12-dev python3.12-venv"
    wanted = ["CPython 3.11 or later (tried: python3.12)"]
    assert_missing(machine.run(PYTHON="python3.12"), wanted, line)


def test_another_system_is_refused(machine: Machine) -> None:
    """A system that is not Linux is refused by its name, with no line to type."""
    machine.tools["uname"] = "echo Darwin"
    done = machine.run()
    wanted = "statshard: runs on Linux only (kernel 5.4 or later); this is Darwin\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", wanted)
