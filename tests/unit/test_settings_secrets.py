"""Secrets: a setting that a file of its own may hold. This version has none yet."""

from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from statshard.settings import kinds, reading
from statshard.settings.effective import read_table
from statshard.settings.environment import read_environment
from statshard.settings.fault import Fault
from statshard.settings.given import JUDGED, Given, Origin, Raw
from statshard.settings.secrets import open_secrets, with_files
from statshard.settings.section import Section
from statshard.settings.setting import Setting, nothing


class Settings(msgspec.Struct, frozen=True):
    """Settings with a secret among them."""

    token: Annotated[
        str, Setting(kinds.text(reading.name, "T"), "", "A secret.", is_secret=True)
    ]
    name: Annotated[
        str | None, Setting(kinds.text(str, "N"), "", "None.", follows=nothing)
    ]


SECTION = Section("any", "any", Settings)


def read(environ: dict[str, str]) -> tuple[Given, list[str]]:
    """Return what variables say, secrets opened, and the faults."""
    faults: list[Fault] = []
    given = read_environment(SECTION, environ, faults)
    opened = open_secrets(SECTION.rows, given, faults)
    return opened, [str(fault) for fault in faults]


def text_of(given: Given, key: str) -> tuple[object, str]:
    """Return a value as it was written, and its place."""
    raw = given.parts[key]
    assert isinstance(raw, Raw)
    return raw.value, raw.origin.place


def test_a_secret_has_a_key_for_its_file() -> None:
    """The table that the sources go by has KEY_file behind it, and no key more."""
    assert [row.key for row in with_files(SECTION.rows)] == [
        "token",
        "token_file",
        "name",
    ]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_holds_the_secret(tmp_path: Path, end: str) -> None:
    """Its one line is the value, whose origin is the variable that named the file."""
    path = tmp_path / "token"
    path.write_bytes(b"s3cret" + end.encode())
    given, faults = read({"STATSHARD_TOKEN_FILE": str(path), "STATSHARD_NAME": "n"})
    assert faults == []
    assert text_of(given, "token") == ("s3cret", "STATSHARD_TOKEN_FILE")
    assert {*given.parts} == {"token", "name"}


def test_a_secret_may_stand_where_the_settings_are() -> None:
    """Without a file it is a setting like any other."""
    given, faults = read({"STATSHARD_TOKEN": "s3cret"})
    assert faults == []
    assert text_of(given, "token") == ("s3cret", "STATSHARD_TOKEN")


@pytest.mark.parametrize(
    "octets", [b"", b"\n", b"a\nb\n", b"\xff", b"x" * 65_537, None]
)
def test_what_holds_no_secret_is_refused(tmp_path: Path, octets: bytes | None) -> None:
    """A file that is missing, empty, too long, not UTF-8 or of two lines is a fault."""
    path = tmp_path / "token"
    if octets is not None:
        path.write_bytes(octets)
    given, faults = read({"STATSHARD_TOKEN_FILE": str(path)})
    assert text_of(given, "token") == (JUDGED, "STATSHARD_TOKEN_FILE")
    (fault,) = faults
    assert fault.startswith(f"STATSHARD_TOKEN_FILE {str(path)!r}: cannot be read: ")
    assert fault.endswith("; valid: a file of one line")


def test_a_secret_is_given_one_way() -> None:
    """Both the value and a file for it, in one source, contradict each other."""
    given = {"STATSHARD_TOKEN": "a", "STATSHARD_TOKEN_FILE": "/x"}
    assert read(given)[1] == [
        "STATSHARD_TOKEN_FILE '/x': token is given too; valid: one of the two"
    ]


@pytest.mark.parametrize("in_file", [False, True])
def test_a_secret_that_is_not_valid_is_not_told(
    tmp_path: Path, *, in_file: bool
) -> None:
    """A fault of a secret names its place, and neither it nor a part of it."""
    path = tmp_path / "token"
    path.write_text("s3 cret\n")
    name = "STATSHARD_TOKEN_FILE" if in_file else "STATSHARD_TOKEN"
    faults: list[Fault] = []
    environ = {name: str(path) if in_file else "s3 cret"}
    given = read_environment(SECTION, environ, faults)
    read_table(SECTION.rows, [given], faults, {})
    assert [f"{name}: not valid; valid: T"] == [str(fault) for fault in faults]


def test_the_path_of_a_secret_is_a_text() -> None:
    """A number of a TOML file names no file, even where one is named so."""
    origin = Origin("file", "a.toml", "any.token_file", 2)
    faults: list[Fault] = []
    given = Given({"token_file": Raw(5, origin, is_text=False)})
    opened = open_secrets(SECTION.rows, given, faults)
    assert text_of(opened, "token") == (JUDGED, "a.toml:2")
    (fault,) = faults
    assert str(fault) == (
        "a.toml:2: any.token_file = 5: cannot be read: no text; "
        "valid: a file of one line"
    )
