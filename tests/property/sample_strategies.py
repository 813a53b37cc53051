"""What Hypothesis draws of samples: numbers, pieces, fields and tags, good and bad.

Rules: most of what is drawn is near a good line, and each part may be bad. No LF. Hard
decimals stand in the middle between two doubles, or a hair beside it, or at the ends of
their range.

Source: the grammars at the top of tests/model/sample.py; JavaScript's spaces; William
Clinger, "How to read floating point numbers accurately", for what is hard.
"""

import math
from decimal import Context, Decimal

from hypothesis import strategies as st

from tests.model.number import SPACES

_EXACT = Context(prec=2000)  # no middle between two doubles has more digits
_SIGNS = (b"", b"", b"", b"-", b"+")
_ODD_NUMBERS = (
    *(b"0x10", b"0XfF", b"-0x1", b"0x", b"0b101", b"0o17", b"0b2", b"0x1.8", b"1_0"),
    *(b"Infinity", b"+Infinity", b"-Infinity", b"NaN", b"inf", b"nan", b"1e", b"1e+"),
    *(b"5.", b".5", b".", b"", b" ", b"+", b"-", b"--1", b"1.2.3", b"1e5.5", b"e5"),
    *(b"1e400", b"-1e400", b"1e-400", b"1e99999999999999999999", b"0e99999999999999"),
    *(b"0x" + b"f" * 300, b"0b1" + b"0" * 53 + b"1", b"0" * 30 + b"1", b"\x001"),
    *(b"9007199254740993", b"4.9e-324", b"2.4703282292062328e-324", b"1.8e308"),
    *("٣".encode(), b"\xff", b"1\xff", b"1" * 400 + b"e-399", b"0." + b"0" * 40 + b"1"),
)
_SPACES = (b"", b"", b"", b" ", b"\t", b"\r", *(each.encode() for each in SPACES))
_TYPES = (b"c", b"c", b"g", b"ms", b"h", b"d", b"s", b"m", b"kv", b"C", b"", b"mss")
_TAGS = (
    *(b"k:v", b"a:1", b"a:1", b"b:2", b"bare", b"", b"k:a;b;c", b"k:v:w", b"k=v", b";"),
    *(b" a : b ", b"url:http://x/y", "é:è".encode(), b"\xe2\x80", b"#a", b"[b]", b":"),
    *(each.encode() + b"x" for each in "\u2003\u3000\ufeff\x85"),
)
_NAMES = (
    *(b"a", b"gorets", b"a.b-c_d", b" ", b"/", b"*", b"\t \t", "é".encode(), b"\xff"),
    *(b",k=v", b";k=v", b"#k=v", b"[k=v]", b"[", b"]", b",", b";", b"#", b"=", b"|"),
    *("\u2003\xa0".encode(), b"\xe2\x80", b"|#", b"_e", b"b", b".c"),
)


@st.composite
def _middles(draw: st.DrawFn) -> bytes:
    """Draw the exact middle between two doubles, or just beside it."""
    double = draw(st.floats(0, 1e308))
    after = math.nextafter(double, math.inf)
    middle = _EXACT.divide(_EXACT.add(Decimal(double), Decimal(after)), Decimal(2))
    digits = f"{middle:e}" if draw(st.booleans()) else f"{middle:f}"
    head, e, exponent = digits.partition("e")
    tail = draw(st.sampled_from(["", "0", "1", "0" * 60 + "1", "0" * 800 + "1"]))
    point = "" if "." in head else "."
    return f"{head}{point}{tail}{e}{exponent}".encode()


digit_texts = st.text("0123456789", max_size=40).map(str.encode)
"""Digits, or none."""


@st.composite
def _decimals(draw: st.DrawFn) -> bytes:
    """Draw digits, a point and an exponent, each of which may be missing."""
    point = draw(st.sampled_from([b"", b"."]))
    exponent = draw(st.sampled_from([b"", b"", b"e", b"E", b"e-", b"e+", b"E-"]))
    power = str(draw(st.integers(0, 400))).encode() if exponent else b""
    sign = draw(st.sampled_from(_SIGNS))
    head, tail = draw(digit_texts), draw(digit_texts)
    return sign + head + point + (tail if point else b"") + exponent + power


numbers = st.one_of(
    st.integers(-(10**20), 10**20).map(lambda n: str(n).encode()),
    st.floats(allow_nan=False).map(lambda x: repr(x).encode()),
    _decimals(),
    st.sampled_from(_ODD_NUMBERS),
    _middles(),
)
"""Numbers in every notation, and texts that are nearly one."""

spaced_numbers = st.tuples(
    st.sampled_from(_SPACES), numbers, st.sampled_from(_SPACES)
).map(b"".join)
"""Numbers with JavaScript's spaces around them."""

_rates = st.sampled_from([b"0.1", b"0.5", b"1", b"1.0", b".25", b"2", b"0", b"-1"]) | (
    st.sampled_from(
        [b"", b"1e-320", b"2e-1", b"+.5", b" .5", b"0x1", b"Infinity", b"."]
    )
    | spaced_numbers
)
_tags = st.lists(st.sampled_from(_TAGS), max_size=5).map(b",".join)
_fields = st.one_of(
    _rates.map(b"@".__add__),
    _tags.map(b"#".__add__),
    st.sampled_from([b"c:abc", b"e:it-false,cn-x", b"card:low", b"T165", b"", b"x:1"]),
)
_values = st.one_of(
    st.lists(numbers, min_size=1, max_size=3).map(b":".join),
    spaced_numbers,
    st.sampled_from([b"1", b"320", b"u1", b"a:b", b""]),
)
_types = st.tuples(
    st.sampled_from(_SPACES[:4]), st.sampled_from(_TYPES), st.sampled_from(_SPACES[:5])
).map(b"".join)
_pieces = st.builds(
    lambda values, kind, fields: b"|".join([values, kind, *fields]),
    _values,
    st.sampled_from(_TYPES) | _types,
    st.lists(_fields, max_size=3),
)

names = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=6).map(b"".join)
"""Names with tags, brackets and spaces in them."""

sample_lines = st.builds(
    lambda name, pieces: b":".join([name, *pieces]),
    names,
    st.lists(_pieces, min_size=1, max_size=3),
)
"""Lines of one or more pieces, each with values, type and fields."""

tagged_lines = st.builds(
    lambda name, piece, tags: name + b":" + piece + b"|#" + tags,
    names,
    st.sampled_from([b"1|c", b"1|c|@0.5", b"1|c:2|c", b"|#a|c"]),
    _tags,
)
"""Lines of which the tags matter."""

scrambled = st.lists(
    st.sampled_from(
        [b"a", b"1", b"c", b":", b"|", b"#", b"@", b",", b"s", b"ms", b"."]
    ),
    max_size=16,
).map(b"".join)
"""The bytes that mean something, in any order."""
