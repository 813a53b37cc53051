"""Secrets: settings that may stand in a file of their own, named by KEY_file.

    token = "..."                      in the clear, where the settings are
    token_file = "/run/secrets/token"  or there; the last line's end is no part of it

`with_files` adds the second key to a table, so that every source knows it like any
other; `open_secrets` puts what the file holds in its place. Must not know: which
settings are secrets, sources.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from statshard.settings import kinds
from statshard.settings.fault import Fault
from statshard.settings.given import JUDGED, Given, Raw
from statshard.settings.setting import Setting, nothing

FILE = "_file"
BYTES_MAX = 65_536


def with_files(table: Iterable[Setting]) -> tuple[Setting, ...]:
    """Return the table, with KEY_file behind each secret."""
    rows: list[Setting] = []
    for row in table:
        rows.append(row)
        if row.is_secret:
            rows.append(
                replace(
                    row,
                    kind=kinds.text(str, "PATH"),
                    unit="path",
                    help=f"A file that holds {row.key}.",
                    default=None,
                    follows=nothing,
                    is_secret=False,
                    key=row.key + FILE,
                )
            )
    return tuple(rows)


def open_secrets(table: Iterable[Setting], given: Given, faults: list[Fault]) -> Given:
    """Return what a source says, with secrets read from the files that it names.

    Adds to `faults` what cannot be read, and a secret that is given both ways.
    """
    parts = dict(given.parts)
    for row in table:
        named = parts.pop(row.key + FILE, None) if row.is_secret else None
        if not isinstance(named, Raw):
            continue
        if row.key in parts:
            what = f"{row.key} is given too; valid: one of the two"
            faults.append(Fault(named.origin, named.value, what))
            continue
        try:
            text = _read(named)
        except (OSError, ValueError) as fault:
            why = getattr(fault, "strerror", None) or fault
            what = f"cannot be read: {why}; valid: a file of one line"
            faults.append(Fault(named.origin, named.value, what))
            parts[row.key] = Raw(JUDGED, named.origin)
        else:
            parts[row.key] = Raw(text, named.origin)
    return replace(given, parts=parts)


def _read(named: Raw) -> str:
    """Return what the file that a value names holds; raises OSError or ValueError."""
    if not isinstance(named.value, str):  # a number of TOML
        raise ValueError("no text")  # noqa: TRY004 -- a fault like the others
    return read_secret(named.value)


def read_secret(path: str) -> str:
    """Return a file's one line; raises OSError or ValueError."""
    with Path(path).open("rb") as file:
        octets = file.read(BYTES_MAX + 1)
    if len(octets) > BYTES_MAX:
        raise ValueError(f"longer than {BYTES_MAX} bytes")
    text = octets.decode("utf-8").removesuffix("\n").removesuffix("\r")
    if not text or "\n" in text:
        raise ValueError("empty, or more than one line")
    return text
