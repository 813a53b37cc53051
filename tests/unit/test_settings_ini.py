"""INI file: the Rust sharding proxy's config.ini means what it meant there.

Source: alanszlosek/rust-sharding-statsd-proxy; tests/vectors/sharding.json has where
that program puts lines.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from statshard.plane import _testing
from statshard.settings.ini_file import is_ini
from tests.support.settings import effective, told

ANY = "0.0.0.0"  # noqa: S104 - only read
HOSTS = "destinations = h:1 h:2\n"
VALID = "valid: bind_interface, bind_port, threads, destinations"
PORT = "is not 0 to 65535"
VECTORS: list[Mapping[str, Any]] = json.loads(
    Path(__file__)
    .parents[1]
    .joinpath("vectors", "sharding.json")
    .read_text(encoding="utf-8")
)["djb2"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a file to be."""
    return tmp_path / "config.ini"


@pytest.mark.parametrize(
    ("text", "listen", "expected"),
    [
        (HOSTS, f"udp://{ANY}:8125", (1, "h:1", "h:2")),
        (f"bind_port=1\n{HOSTS}", f"udp://{ANY}:1", (1, "h:1", "h:2")),
        (f"bind_interface = h\n{HOSTS}", "udp://h:8125", (1, "h:1", "h:2")),
        (f"bind_interface = ::1\n{HOSTS}", "udp://[::1]:8125", (1, "h:1", "h:2")),
        (f"bind_interface=[::]\n{HOSTS}", "udp://[::]:8125", (1, "h:1", "h:2")),
        (f"threads\t=\t8\n{HOSTS}", f"udp://{ANY}:8125", (8, "h:1", "h:2")),
        (f"# threads = 3\n;x\n{HOSTS}", f"udp://{ANY}:8125", (1, "h:1", "h:2")),
        (
            "destinations = b:2  a:1\tc:3 # d:4",
            f"udp://{ANY}:8125",
            (1, "b:2", "a:1", "c:3"),
        ),
        ("destinations = h:1\n\n\n", f"udp://{ANY}:8125", (1, "h:1")),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_means_what_it_meant(
    file: Path, text: str, listen: str, expected: tuple[int | str, ...], end: str
) -> None:
    """Listener, threads and destinations are the file's; hash and key are its own."""
    file.write_bytes(text.replace("\n", end).encode())
    settings = effective(file).settings
    addresses = [backend.address for backend in settings.backend]
    assert expected == (settings.workers, *addresses)
    assert [listen] == [one.url for one in settings.listen]
    assert ("djb2", "embedded") == (settings.hash, settings.shard_by)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("bind_port = abc", f"FILE:1: bind_port = \"abc\": port 'abc' {PORT}"),
        ("\nbind_port = 65536", f"FILE:2: bind_port = \"65536\": port '65536' {PORT}"),
        ("bind_port =", f"FILE:1: bind_port = \"\": port '' {PORT}"),
        (f"bind_port = {'1' * 5000}", f'FILE:1: bind_port = "{"1" * 79}...: port '),
        ("bind_interface = ", 'FILE:1: bind_interface = "": valid: an address '),
        ("bind_interface = a\x1b", 'FILE:1: bind_interface = "a\\u001b": the host '),
        ("bind_interface = [", 'FILE:1: bind_interface = "[": the host '),
        ("threads = 0", 'FILE:1: threads = "0": valid: a whole number from 1 to 64'),
        ("threads = 65", 'FILE:1: threads = "65": valid: a whole number from 1 to 64'),
        ('threads = "2"', r'FILE:1: threads = "\"2\"": valid: a whole number from 1'),
        ("threads = 1\nthreads = 2", "FILE:2: threads: stands on line 1 already"),
        ("thread = 1", f"FILE:1: thread: no such key; did you mean threads? {VALID}"),
        ("\x1b[2J = 1", f"FILE:1: \\x1b[2J: no such key; {VALID}"),
        ("k" * 10_000 + " = 1", f"FILE:1: {'k' * 80}...: no such key; {VALID}"),
        ("\x1b[2J", "FILE:1: '\\x1b[2J'; valid: KEY = VALUE"),
        ("[proxy]", "FILE:1: '[proxy]'; valid: KEY = VALUE, and no sections; TOML "),
        ("= 3", "FILE:1: '= 3'; valid: KEY = VALUE"),
        ("x" * 10_000, f"FILE:1: '{'x' * 79}...; valid: KEY = VALUE"),
    ],
    ids=lambda text: text[:30],
)
def test_a_wrong_line_is_told(file: Path, text: str, fault: str) -> None:
    """A fault names the line and the key, and has the value as it stands there."""
    file.write_text(f"{text}\n{HOSTS}", encoding="utf-8")
    (found,) = told(file)
    assert fault == found[: len(fault)]


@pytest.mark.parametrize(
    ("destinations", "fault"),
    [
        ("h:1 h", 'FILE:1: destinations = "h": valid: HOST:PORT'),
        ("h:1\xa0h:2", 'FILE:1: destinations = "h:1\\xa0h:2": an IPv6 address stands'),
        ("h:1,weight=2", "FILE:1: destinations = \"h:1,weight=2\": port '1,weight=2' "),
        ("h:1;x", "FILE:1: destinations = \"h:1;x\": port '1;x' is not 1 to 65535"),
        ("", "FILE:1: destinations: no backend: nothing to forward to; add"),
    ],
)
def test_a_wrong_destination_is_told(file: Path, destinations: str, fault: str) -> None:
    """A destination that is no address, or stands twice, is told with its line."""
    file.write_text(f"destinations = {destinations}\n", encoding="utf-8")
    (found,) = told(file)
    assert fault == found[: len(fault)]


def test_all_faults_of_a_file_are_told_at_once(file: Path) -> None:
    """Every wrong line has its fault, in one go."""
    file.write_text("bind_port=x\nbind_interface=\nthreads=y\nz\n", encoding="utf-8")
    places = [fault.split(": ")[0] for fault in told(file)]
    assert ["FILE:1", "FILE:2", "FILE:3", "FILE:4", "no backend"] == places


@pytest.mark.parametrize(
    ("environ", "listen", "workers", "hash_name"),
    [
        ({"BIND_PORT": "9"}, f"udp://{ANY}:9", 2, "djb2"),
        ({"BIND_INTERFACE": "::1"}, "udp://[::1]:1", 2, "djb2"),
        ({"THREADS": "3"}, f"udp://{ANY}:1", 3, "djb2"),
        ({"THREADS": "3", "STATSHARD_WORKERS": "4"}, f"udp://{ANY}:1", 4, "djb2"),
        ({"BIND_PORT": "9", "STATSHARD_LISTEN": "udp://h:3"}, "udp://h:3", 2, "djb2"),
        ({"STATSHARD_HASH": "rendezvous"}, f"udp://{ANY}:1", 2, "rendezvous"),
        ({"DESTINATIONS": "h:9"}, f"udp://{ANY}:1", 2, "djb2"),
    ],
)
def test_its_variables_are_above_it_and_below_ours(
    file: Path, environ: Mapping[str, str], listen: str, workers: int, hash_name: str
) -> None:
    """That proxy's variables are honoured, and a STATSHARD_ one is above them."""
    file.write_text(f"bind_port = 1\nthreads = 2\n{HOSTS}", encoding="utf-8")
    found = effective(file, environ).settings
    assert (listen, workers, hash_name) == (
        found.listen[0].url,
        found.workers,
        found.hash,
    )
    assert ["h:1", "h:2"] == [backend.address for backend in found.backend]


def test_a_wrong_variable_of_it_is_told(file: Path) -> None:
    """A variable of that proxy is named, with its value and not with a made-up one."""
    file.write_text(HOSTS, encoding="utf-8")
    environ = {"BIND_PORT": "x\n", "BIND_INTERFACE": "", "THREADS": "-1"}
    assert [
        "BIND_INTERFACE '': valid: an address of this host, for example 0.0.0.0",
        f"BIND_PORT 'x\\n': port 'x\\n' {PORT}",
        "THREADS '-1': valid: a whole number from 1 to 64",
    ] == sorted(told(file, environ))


def test_its_variables_mean_nothing_without_such_a_file(tmp_path: Path) -> None:
    """Beside a TOML file, THREADS and BIND_PORT are somebody else's."""
    file = tmp_path / "s.toml"
    file.write_text("[[backend]]\naddress = 'h:1'\n", encoding="utf-8")
    environ = {"BIND_PORT": "x", "THREADS": "y"}
    assert effective(file) == effective(file, environ)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("x.ini", "[proxy]\n", True),
        ("x.toml", "threads = 2\n", False),
        ("x.conf", "threads = 2\n", True),
        ("x", "\n# a comment\n; another\n  destinations=h:1\n", True),
        ("x", 'destinations = "h:1"\n', False),
        ("x", "[proxy]\nworkers = 2\n", False),
        ("x", "proxy.workers = 2\n", False),
        ("x", "", False),
    ],
)
def test_a_file_is_told_by_ending_or_content(
    path: str,
    text: str,
    expected: bool,  # noqa: FBT001 -- a row's verdict
) -> None:
    """.ini and .toml decide; else the first setting, by its key and its quotes."""
    assert expected == is_ini(path, text)


def test_a_destination_that_stands_twice_has_two_places(file: Path) -> None:
    """Its keys by position stay where that proxy put them; only names must differ."""
    file.write_text("destinations = a:1 b:2 a:1 c:3 a:1\n", encoding="utf-8")
    backends = effective(file).settings.backend
    assert ["a:1", "b:2", "a:1", "c:3", "a:1"] == [each.address for each in backends]
    assert ["a:1", "b:2", "a:1#3", "c:3", "a:1#5"] == [each.name for each in backends]


@pytest.mark.parametrize("count", [2, 3, 4, 5, 8, 10])
def test_lines_go_where_that_proxy_sends_them(file: Path, count: int) -> None:
    """With N destinations, each line of the vectors has the place of that program."""
    hosts = [f"10.0.0.{count - number}:8125" for number in range(count)]
    file.write_text(f"destinations = {' '.join(hosts)}\n", encoding="utf-8")
    settings = effective(file).settings
    assert (settings.hash, settings.shard_by) == ("djb2", "embedded")
    assert hosts == [backend.address for backend in settings.backend]
    rows = [row for row in VECTORS if str(count) in row["shard"]]
    assert len(rows) > 10
    assert [row["shard"][str(count)] for row in rows] == [
        _testing.djb2(_testing.key(row["line"].encode(), settings.shard_by)) % count
        for row in rows
    ]
