"""Secrets: a setting that a file of its own may hold. This version has none yet."""

from pathlib import Path

import pytest

from statshard.settings import kinds
from statshard.settings.environment import read_environment
from statshard.settings.given import Given
from statshard.settings.secrets import open_secrets, with_files
from statshard.settings.setting import Setting

TABLE = (
    Setting(kinds.text(str, "T"), "", "A secret.", key="token", is_secret=True),
    Setting(kinds.text(str, "N"), "", "None.", key="name"),
)


def read(environ: dict[str, str]) -> tuple[Given, list[str]]:
    """Return what variables say, secrets opened, and the faults."""
    faults: list[str] = []
    given = read_environment(with_files(TABLE), environ, faults)
    return open_secrets(TABLE, given, faults), faults


def test_a_secret_has_a_key_for_its_file() -> None:
    """The table that the sources go by has KEY_file behind it, and no key more."""
    assert [row.key for row in with_files(TABLE)] == ["token", "token_file", "name"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_holds_the_secret(tmp_path: Path, end: str) -> None:
    """Its one line is the value, whose origin is the variable that named the file."""
    path = tmp_path / "token"
    path.write_bytes(b"s3cret" + end.encode())
    given, faults = read({"STATSHARD_TOKEN_FILE": str(path), "STATSHARD_NAME": "n"})
    assert faults == []
    assert given.values["token"].value == "s3cret"
    assert given.values["token"].origin.place == "STATSHARD_TOKEN_FILE"
    assert {*given.values} == {"token", "name"}


def test_a_secret_may_stand_where_the_settings_are() -> None:
    """Without a file it is a setting like any other."""
    given, faults = read({"STATSHARD_TOKEN": "s3cret"})
    assert faults == []
    assert given.values["token"].value == "s3cret"


@pytest.mark.parametrize(
    "octets", [b"", b"\n", b"a\nb\n", b"\xff", b"x" * 65_537, None]
)
def test_what_holds_no_secret_is_refused(tmp_path: Path, octets: bytes | None) -> None:
    """A file that is missing, empty, too long, not UTF-8 or of two lines is a fault."""
    path = tmp_path / "token"
    if octets is not None:
        path.write_bytes(octets)
    given, faults = read({"STATSHARD_TOKEN_FILE": str(path)})
    assert "token" not in given.values
    (fault,) = faults
    assert fault.startswith(f"STATSHARD_TOKEN_FILE {str(path)!r}: cannot be read: ")
    assert fault.endswith("; valid: a file of one line")


def test_a_secret_is_given_one_way() -> None:
    """Both the value and a file for it, in one source, contradict each other."""
    given = {"STATSHARD_TOKEN": "a", "STATSHARD_TOKEN_FILE": "/x"}
    assert read(given)[1] == [
        "STATSHARD_TOKEN_FILE '/x': token is given too; valid: one of the two"
    ]
