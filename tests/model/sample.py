"""Which samples a line holds, in the strict grammar and in etsy's.

    strict   line   = name ":" piece *( ":" piece )        a piece after "|type" or rate
             piece  = value *( ":" value ) "|" type *( "|@" rate ) [ fields ]
             fields = "|" field *( "|" field )             only behind the last piece

             a:1:2:3|ms|@0.5          three times, each with that rate
             a:1|c:2|c:3|c|@0.5       three counts, the rate is the last one's
             u:a:b|s|#k:v             one member, "a:b"

    etsy     line   = body [ "|#" tags [ "|#" anything ] ]
             body   = name *( ":" piece )
             piece  = value "|" type [ "|@" rate [ "|" anything ] ]

Rules of both: each sample is judged for itself; what is refused is one sample, given as
its reason. A line without a good sample is still the others' neighbour: nothing raises.

strict. The types are c, g, ms, h, d and s; h and d are timers; any other type is
refused, as by every server but etsy's. The values of a piece end at its first "|"; only
a set's member may hold a ":". Fields stand in any order: "@" rate (the last one counts,
all must be good), "#" tags, and what else there may be (c: e: card: T) is not read; a
timestamp is ignored, so that sample counts as one of now. A value is a finite decimal;
a time is not below 0; a rate is above 0 and at most 1, and its reciprocal is finite. A
piece of a bad type or rate is one refused sample, however many values it packs.

etsy. What its server does, to the letter: a value is what JavaScript makes of it, any
type that is not ms, g or s once trimmed is a counter, but which values are good is
asked of the type before it is trimmed; the rate is judged as a whole and then read as
far as there are digits and dots. Where that finds no digit its process dies of it (@+1,
@Infinity); here the sample is refused. A name alone is one refused sample.

A gauge's value that begins with a sign is a change. ``scale`` is 1 / rate.

Sources: statsd/statsd (stats.js, lib/helpers.js) run and observed, pinned by
tests/vectors/aggregation.json; the DogStatsD datagram format
(docs.datadoghq.com/developers/dogstatsd/datagram_shell), versions 1.0 to 1.6.
"""

import re
from typing import NamedTuple

from tests.model.number import SPACES, decimal, javascript


class Sample(NamedTuple):
    """One good sample."""

    kind: str
    """counter, gauge, gauge_delta, timer or set"""
    value: float
    """0.0 of a set"""
    scale: float
    """How many events it stands for."""
    member: bytes
    """Empty but of a set."""


_TYPES = {
    b"c": "counter",
    b"g": "gauge",
    b"ms": "timer",
    b"h": "timer",
    b"d": "timer",
    b"s": "set",
}
_PIECE = re.compile(
    rb"(?P<values>[^|]*)"
    rb"(?P<bar>\|(?P<type>[^|:]*)(?P<rates>(\|@[^|:]*)*)(?P<fields>(\|(?!@).*)?))?",
    re.DOTALL,
)
_ETSY_RATE = re.compile(r"@([0-9.]+)")


def read_samples(line: bytes, compat: str) -> list[Sample | str]:
    """Give the samples of a line in order; a refused one as its reason."""
    return strict_samples(line) if compat == "strict" else etsy_samples(line)


def strict_samples(line: bytes) -> list[Sample | str]:
    """Give the samples of a line in the strict grammar."""
    name, colon, rest = line.partition(b":")
    if not colon:
        return ["no_value"]
    if not name:
        return ["empty_name"]
    found: list[Sample | str] = []
    at = 0
    while at <= len(rest):
        piece = _PIECE.match(rest, at)
        assert piece is not None  # it matches nothing at all, too
        found += _read_piece(piece)
        assert rest[piece.end() : piece.end() + 1] in {b"", b":"}
        at = piece.end() + 1
    return found


def strict_tags(line: bytes) -> bytes | None:
    """Give what stands in the last "#" field of a line, None where there is none."""
    _, _, rest = line.partition(b":")
    at = 0
    tags = None
    while at <= len(rest):
        piece = _PIECE.match(rest, at)
        assert piece is not None
        for field in (piece["fields"] or b"").split(b"|")[1:]:
            if field.startswith(b"#"):
                tags = field[1:]
        at = piece.end() + 1
    return tags


def _read_piece(piece: re.Match[bytes]) -> list[Sample | str]:
    """Read the values of one piece."""
    if piece["bar"] is None:
        return ["bad_type" if piece["values"] else "no_value"]
    kind = _TYPES.get(piece["type"])
    if kind is None:
        return ["bad_type"]
    fields = (piece["rates"] + piece["fields"]).split(b"|")
    scales = [_scale(field[1:]) for field in fields if field.startswith(b"@")]
    if None in scales:
        return ["bad_rate"]
    scale = scales[-1] if scales else 1.0
    assert scale is not None
    if kind == "set":
        if not piece["values"]:
            return ["no_value"]
        return [Sample("set", 0.0, scale, piece["values"])]
    return [_read_value(kind, v, scale) for v in piece["values"].split(b":")]


def _scale(rate: bytes) -> float | None:
    """Give the reciprocal of a rate; None where the rate is none."""
    number = decimal(rate)
    if number is None or not 0 < number <= 1:
        return None
    scale = 1 / number
    return scale if scale < float("inf") else None


def _read_value(kind: str, text: bytes, scale: float) -> Sample | str:
    """Read one value of a kind that has numbers."""
    if not text:
        return "no_value"
    value = decimal(text)
    if value is None or abs(value) == float("inf") or (kind == "timer" and value < 0):
        return "bad_value"
    if kind == "gauge" and text[:1] in {b"+", b"-"}:
        kind = "gauge_delta"
    return Sample(kind, value, scale, b"")


def etsy_samples(line: bytes) -> list[Sample | str]:
    """Give the samples of a line as etsy's server has them."""
    body = line.split(b"|#")[0].decode("utf-8", "surrogateescape")
    pieces = body.split(":")[1:]
    if not pieces:
        return ["no_value"]
    return [_read_etsy(piece) for piece in pieces]


def _read_etsy(piece: str) -> Sample | str:
    """Read one piece as etsy's server does."""
    text, *fields = piece.split("|")
    if not fields:
        return "bad_type" if text else "no_value"
    scale = _etsy_scale(fields[1]) if len(fields) > 1 else 1.0
    if scale is None:
        return "bad_rate"
    kind = _etsy_kind(fields[0].strip(SPACES))
    value = 0.0
    if fields[0] != "s":
        number = javascript(text) if text else None
        if number is None or (fields[0] == "ms" and number < 0):
            return "bad_value" if text else "no_value"
        value = number
    if kind == "set":
        member = text.encode("utf-8", "surrogateescape")
        return Sample("set", 0.0, scale, member or b"0")
    if kind == "gauge" and text[0] in "+-":
        kind = "gauge_delta"
    return Sample(kind, value, scale, b"")


def _etsy_kind(trimmed: str) -> str:
    """Give the kind of a type without the spaces about it."""
    return {"ms": "timer", "g": "gauge", "s": "set"}.get(trimmed, "counter")


def _etsy_scale(field: str) -> float | None:
    """Give the reciprocal of the rate that is read; None where it is refused."""
    if field[:1] != "@" or len(field) < 2 or field[1] == "-":
        return None
    digits = _ETSY_RATE.match(field)
    if javascript(field[1:]) is None or digits is None:
        return None
    rate = float(digits[1])
    return 1 / rate if rate else float("inf")
