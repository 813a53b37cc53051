"""TOML file: each text into values, or into the exact fault with its line."""

from pathlib import Path

import pytest

from statshard.settings.addresses import Backend
from statshard.settings.reading import LONGEST
from tests.support.proxy import run_statshard
from tests.support.settings import effective, told

BACKEND = '[[backend]]\naddress = "h:1"\n'
TABLES = "valid: proxy, server, backend, sink"
KEYS = (
    "valid: listen, hash, shard_by, hash_prefix, shard_map, workers, max_payload, "
    "max_delay_ms, receive_buffer, queue_bytes, queue_age_s, summary_s, log_level, "
    "log_format, no_admin, control"
)
SIZES = "valid: bytes, or a number with kB, MB, GB, KiB, MiB or GiB, for example 8MiB"
TEXT = 'valid: a text, in quotes: "..."'
WORKERS = "valid: a whole number from 1 to 64"
LISTEN = "valid: udp://HOST:PORT"
NO_BACKEND = (
    "no backend: nothing to forward to; add --backend HOST:PORT for each StatsD "
    "server, or [[backend]] to a file (to a config.ini: destinations)"
)
NINES = "9" * LONGEST + "..."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a file to be."""
    return tmp_path / "s.toml"


@pytest.mark.parametrize(
    ("line", "key", "expected"),
    [
        ("workers = 2", "workers", 2),
        ("workers = 0x10", "workers", 16),
        ('"workers" = 2', "workers", 2),
        (r'"wor\u006bers" = 2', "workers", 2),
        ("max_payload = 1_432", "max_payload", 1432),
        ("max_payload = 1432.0", "max_payload", 1432),
        ('max_payload = "1 kB"', "max_payload", 1000),
        ('max_payload = "16.1kB"', "max_payload", 16_100),
        ('max_payload = "1.001kB"', "max_payload", 1001),
        ('receive_buffer = "8MiB"', "receive_buffer", 8 << 20),
        ("max_delay_ms = 5", "max_delay_ms", 5.0),
        ("max_delay_ms = 0.5", "max_delay_ms", 0.5),
        ('max_delay_ms = "5ms"', "max_delay_ms", 5.0),
        ('max_delay_ms = "700us"', "max_delay_ms", 0.7),
        ('queue_age_s = "5ms"', "queue_age_s", 0.005),
        ('queue_age_s = "30s"', "queue_age_s", 30.0),
        ('queue_age_s = "1ms"', "queue_age_s", 0.001),
        ('summary_s = "24h"', "summary_s", 86_400.0),
        ("hash = 'djb2' # a comment", "hash", "djb2"),
        ('hash = """\ndjb2"""', "hash", "djb2"),
    ],
)
def test_a_value_is_read(file: Path, line: str, key: str, expected: object) -> None:
    """A value is taken exactly, in the unit that it names or that of its key."""
    file.write_text(f"[proxy]\n{line}\n{BACKEND}", encoding="utf-8")
    found = effective(file)
    assert expected == getattr(found.settings, key)
    assert f"{file}:2" == str(found.origins[key])


@pytest.mark.parametrize(
    "text",
    [
        f"[proxy]\nworkers = 2\n{BACKEND}",
        f"proxy.workers = 2\n{BACKEND}",
        f"proxy = {{workers = 2}}\n{BACKEND}",
        f"{BACKEND}[proxy]\nworkers = 2\n",
        '[proxy]\nworkers = 2\n[["backend"]]\n"address" = "h:1"\n',
        'backend = [{address = "h:1"}]\n[proxy]\nworkers = 2\n',
        'backend = [\n  {address = "h:1"}, # one\n]\nproxy.workers = 2',
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_form_of_toml_means_the_same(file: Path, text: str, end: str) -> None:
    """Dotted keys, inline tables, another order and CRLF change nothing."""
    file.write_bytes(text.replace("\n", end).encode())
    settings = effective(file).settings
    assert (2, (Backend("h:1", "h:1"),)) == (settings.workers, settings.backend)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("workers = 0", f"workers = 0: {WORKERS}"),
        ("workers = 2.0", f"workers = 2.0: {WORKERS}"),
        ('workers = "2"', 'workers = "2": a text; valid: a whole number, without quo'),
        ("workers = true", "workers = true: a bool; valid: a whole number"),
        ("workers = [2]", "workers = [2]: an array; valid: a whole number"),
        ("workers = {a = 1}", 'workers = {"a": 1}: a table; valid: a whole number'),
        ("workers = 2026-01-01", "workers = 2026-01-01: a date or time; valid: a who"),
        ("workers = 12:00:00", "workers = 12:00:00: a date or time; valid: a whole n"),
        ("workers.a.b = 1", 'workers = {"a": {"b": 1}}: a table; valid: a whole num'),
        (f"workers = {'9' * 400}", f"workers = {NINES}: {WORKERS}"),
        (f"workers = 0x{'f' * 5000}", f"workers = 0x{'f' * 78}...: {WORKERS}"),
        ("max_payload = inf", "max_payload = inf: valid: 64 to 65507 bytes"),
        ("max_payload = nan", "max_payload = nan: valid: 64 to 65507 bytes"),
        ("max_payload = 1432.5", "max_payload = 1432.5: valid: 64 to 65507 bytes"),
        (f"max_payload = {'9' * 400}", f"max_payload = {NINES}: valid: 64 to 65507"),
        ('max_payload = "1.0015kB"', 'max_payload = "1.0015kB": valid: 64 to 65507'),
        ('max_payload = "8 megs"', f'max_payload = "8 megs": {SIZES}'),
        ('max_payload = ""', f'max_payload = "": {SIZES}'),
        ("max_delay_ms = nan", "max_delay_ms = nan: valid: 0 to 1000 ms"),
        ("max_delay_ms = inf", "max_delay_ms = inf: valid: 0 to 1000 ms"),
        (f"max_delay_ms = {'9' * 400}", f"max_delay_ms = {NINES}: valid: 0 to 1000"),
        ('max_delay_ms = "2s"', 'max_delay_ms = "2s": valid: 0 to 1000 ms'),
        ("summary_s = false", "summary_s = false: a bool; valid: a number, or a text"),
        ('hash = ""', 'hash = "": valid: rendezvous, djb2'),
        ("hash = 1", f"hash = 1: a number; {TEXT}"),
        ("hash = [[1, [2]]]", f"hash = [[1, [2]]]: an array; {TEXT}"),
        ('hash = "rendezvou"', 'hash = "rendezvou": did you mean rendezvous? valid: '),
        (r'hash = "\u001b[2J"', r'hash = "\u001b[2J": valid: rendezvous, djb2'),
        (r'hash = "a\nb"', r'hash = "a\nb": valid: rendezvous, djb2'),
        (f"hash = '{'x' * 10_000}'", f'hash = "{"x" * 79}...: valid: rendezvous, djb2'),
        ("listen = 'udp://h:1'", 'listen = "udp://h:1": valid: an array: listen = ["'),
        ("listen = []", 'listen = []: valid: an array: listen = ["...", "..."]'),
        ("listen = ['udp://h:1', 3]", f"listen = 3: a number; {TEXT}"),
        ("listen = [['a']]", f'listen = ["a"]: an array; {TEXT}'),
        ("listen = ['tcp://h:1']", 'listen = "tcp://h:1": tcp:// is not supported by'),
        (
            "listen = ['http://h:1']",
            f'listen = "http://h:1": no such scheme http://; {LISTEN}',
        ),
        ("listen = ['udp://a b:1']", "listen = \"udp://a b:1\": the host 'a b' has a "),
        (
            f"listen = ['udp://h:{'9' * 5000}']",
            f"listen = \"udp://h:{'9' * 71}...: port '{'9' * 79}... is not 0 to 65535",
        ),
        ("drain_s = 3", f"drain_s: not supported by this version; {KEYS}"),
        ("worker = 3", f"worker: no such key; did you mean workers? {KEYS}"),
        ("backend = ['h:1']", "backend: a table of its own; valid: [[backend]]"),
        ("'' = 1", f'"": no such key; {KEYS}'),
        ("'a.b' = 1", f'"a.b": no such key; {KEYS}'),
        (r'"a\nb" = 1', rf'"a\nb": no such key; {KEYS}'),
        (r'"\u001b[2J" = 1', rf'"\u001b[2J": no such key; {KEYS}'),
        (r'"\u202e" = 1', rf'"\u202e": no such key; {KEYS}'),
        ("k" * 10_000 + " = 1", f'"{"k" * 79}...: no such key; {KEYS}'),
    ],
    ids=lambda text: text[:40],
)
def test_a_wrong_value_is_told_with_its_line(file: Path, line: str, fault: str) -> None:
    """A fault names file, line and key, the value as it stands, and what is valid."""
    file.write_text(f"[proxy]\n{line}\n{BACKEND}", encoding="utf-8")
    (found,) = told(file)
    start = f"FILE:2: proxy.{fault}"
    assert start == found[: len(start)]
    assert "valid: " in found or " is not 0 to " in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[[proxy]]\nworkers = 2\n",
            'FILE:1: proxy = [{"workers": 2}]: valid: a table: ',
        ),
        ("proxy = 3\n", "FILE:1: proxy = 3: valid: a table: [proxy]"),
        ("workers = 2\n", "FILE:1: workers: a key of [proxy]; valid: below that line"),
        (
            f"{BACKEND}workers = 2",
            "FILE:3: backend.workers: a key of [proxy]; valid: below that line",
        ),
        ("[prxy]\n", f"FILE:1: prxy: no such table; did you mean proxy? {TABLES}"),
        ("\n\n[rule]\n", f"FILE:3: rule: not supported by this version; {TABLES}"),
        ('["\\u001b"]\n', f'FILE:1: "\\u001b": no such table; {TABLES}'),
        ("backend = [1]\n", "FILE:1: backend = [1]: valid: tables: [[backend]]"),
        ("[backend]\naddress = 'h:1'", 'FILE:1: backend = {"address": "h:1"}: valid: '),
        ("[[backend]]\n", 'FILE:1: backend: no address; valid: address = "HOST:PORT"'),
        ("[[backend]]\naddress = 3", f"FILE:2: backend.address = 3: a number; {TEXT}"),
        (
            "[[backend]]\naddress = '\x7fh:1'",
            "FILE:2: no valid TOML: ",
        ),
        (
            '[[backend]]\naddress = "\\u001b:1"',
            (
                "FILE:2: backend.address = \"\\u001b:1\": the host '\\x1b' has a "
                "blank, bracket or control character; valid: HOST:PORT, for "
            ),
        ),
        (
            f"{BACKEND}weight = {'9' * 400}",
            f"FILE:3: backend.weight = {NINES}: valid: a number above 0",
        ),
        (f"{BACKEND}weight = nan", "FILE:3: backend.weight = nan: valid: a number abo"),
        (f"{BACKEND}weight = inf", "FILE:3: backend.weight = inf: valid: a number abo"),
        (f"{BACKEND}weight = '2'", 'FILE:3: backend.weight = "2": a text; valid: a nu'),
        (f"{BACKEND}health = 1", "FILE:3: backend.health: not supported by this versi"),
        (f"{BACKEND}{BACKEND}", 'FILE:4: backend.address = "h:1": the name h:1 is a'),
        ("", "no backend: nothing to forward to; add --backend HOST:PORT for each"),
        ("backend = []", "FILE:1: backend: no backend: nothing to forward to; add --"),
        ("backend = [{weight = 0}]", "FILE:1: backend.weight = 0: valid: a number abo"),
        ("[proxy]\n[proxy]\n", "FILE:2: proxy: stands on line 1 already"),
        (
            "[proxy]\nworkers = 1\nhash = 'djb2'\nworkers = 1\n",
            "FILE:4: proxy.workers: stands on line 2 already",
        ),
        ("backend = []\n[[backend]]\n", "FILE:2: backend: stands on line 1 already"),
        ("proxy = {a = 1, a = 2}", "FILE:1: no valid TOML: Duplicate inline table ke"),
        ("x = \n", "FILE:1: no valid TOML: Invalid value (line 1, column 5)"),
        ("\n\nx = [1,\n", "FILE:4: no valid TOML: "),
        ("x = '\x1b'", "FILE:1: no valid TOML: "),
        (
            f"[proxy]\nworkers{'.a' * 400_000} = 1",
            "FILE:2: a key of more than 32 parts",
        ),
        (f"x = {'[' * 100_000}", "FILE: nested too deeply"),
        (f"x = {'9' * 5000}", "FILE: a number of more digits than 4300"),
        ("\ufeff[proxy]\n", "FILE:1: a byte order mark; valid: UTF-8 without it"),
        ("[proxy]\n#\0\n", "FILE:2: a NUL byte: no settings file"),
    ],
    ids=lambda text: text[:30],
)
def test_a_wrong_form_is_told_with_its_line(
    file: Path, text: str, expected: str
) -> None:
    """What is no file of settings, or no TOML, is told first, and with its line."""
    file.write_text(text, encoding="utf-8", newline="")
    found = told(file)
    assert expected == found[0][: len(expected)]


def test_all_faults_of_a_file_are_told_at_once(file: Path) -> None:
    """Every wrong line of a file has its fault, also where a flag overrides it."""
    text = "[proxy]\nworkers = 0\nmax_payload = 'x'\nwhat = 1\n[prxy]\n[[backend]]\n"
    file.write_text(f"{text}nam = 1\n", encoding="utf-8")
    found = told(file, {"STATSHARD_HASH": "x"}, {"workers": "5", "summary_s": "y"})
    places = [fault.split(": ")[0].split(" '")[0] for fault in found]
    lines = [f"FILE:{line}" for line in (2, 3, 4, 5, 6, 7)]
    assert sorted([*lines, "STATSHARD_HASH", "--summary-s"]) == sorted(places)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A folder, a file that is not there, and a path that is none are one line each."""
    assert ["FILE: cannot be read: Is a directory"] == told(tmp_path)
    missing = tmp_path / "none.toml"
    assert ["FILE: cannot be read: No such file or directory"] == told(missing)
    assert [r"a\x00b: no path of a file"] == told("a\0b")
    assert [r"a\ud800b: no path of a file"] == told("a\ud800b")
    assert [r"\x1b[2J: cannot be read: No such file or directory"] == told("\x1b[2J")
    assert ["--config '': valid: the path of a settings file"] == told("")


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"\n\nx = '\xff'", "FILE:3: not UTF-8: byte 0xff"),
        (b"\xed\xa0\x80", "FILE:1: not UTF-8: byte 0xed"),
        (b"#" * ((1 << 20) + 1), "FILE: longer than 1048576 bytes: no settings file"),
    ],
    ids=["byte", "surrogate", "long"],
)
def test_a_file_of_no_text_is_told(file: Path, octets: bytes, expected: str) -> None:
    """Bytes that are no UTF-8, and too many of them, are one line."""
    file.write_bytes(octets)
    assert [expected] == told(file)


@pytest.mark.parametrize("kind", ["locked", "huge", "wrong"])
def test_run_ends_by_78_with_a_line_each(file: Path, kind: str) -> None:
    """`statshard run -c` refuses by status 78 and by nothing but its lines."""
    flags = ["run", "-c", str(file)]
    if kind == "locked":
        file.symlink_to(file)  # which root cannot read either
        expected = [f"{file}: cannot be read: Too many levels of symbolic links"]
    elif kind == "huge":
        with file.open("wb") as sparse:
            sparse.truncate(100 << 20)
        expected = [f"{file}: longer than 1048576 bytes: no settings file"]
    else:
        file.write_text('[proxy]\n"\\u001b\\n" = 1\nworkers = 0\n', encoding="utf-8")
        expected = [
            f'{file}:2: proxy."\\u001b\\n": no such key; {KEYS}',
            f"{file}:3: proxy.workers = 0: {WORKERS}",
            f"{NO_BACKEND}",
        ]
    done = run_statshard(*flags, timeout_s=30)
    assert (78, "") == (done.returncode, done.stdout)
    assert [f"statshard: {line}" for line in expected] == done.stderr.splitlines()
