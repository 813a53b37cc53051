"""What a line is, and whether it is carried.

    datagram   = piece *( LF piece )
    line       = a piece that is not empty after one trailing CR is taken off
    carried    = an event, well formed / a check, well formed / name ":" anything
    event      = "_e{" digits "," digits "}:" title "|" text [ "|" anything ]
    check      = "_sc|" name "|" ( "0" / "1" / "2" / "3" ) [ "|" anything ]
    name       = 1 or more bytes

Rules: a line that starts with ``_e{`` or ``_sc|`` is judged as an event or a check and
as nothing else. The two numbers of an event are the lengths of title and text in bytes;
title and text may hold any byte, ``|`` and ``:`` too. Any other bytes are allowed
everywhere; nothing is decoded. This file knows no key and no backend.

Source: the DogStatsD datagram format, for events and service checks
(docs.datadoghq.com/developers/dogstatsd/datagram_shell); for all other lines the
grammar of etsy/statsd, name before the first colon, with an empty name refused.
"""

import re
from typing import NamedTuple

_EVENT_HEAD = re.compile(rb"_e\{([0-9]+),([0-9]+)\}:")
_CHECK = re.compile(rb"_sc\|[^|]+\|[0123](\|.*)?", re.DOTALL)


class Event(NamedTuple):
    """A well-formed event, cut by its byte lengths."""

    title: bytes
    text: bytes
    fields: list[bytes]
    """What follows the text, split at ``|``; empty where nothing follows."""


def split_lines(datagram: bytes) -> list[bytes]:
    """Give the lines of a datagram in order, without LF and without one CR each."""
    pieces = [piece.removesuffix(b"\r") for piece in datagram.split(b"\n")]
    return [piece for piece in pieces if piece]


def refusal(line: bytes) -> str | None:
    """Say why a line is refused; None means that it is carried.

    The reasons are "no_colon", "empty_name", "bad_event" and "bad_check".
    """
    if line.startswith(b"_e{"):
        return "bad_event" if parse_event(line) is None else None
    if line.startswith(b"_sc|"):
        return None if _CHECK.fullmatch(line) else "bad_check"
    if b":" not in line:
        return "no_colon"
    return "empty_name" if line.startswith(b":") else None


def parse_event(line: bytes) -> Event | None:
    """Cut an event into its parts; None means that it is not well formed."""
    head = _EVENT_HEAD.match(line)
    if head is None:
        return None
    title_size = _read_size(head[1], len(line))
    text_size = _read_size(head[2], len(line))
    body = line[head.end() :]
    title, bar, rest = (
        body[:title_size],
        body[title_size : title_size + 1],
        body[title_size + 1 :],
    )
    if len(title) != title_size or bar != b"|":
        return None
    text, tail = rest[:text_size], rest[text_size:]
    if len(text) != text_size or not (tail == b"" or tail.startswith(b"|")):
        return None
    return Event(title, text, tail.split(b"|")[1:])


def _read_size(digits: bytes, line_size: int) -> int:
    """Read a length, or ``line_size`` + 1, which nothing fits, for any that is longer.

    Capped at every digit, because Python refuses to read more than 4 300 at once.
    """
    size = 0
    for digit in digits:
        size = min(size * 10 + digit - ord("0"), line_size + 1)
    return size
