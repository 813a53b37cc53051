"""`statshard convert`: another proxy's configuration as ours, printed or written."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.foreign import EXAMPLES, FILES
from tests.support.proxy import COMMAND, run_statshard

INI = FILES / "config.ini"
WRONG = "{nodes: [{host: 'a', port: 1},\n{host: 'b', port: env.P}]}\n"


def convert(
    *words: str, stdin: bytes = b"", cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the command with something to read."""
    return subprocess.run(
        [*COMMAND, "convert", *words],
        capture_output=True,
        check=False,
        cwd=cwd,
        input=stdin,
        timeout=30,
    )


def test_what_is_printed_is_a_file_that_check_takes(tmp_path: Path) -> None:
    """The output, printed or written, is a settings file; nothing else is said."""
    path = tmp_path / "statshard.toml"
    printed = run_statshard("convert", str(INI))
    written = run_statshard("convert", "--from", "rust", str(INI), "-o", str(path))
    assert (0, "", 0, "") == (
        *(printed.returncode, printed.stderr),
        *(written.returncode, written.stdout + written.stderr),
    )
    assert printed.stdout == path.read_text(encoding="utf-8")
    checked = run_statshard("check", "--no-network", "-c", str(path))
    found = tomllib.loads(checked.stdout)
    assert (0, "djb2", 3) == (
        checked.returncode,
        found["proxy"]["hash"],
        len(found["backend"]),
    )


@pytest.mark.parametrize("program", EXAMPLES)
def test_each_program_comes_to_a_file_that_places(tmp_path: Path, program: str) -> None:
    """What is made of each example is valid, and all its backends get lines."""
    path = tmp_path / "statshard.toml"
    made = run_statshard("convert", str(FILES / EXAMPLES[program]), "-o", str(path))
    assert (0, "") == (made.returncode, made.stdout + made.stderr)
    checked = run_statshard("check", "--no-network", "-c", str(path))
    assert (0, "") == (checked.returncode, checked.stderr)
    rows = tomllib.loads(checked.stdout)["backend"]
    lines = [f"page.{'x' * number}{number}.views:1|c" for number in range(60)]
    placed = run_statshard("route", "-c", str(path), *lines)
    assert (0, "") == (placed.returncode, placed.stderr)
    found = [row.split("\t") for row in placed.stdout.splitlines()]
    assert lines == [line for _, line in found]
    names = {row.get("name", row["address"]) for row in rows}
    assert names == {name for name, _ in found}


def test_standard_input_is_read() -> None:
    """`-` is standard input, a pipe or a file."""
    text = INI.read_bytes()
    piped = convert("-", stdin=text)
    with INI.open("rb") as file:
        given = subprocess.run(
            [*COMMAND, "convert", "-"], capture_output=True, check=False, stdin=file
        )
    assert (0, piped.stdout) == (given.returncode, given.stdout)
    assert b"# Converted from the Rust sharding proxy: -" in piped.stdout


def test_json_has_the_toml_and_what_is_left_over() -> None:
    """--json is one object, of what was made or of the faults."""
    text = INI.read_text(encoding="utf-8").replace("threads = 2", "threads = 65")
    made = json.loads(convert("--json", "-", stdin=text.encode()).stdout)
    assert (True, "rust") == (made["converted"], made["program"])
    assert tomllib.loads(made["toml"])["proxy"]["hash"] == "djb2"
    (leftover,) = made["leftovers"]
    assert (4, "threads", '"65"') == (
        leftover["line"],
        leftover["key"],
        leftover["value"],
    )
    assert "1 to 64" in leftover["why"]
    refused = convert("--json", "-", stdin=WRONG.encode())
    found = json.loads(refused.stdout)
    assert (78, b"", False) == (refused.returncode, refused.stderr, found["converted"])
    assert found["faults"][0].startswith("-:2: nodes[1].port: 'env.P}]}' is no literal")


@pytest.mark.parametrize(
    ("stdin", "fault"),
    [
        (WRONG.encode(), "-:2: nodes[1].port: 'env.P}]}' is no literal; valid: a text"),
        (b"", "-: of no program that is recognised; valid: --from with one of: etsy"),
        (b"{nodes: []}\n\xff", "-:2: not UTF-8: byte 0xff"),
        (b"{nodes: []}\0", "-:1: a NUL byte: no settings file"),
        (b"\xef\xbb\xbf{}", "-:1: a byte order mark"),
        (b" " * (100 << 20), "-: longer than 1048576 bytes: no settings file"),
        (b"{nodes: " + b"[" * 100_000, "-:1: nodes[0]"),
        (b"{__proto__: {}, nodes: []}", "-:1: __proto__ is no literal"),
        (
            b"{nodes: [{host: 'a', port: 1" + b"0" * 9999 + b"}]}",
            "-:1: nodes[0].port = inf: port 'inf' is not 1 to 65535",
        ),
        (
            b"{nodes: [{host: 'a\\n\\x1b', port: 1}]}",
            "-:1: nodes[0].port = 1: the host",
        ),
    ],
)
def test_what_cannot_be_read_is_one_line_each(stdin: bytes, fault: str) -> None:
    """Whatever comes in, the status is 78, and faults are lines with their place."""
    done = convert("-", stdin=stdin)
    assert (78, b"") == (done.returncode, done.stdout)
    first, *_ = lines = done.stderr.decode().split("\n")
    assert first.startswith(f"statshard: {fault}"[:90])
    assert [line for line in lines if not line.isprintable()] == []


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """A folder and a missing file are named, with the reason."""
    for path in (tmp_path, tmp_path / "missing"):
        done = run_statshard("convert", str(path))
        assert done.returncode == 78
        assert done.stderr.startswith(f"statshard: {path}: cannot be read: ")


def test_the_words_of_a_command_line_stand_behind_two_dashes() -> None:
    """Words behind `--` are statsrelay's; a wrong one is named by its place."""
    done = run_statshard("convert", "--from", "statsrelay", "--", "-p", "x", "a:1")
    assert done.returncode == 78
    fault = "statshard: statsrelay: word 1: port = \"x\": port 'x' is not 0 to 65535\n"
    assert fault == done.stderr
    word = os.fsdecode(b"\xff:1")
    done = run_statshard("convert", "--", "a:1", word)
    assert "word 2: '\\udcff:1': not UTF-8" in done.stderr


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((), "give either FILE or, behind --, statsrelay's words"),
        ((str(INI), "--", "a:1"), "give either FILE or, behind --"),
        (("--from", "etsy", "--", "a:1"), "words behind -- are those of statsrelay"),
        (("--from", "nobody", str(INI)), "Invalid value for '--from'"),
        ((str(INI), str(INI)), "unexpected extra argument"),
    ],
)
def test_what_is_no_usage_is_status_2(words: tuple[str, ...], fault: str) -> None:
    """A command line that means nothing is told so."""
    done = run_statshard("convert", *words)
    assert (2, "") == (done.returncode, done.stdout)
    assert fault in done.stderr


def test_a_file_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    """What cannot be written, or is there already, is status 1, and stays as it was."""
    path = tmp_path / "config.ini"
    path.write_bytes(INI.read_bytes())
    done = run_statshard("convert", str(path), "-o", str(path))
    assert done.returncode == 1
    assert f"statshard: {path}: exists already" in done.stderr
    assert INI.read_bytes() == path.read_bytes()
    done = run_statshard("convert", str(path), "-o", str(tmp_path / "no" / "x"))
    assert done.returncode == 1
    assert "cannot be written: No such file or directory" in done.stderr


def test_nothing_of_it_is_loaded_by_other_commands() -> None:
    """`run` knows no other program's format, and no YAML."""
    code = "import sys, statshard.cli.run; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    found = done.stdout.split("\n")
    assert [one for one in found if re.match(r"yaml\b|.*\.foreign\b", one)] == []
