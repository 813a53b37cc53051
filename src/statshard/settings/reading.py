"""Reading: texts that several kinds of values are made of.

A reader returns the value, or raises ValueError that says what is valid; the caller
adds where the text stood.
"""

import math
import re
from fractions import Fraction

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
NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", re.ASCII)
LONGEST = 80  # characters of a value in an error
_DIGITS_MAX = 40  # of a number; one with more is beyond all bounds


ADDRESS = "HOST:PORT, for example 10.0.0.1:8125"


def host_and_port(
    text: str, *, lowest_port: int, valid: str = ADDRESS
) -> tuple[str, int]:
    """Read HOST:PORT; an IPv6 address stands in brackets, [::1]:8125.

    `valid` is what a fault shows, where HOST:PORT is only a part of what is written.
    """
    if text.startswith("[") and text.endswith("]"):  # an IPv6 address without a port
        raise ValueError(f"valid: {valid}")
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError("an IPv6 address stands in brackets: [::1]:8125")
    if not colon or not host:
        raise ValueError(f"valid: {valid}")
    if any(not c.isprintable() or c.isspace() or c in "[]" for c in host):
        raise ValueError(
            f"the host {quoted(host)} has a blank, bracket or control character; "
            f"valid: {valid}"
        )
    is_number = port.isascii() and port.isdigit() and len(port) <= _DIGITS_MAX
    if not is_number or not lowest_port <= int(port) <= HIGHEST_PORT:
        raise ValueError(f"port {quoted(port)} is not {lowest_port} to {HIGHEST_PORT}")
    return host, int(port)


def name(text: str) -> str:
    """Read a name that can stand in a log, a label and a ring.

    It is not empty, and has no blank or control character.
    """
    if not text or any(not c.isprintable() or c.isspace() for c in text):
        raise ValueError(
            f"the name {quoted(text)} is empty or has a blank or control character; "
            "valid: shard-1"
        )
    return text


def positive(text: str) -> float:
    """Read a finite number above 0."""
    number = float(text) if _DECIMAL.fullmatch(text) else math.nan
    if not 0 < number < math.inf:
        raise ValueError(f"{quoted(text)} is not a number above 0")
    return number


def scaled(digits: str, factor: float) -> Fraction | float:
    """Return the number that digits write, times a factor as its shortest form has it.

    Exact, so that 16.1kB is 16 100 bytes; infinite, where there are too many digits.
    """
    if len(digits) > _DIGITS_MAX:
        return math.inf
    return Fraction(digits) * Fraction(repr(factor))


def printable(text: str) -> str:
    """Return a text in which nothing moves a terminal: all such is escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def cut(text: str) -> str:
    """Return a text as an error can hold it: its beginning, where it is long."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def quoted(text: str) -> str:
    """Return a text in quotes, escaped, and cut where it is long."""
    return cut(repr(text[: LONGEST + 1]))


def shortest(number: float) -> int | float:
    """Return a number as people write it: 5, not 5.0."""
    return int(number) if number == int(number) else number
