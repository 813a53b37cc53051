"""Reading: the text of one value into the value, or a ValueError saying what is valid.

Each function here reads one kind of value and knows no key; the caller adds where the
text stood. Sizes and times are written as people do ("8MiB", "5ms"); a plain number is
in the unit of its key.
"""

import difflib
import math
import re
from collections.abc import Callable, Collection

SIZES = {
    "": 1,
    "B": 1,
    "kB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
}
SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
HIGHEST_PORT = 65_535
_DECIMAL = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", re.ASCII)


def host_and_port(text: str, *, lowest_port: int) -> tuple[str, int]:
    """Read HOST:PORT; an IPv6 address stands in brackets, [::1]:8125."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("an IPv6 address stands in brackets: [::1]:8125")
    if not colon or not host:
        raise ValueError("valid: HOST:PORT, for example 10.0.0.1:8125")
    is_number = port.isascii() and port.isdigit()
    if not is_number or not lowest_port <= int(port) <= HIGHEST_PORT:
        raise ValueError(f"port {port!r} is not {lowest_port} to {HIGHEST_PORT}")
    return host, int(port)


def name(text: str) -> str:
    """Read a name that can stand in a log, a label and a ring.

    It is not empty, and has no blank or control character.
    """
    if not text or any(not c.isprintable() or c.isspace() for c in text):
        raise ValueError(
            f"the name {text!r} is empty or has a blank or control character; "
            "valid: shard-1"
        )
    return text


def positive(text: str) -> float:
    """Read a finite number above 0."""
    number = float(text) if _DECIMAL.fullmatch(text) else math.nan
    if not 0 < number < math.inf:
        raise ValueError(f"{text!r} is not a number above 0")
    return number


def choice(
    names: Collection[str], *, later: Collection[str] = ()
) -> Callable[[str], str]:
    """Return a reader of one of some names; a later version will know those `later`."""

    def read(text: str) -> str:
        if text in names:
            return text
        valid = ", ".join(names)
        if text in later:
            raise ValueError(f"not supported by this version; valid: {valid}")
        near = difflib.get_close_matches(text, names, 1)
        guess = f"did you mean {near[0]}? " if near else ""
        raise ValueError(f"{guess}valid: {valid}")

    return read


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """Return a reader of a whole number within bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            raise ValueError(f"valid: a whole number from {lowest} to {highest}")
        return int(text)

    return read


def size(lowest: int, highest: int) -> Callable[[str], int]:
    """Return a reader of a number of bytes within bounds."""

    def read(text: str) -> int:
        match = _NUMBER.fullmatch(text)
        if not match or match[2] not in SIZES:
            raise ValueError(
                "valid: bytes, or a number with kB, MB, GB, KiB, MiB or GiB, "
                "for example 8MiB"
            )
        number = float(match[1]) * SIZES[match[2]]
        if not lowest <= number <= highest or number != int(number):
            raise ValueError(f"valid: {lowest} to {highest} bytes")
        return int(number)

    return read


def duration(unit: str, lowest: float, highest: float) -> Callable[[str], float]:
    """Return a reader of a time within bounds, in `unit`."""

    def read(text: str) -> float:
        match = _NUMBER.fullmatch(text)
        if not match or (match[2] or unit) not in SECONDS:
            raise ValueError(
                f"valid: a number of {unit}, or one with us, ms, s, m or h, "
                "for example 5ms"
            )
        scale = SECONDS[match[2]] / SECONDS[unit] if match[2] else 1
        number = float(match[1]) * scale
        if not lowest <= number <= highest:
            raise ValueError(f"valid: {lowest:g} to {highest:g} {unit}")
        return number

    return read
