"""`statshard route` says of each line what the proxy does with it."""

import json
import os
import pty
import shlex
import subprocess
from pathlib import Path

import pytest

from statshard import Ring
from tests.model.line import split_lines
from tests.support.proxy import COMMAND, run_statshard

BACKENDS = ["one=10.0.0.1:8125", "two=10.0.0.2:8125", "three=10.0.0.3:8125,weight=2"]
FLAGS = [word for text in BACKENDS for word in ("--backend", text)]
LINES = [b"page.%d.views:%d|c|#k:v" % (n % 777, n) for n in range(99_999)]
MANY = b"\n".join(LINES)
# What is told of the line that is too long, by the flags.
REFUSED = {
    "": b"-\tx:1|c\n",
    "--json": b'{"line": "x:1|c", "backend": null}\n',
    "--explain": b"x:1|c\n"
    b"  backend    -  (refused: no datagram has more than 65535 bytes)\n",
    "--explain --json": b'{"line": "x:1|c", "backend": null, "refused": true}\n',
}
ODD = (
    b"a:1|c\r\n\n\r\n:x\nno colon\ncaf\xc3\xa9:1|c\n\xff\x1b[31m:1|c\n"
    b"_sc|up|0\nlast:1|c"
)


def route(*words: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run `statshard route` on these backends, with a standard input."""
    return subprocess.run(
        [*COMMAND, "route", *FLAGS, *words],
        input=text,
        capture_output=True,
        check=False,
        timeout=60,
    )


def expected(text: bytes, ring: Ring | None = None) -> bytes:
    """Return what is printed of a text, by the Python ring."""
    placed = ring or Ring(BACKENDS)
    return b"".join(
        b"%b\t%b\n" % ((placed.pick(line) or "-").encode(), line)
        for line in split_lines(text)
    )


@pytest.mark.parametrize("text", [ODD, ODD + b"\n", b"", b"\n", b"a:1", MANY])
def test_standard_input_is_placed_line_by_line(text: bytes) -> None:
    """Each line comes out behind its backend, unaltered, the last without LF too."""
    done = route(text=text)
    assert (done.returncode, done.stderr) == (0, b"")
    assert expected(text) == done.stdout


def test_pieces_of_lines_are_put_together() -> None:
    """A line that comes in pieces is one line, and whole ones are told at once."""
    with subprocess.Popen(
        [*COMMAND, "route", *FLAGS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        os.write(process.stdin.fileno(), b"a:1|c\npage.vi")
        assert expected(b"a:1|c\n") == process.stdout.readline()
        os.write(process.stdin.fileno(), b"ews:1|")
        os.write(process.stdin.fileno(), b"c")
        process.stdin.close()
        assert expected(b"page.views:1|c") == process.stdout.read()
        assert process.wait() == 0


def test_lines_of_the_command_line_are_placed() -> None:
    """Arguments are lines, bytes that are not UTF-8 and all."""
    done = route("a:1|c", ":x", os.fsdecode(b"\xff:1|c"))
    assert expected(b"a:1|c\n:x\n\xff:1|c") == done.stdout
    assert done.stdout.splitlines()[1] == b"-\t:x"


def test_a_file_says_where_lines_go(tmp_path: Path) -> None:
    """With -c, the ring is that of the file."""
    path = tmp_path / "some.toml"
    path.write_text(
        '[proxy]\nhash = "djb2"\n'
        + "".join(f'[[backend]]\naddress = "10.0.0.{n}:8125"\n' for n in (1, 2)),
        encoding="utf-8",
    )
    ring = Ring(["10.0.0.1:8125", "10.0.0.2:8125"], "djb2")
    done = run_statshard("route", "-c", str(path), "a,k=v,b=c:1|c", "b:1|c")
    assert done.stdout.encode() == expected(b"a,k=v,b=c:1|c\nb:1|c", ring)


def test_explain_shows_every_step() -> None:
    """Key, hash, slot, backend, and where it would go were that one out."""
    ring = Ring(BACKENDS)
    found = ring.explain("page.views,k=v:1|c")
    done = route("--explain", "page.views,k=v:1|c", "bad").stdout.decode()
    first, second = done.split("\nbad\n")
    assert first.splitlines() == [
        "page.views,k=v:1|c",
        f"  backend    {found.backend}",
        "  key        page.views",
        f"  hash       {found.hash:#x}  (XXH64)",
        f"  slot       {found.hash >> 48} of 65536",
        f"  elsewhere  {found.elsewhere}  (were its backend out)",
    ]
    assert found.backend is not None
    assert found.elsewhere == ring.without(found.backend).pick("page.views:1|c")
    assert second.splitlines()[0].startswith("  backend    -  (refused")


def test_json_has_an_object_for_each_line() -> None:
    """Each line of output is JSON; bytes that are not UTF-8 come back from it."""
    done = route("--json", text=ODD)
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    lines = split_lines(ODD)
    assert lines == [row["line"].encode("utf-8", "surrogateescape") for row in rows]
    assert [row["backend"] for row in rows] == list(Ring(BACKENDS).pick_many(lines))


def test_json_explains_too() -> None:
    """With both flags the steps are keys of the object."""
    row = json.loads(route("--json", "--explain", "a:1|c").stdout)
    found = Ring(BACKENDS).explain("a:1|c")
    assert row == {
        "line": "a:1|c",
        "backend": found.backend,
        "refused": False,
        "key": "a",
        "hash": found.hash,
        "hash_name": "XXH64",
        "slot": found.at,
        "of": 65_536,
        "elsewhere": found.elsewhere,
    }


@pytest.mark.parametrize(("flags", "told"), REFUSED.items())
def test_a_line_that_no_datagram_holds_is_refused(flags: str, told: bytes) -> None:
    """However it is told, a line of 65 536 bytes has no backend, and the next has."""
    done = route(*flags.split(), text=b"x" * 65_532 + b":1|c\na:1|c")
    assert (done.returncode, done.stderr) == (0, b"")
    shown = done.stdout.replace(b"x" * 65_532, b"x")
    assert shown.startswith(told)
    assert shown.count(b"a:1|c") == 1


def test_a_terminal_gets_nothing_that_moves_it() -> None:
    """On a terminal, what is not printable is escaped; tabs between stay."""
    reader, writer = pty.openpty()
    done = subprocess.run(
        [*COMMAND, "route", *FLAGS], input=ODD, stdout=writer, check=False, timeout=60
    )
    os.close(writer)
    shown = b""
    while b"last:1|c\r\n" not in shown:
        shown += os.read(reader, 4096)
    os.close(reader)
    assert done.returncode == 0
    assert b"\x1b" not in shown
    assert b"\t\\xff\\x1b[31m:1|c\r\n" in shown
    assert "\tcafé:1|c\r\n".encode() in shown


def test_a_pipe_that_is_closed_ends_it_without_a_word() -> None:
    """When nobody reads any more, nothing is told and nothing hangs."""
    with subprocess.Popen(
        [*COMMAND, "route", *FLAGS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        _, told = process.communicate(MANY, timeout=60)
    assert told == b""


def test_a_full_disk_is_told() -> None:
    """What cannot be written is an error with its reason, status 1."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123 -- a device
        done = subprocess.run(
            [*COMMAND, "route", *FLAGS, "a:1|c"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    told = b"statshard: standard output: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_a_closed_input_is_told() -> None:
    """Without standard input and without lines there is an error, status 1."""
    # A sanitizer's runtime is not for the shell: ThreadSanitizer's dies of the closing.
    preload = shlex.quote(os.environ.get("LD_PRELOAD", ""))
    words = [f"LD_PRELOAD={preload}", *COMMAND, "route", *FLAGS, "<&-"]
    done = subprocess.run(
        ["sh", "-c", " ".join(words)],
        env={**os.environ, "LD_PRELOAD": ""},
        capture_output=True,
        check=False,
    )
    told = b"statshard: standard input: Bad file descriptor\n"
    assert (done.returncode, done.stderr) == (1, told)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ([], 78, "no backend"),
        (["--backend", "x"], 78, "HOST:PORT"),
        (["--backend", "a:1", "--hash", "rendevous"], 78, "did you mean"),
        (["-c", "nowhere.toml"], 78, "nowhere.toml"),
        (["--wrong"], 2, "No such option"),
    ],
)
def test_wrong_settings_are_refused(words: list[str], status: int, told: str) -> None:
    """Faults have the statuses of all commands, and say what is valid."""
    done = run_statshard("route", *words, "a:1|c")
    assert (done.returncode, done.stdout) == (status, "")
    assert told in done.stderr
