"""Invariant: a file gives settings that survive as_toml, or faults that name it.

The input is a settings file, read as TOML, as config.ini, and as what its content says.
Each fault is one printable line that names the file; that nothing was given to forward
to stands nowhere, and of very many faults the last line counts the rest. Nothing else
is ever raised.
"""

import random
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.plain import run
from statshard.errors import SettingsError
from statshard.settings import show
from statshard.settings.addresses import Backend
from statshard.settings.effective import Effective
from statshard.settings.model import PROXY, ProxySettings
from statshard.settings.setting import Setting, table_of
from statshard.settings.sources import read_settings

NAMES = ("s.toml", "config.ini", "s")
MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made there
FOLDER = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
OF_NO_FILE = re.compile(r"no backend: |and \d+ more$")
DIGITS = re.compile(r"\d+")
BITS = (
    *("[", "]", "[[", "]]", "{", "}", "=", ".", ",", "#", ";", '"', "'", '"""', "\n"),
    *("\r\n", "\\", "\\u001b", "0", "9" * 30, "-1", "nan", "inf", "1e9", "true", "[]"),
    *("[proxy]", "[[backend]]", "workers", "hash", "'djb2'", "2026-01-01", "[1, 2]"),
    *("\x00", "\x1b[2J", "\ufeff", "\u2028", "\x7f", "\xa0", " ", "\t", "é", "x" * 90),
    *("threads = 2", "destinations = h:9", "bind_port", "h:1", "a.b", "{a = 1}"),
    *("'8 megs'", "'8MiB'", "'5ms'", "weight = 2", "name = 'a'", "'dns://h:1'", "\xff"),
    *("[server]", "[[sink]]", "health = {}", "no_admin", "control", "64", "65507"),
)
VALUES = (
    *("0", "1", "2", "2.0", "0.5", "64", "65", "64.5", "1432", "65507", "-1", "-0.0"),
    *("nan", "inf", "true", "false", '"2"', '"5ms"', '"1.5kB"', '"8 megs"', '""', "[]"),
    *("'djb2'", "'INFO'", "'name'", "{}", "[1]", '["udp://h:1"]', "1979-05-27", "9e99"),
    *('["udp://h:1", "udp://h:2"]', "'h:1'", "'a'", "'dns://h:1'", "h:1 h:1", "[::]"),
)
SEEDS = 13  # about as many inputs are in the tree
MOSTLY = 0.8


def judge(octets: bytes) -> set[str]:
    """Hold the invariant; return what the file came to, by each name."""
    return set().union(*(_read(Path(FOLDER.name, name), octets) for name in NAMES))


def _read(path: Path, octets: bytes) -> set[str]:
    """Hold the invariant for a file of one name."""
    path.write_bytes(octets)
    try:
        found = _effective(path)
    except SettingsError as error:
        lines = str(error).split("\n")
        for line in lines:
            assert line.isprintable(), line
            assert line.startswith(str(path)) or OF_NO_FILE.match(line), line
        return {DIGITS.sub("", re.split("[:;]", line)[-1][:16]) for line in lines}
    again = path.with_name("again.toml")
    for origins in (None, found.origins):
        text = show.as_toml(PROXY, found.settings, origins)
        again.write_text(text, encoding="utf-8")
        assert _effective(again).settings == found.settings, text
    settings = show.as_plain(PROXY.rows, found.settings)
    return {f"{key}={value}"[:32] for key, value in settings.items()}


def _effective(path: Path) -> Effective[ProxySettings]:
    """Return what a file means, where nothing else is given."""
    return read_settings(PROXY, {}, config=str(path), environ={}, usable_cpus=2)


def mutate(chance: random.Random, pool: Sequence[bytes]) -> bytes:
    """Return one of the files with some of it changed: by lines, or by bytes."""
    # Half of them begin anew, from what the corpus has.
    octets = chance.choice(chance.choice((pool, pool[:SEEDS])))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        change = chance.choice((_change_lines, _change_bytes))
        octets = change(chance, octets, chance.choice(pool))
    return octets[:4096]


def _change_lines(chance: random.Random, octets: bytes, other: bytes) -> bytes:
    """Return a file with a line lost, doubled, of another file or of another value."""
    lines = octets.split(b"\n")
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    key = lines[at].partition(b"=")[0].strip().decode("utf-8", "replace")
    if key in USUAL and chance.random() < MOSTLY:
        value = chance.choice(chance.choice((USUAL[key], VALUES)))
        lines[at] = f"{key} = {value}".encode()
    else:
        lines[at : at + chance.randint(0, 1)] = chance.choice(
            ([], [lines[to]], [chance.choice(other.split(b"\n"))])
        )
    return b"\n".join(lines)


def _list_usual(row: Setting) -> list[str]:
    """Return values that a key may have, and the bounds of them."""
    schema = row.kind.schema
    bounds = [schema[key] for key in ("minimum", "maximum") if key in schema]
    names = [f'"{name}"' for name in schema.get("enum", ())]
    return [*map(str, bounds), *names, row.default or "'h:1'", "0.5"]


ROWS = (*PROXY.rows, *table_of(Backend))
USUAL = {row.key: _list_usual(row) for row in ROWS}


def _change_bytes(chance: random.Random, octets: bytes, other: bytes) -> bytes:
    """Return a file with some bytes lost, doubled, or of something else."""
    start = chance.randint(0, len(octets))
    end = chance.randint(start, min(start + 20, len(octets)))
    at = chance.randint(0, len(other))
    pieces = (
        b"",
        octets[start:end] * 2,
        chance.choice(BITS).encode(),
        other[at : at + chance.randint(1, 60)],
        bytes([chance.randrange(256)]),
    )
    return octets[:start] + chance.choice(pieces) + octets[end:]


if __name__ == "__main__":
    run("settings", judge, mutate)
