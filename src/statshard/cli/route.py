"""statshard route: which backend gets a line, and why.

    LINE ...  or  stdin, in chunks that end at an LF   ->   BACKEND TAB LINE LF

Without --explain and --json the lines of a chunk are placed and written by one call of
compiled code.
"""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import click

from statshard.cli.options import config_option, setting_options
from statshard.cli.placing import PLACEMENT, Output, read_placement, shown
from statshard.errors import StatshardError
from statshard.routing.explain import LINE_MAX, Explainer, Explanation
from statshard.routing.placement import Placement
from statshard.routing.ring import Ring
from statshard.routing.snapshot import placement_of
from statshard.settings.model import PROXY

CHUNK = 1 << 20  # bytes read at a time
STDIN = 0
NOBODY = "-"  # in the place of a backend
REFUSED = "refused: the proxy drops it, and counts why"
TOO_LONG = f"refused: no datagram has more than {LINE_MAX} bytes"


@click.command("route", short_help="Which backend gets a line, and why.")
@config_option
@setting_options(PROXY, keys=PLACEMENT)
@click.option("--explain", is_flag=True, help="Show how each line is placed.")
@click.option("--json", "is_json", is_flag=True, help="Print a JSON object a line.")
@click.argument("lines", metavar="[LINE]...", nargs=-1)
def command(
    *,
    config: str | None,
    explain: bool,
    is_json: bool,
    lines: tuple[str, ...],
    **given: Any,  # noqa: ANN401 -- texts by key, as read_settings takes them
) -> None:
    """Print the backend of each line, a tab, and the line, as the proxy would place it.

    Without LINE, lines are read from standard input. "-" stands for the backend of a
    line that the proxy refuses. --explain shows the key, the hash, what it finds (a
    slot, a point of the ring, a position), and where the line would go were its backend
    out. In JSON a byte that is not UTF-8 is a lone surrogate, U+DC80 and up. On a
    terminal, control characters are escaped. Exit status: 0 done; 1 could not read or
    write; 2 usage; 78 bad settings.

    \b
    Example: where one line goes, and why
      statshard route --backend one=10.0.0.1:8125 --backend two=10.0.0.2:8125 \\
          --explain 'page.views:1|c'
    """  # noqa: D301 -- click's help page: \b is its mark
    placement = placement_of(read_placement(given, config).settings)
    chunks = iter([_joined(lines)]) if lines else _read_chunks()
    output = Output()
    if not explain and not is_json:
        _label(placement, chunks, output)
        return
    tell = _ways_to_tell(placement)[explain, is_json]
    for line in _split(chunks):
        output.write(tell(line).encode() + b"\n")


def _joined(lines: tuple[str, ...]) -> bytes:
    """Return the lines of the command line as they would stand in a file."""
    return b"".join(os.fsencode(line) + b"\n" for line in lines)


def _read_chunks() -> Iterator[bytes]:
    """Yield standard input in pieces that end where a line does."""
    tail: list[bytes] = []  # the beginning of a line whose end is not there yet
    try:
        while chunk := os.read(STDIN, CHUNK):
            whole, found, rest = chunk.rpartition(b"\n")
            if found:
                yield b"".join([*tail, whole, found])
                tail = []
            tail.append(rest)
    except OSError as error:
        raise StatshardError(f"standard input: {error.strerror}") from error
    yield b"".join([*tail, b"\n"])


def _label(placement: Placement, chunks: Iterator[bytes], output: Output) -> None:
    """Write each line of the chunks behind its backend's name."""
    names = [name.encode() for name in placement.names]
    for chunk in chunks:
        labelled = placement.table.label_lines(chunk, names)
        if labelled:
            output.write(labelled)


def _split(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the lines of the chunks: without LF and one CR, none empty."""
    for chunk in chunks:
        for piece in chunk.split(b"\n"):
            line = piece.removesuffix(b"\r")
            if line:
                yield line


def _ways_to_tell(
    placement: Placement,
) -> dict[tuple[bool, bool], Callable[[bytes], str]]:
    """Return what makes the output of a line, by whether to explain and in JSON."""
    explain = Explainer(placement).explain
    pick = Ring.of(placement).pick

    def backend_as_json(line: bytes) -> str:
        return json.dumps({"line": _text(line), "backend": pick(line)})

    def way_as_json(line: bytes) -> str:
        if len(line) > LINE_MAX:
            told = {"line": _text(line), "backend": None, "refused": True}
            return json.dumps(told)
        return json.dumps(as_json(explain(line)))

    def way_as_text(line: bytes) -> str:
        if len(line) > LINE_MAX:
            return f"{shown(line)}\n  backend    {NOBODY}  ({TOO_LONG})"
        return as_text(explain(line))

    return {
        (False, True): backend_as_json,
        (True, True): way_as_json,
        (True, False): way_as_text,
    }


def as_json(found: Explanation) -> dict[str, object]:
    """Return a line, its backend, and how it came to it."""
    told: dict[str, object] = {
        "line": _text(found.line),
        "backend": found.backend,
        "refused": found.is_refused,
        "key": _text(found.key),
        "hash": found.hash,
        "hash_name": found.hash_name,
        found.step: found.at,
        "of": found.of,
        "elsewhere": found.elsewhere,
    }
    return told if found.point is None else told | {"point_value": found.point}


def as_text(found: Explanation) -> str:
    """Return how a line came to its backend, on several rows."""
    backend = found.backend or NOBODY
    if found.is_refused:
        backend += f"  ({REFUSED})"
    at = f"{found.at} of {found.of}"
    if found.point is not None:
        at += f", at {found.point}"
    rows = {
        "backend": backend,
        "key": shown(found.key),
        "hash": f"{found.hash:#x}  ({found.hash_name})",
        found.step: at,
        "elsewhere": f"{found.elsewhere or NOBODY}  (were its backend out)",
    }
    if found.backend is None:
        del rows["elsewhere"]
    told = [f"  {title:9}  {text}" for title, text in rows.items()]
    return "\n".join([shown(found.line), *told])


def _text(octets: bytes) -> str:
    """Return bytes as JSON has them; what is not UTF-8 is not lost."""
    return octets.decode("utf-8", "surrogateescape")
