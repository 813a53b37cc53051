r"""Sample cases: one row, one sentence on what a line says of which series.

    strict(line, name, *samples)    by the default grammar
    etsy(line, name, *samples)      as etsy's server reads it
    both(line, name, *samples)      where they agree

A sample is c(value, scale), g(value), delta(value), ms(value, scale) or s(member), or
the reason for which it is refused; the name is None where the line has none.

Rules: each row runs whole, cut in two at every byte, and in a datagram among
neighbours, where no NUL stands behind it; each against the plain model and against the
compiled code.

Source: PROTOCOL rows of what real senders emit, by the servers that read them rightly;
etsy's server, run and observed.
"""

from itertools import chain
from typing import NamedTuple

import pytest

from statshard.plane import _sampling
from statshard.plane.sample import SAMPLE_REASONS_TABLE
from tests.model import line as line_model
from tests.model import sample as sample_model
from tests.model import series_name as name_model

Sampled = tuple[str, float, float, bytes] | str
Reading = tuple[bytes | None, list[Sampled]]


class Row(NamedTuple):
    """A line, and what is read from it under one `compat`."""

    line: bytes
    compat: str
    expected: Reading


def strict(line: bytes, name: bytes | None, *samples: Sampled) -> list[Row]:
    """Say what the default grammar reads."""
    return [Row(line, "strict", (name, list(samples)))]


def etsy(line: bytes, name: bytes | None, *samples: Sampled) -> list[Row]:
    """Say what etsy's grammar reads."""
    return [Row(line, "etsy", (name, list(samples)))]


def both(line: bytes, name: bytes | None, *samples: Sampled) -> list[Row]:
    """Say what both grammars read."""
    return strict(line, name, *samples) + etsy(line, name, *samples)


def c(value: float, scale: float = 1.0) -> Sampled:
    """Give a count."""
    return ("counter", float(value), scale, b"")


def g(value: float) -> Sampled:
    """Give what a gauge is set to."""
    return ("gauge", float(value), 1.0, b"")


def delta(value: float) -> Sampled:
    """Give what a gauge changes by."""
    return ("gauge_delta", float(value), 1.0, b"")


def ms(value: float, scale: float = 1.0) -> Sampled:
    """Give a time."""
    return ("timer", float(value), scale, b"")


def s(member: bytes, scale: float = 1.0) -> Sampled:
    """Give a member of a set."""
    return ("set", 0.0, scale, member)


INF = float("inf")

# fmt: off
ROWS = [*chain(
    # What real senders emit; the rows of the table in their order.
    both(b"a:1|c", b"a", c(1)),
    both(b"a:1|c|@0.1", b"a", c(1, 10.0)),
    both(b"a:-3|c", b"a", c(-3)),
    both(b"a:0.5|c", b"a", c(0.5)),
    both(b"g:333|g", b"g", g(333)),
    both(b"g:+4|g", b"g", delta(4)),
    both(b"g:-10|g", b"g", delta(-10)),
    both(b"t:320|ms", b"t", ms(320)),
    both(b"t:320|ms|@0.1", b"t", ms(320, 10.0)),
    strict(b"h:5|h", b"h", ms(5)),
    etsy(b"h:5|h", b"h", c(5)),
    strict(b"d:6|d", b"d", ms(6)),
    etsy(b"d:6|d", b"d", c(6)),
    both(b"u:abc|s", b"u", s(b"abc")),
    strict(b"u:a:b|s", b"u", s(b"a:b")),
    etsy(b"u:a:b|s", b"u", "bad_type", s(b"b")),
    strict(b"m:7|m", b"m", "bad_type"),
    etsy(b"m:7|m", b"m", c(7)),
    strict(b"k:8|kv", b"k", "bad_type"),
    etsy(b"k:8|kv", b"k", c(8)),
    strict(b"x:10|C", b"x", "bad_type"),
    etsy(b"x:10|C", b"x", c(10)),
    both(b"a:1|c:2|c:3|c|@0.5", b"a", c(1), c(2), c(3, 2.0)),
    strict(b"a:1:2:3|ms", b"a", ms(1), ms(2), ms(3)),
    etsy(b"a:1:2:3|ms", b"a", "bad_type", "bad_type", ms(3)),
    strict(b"a:1|c|#k:v,bare", b"a;bare;k=v", c(1)),
    etsy(b"a:1|c|#k:v,bare", b"a;k=v;bare", c(1)),
    both(b"a:1|c|@0.5|#k:v", b"a;k=v", c(1, 2.0)),
    strict(b"a:1|c|#k:v|@0.5", b"a;k=v", c(1, 2.0)),
    etsy(b"a:1|c|#k:v|@0.5", b"a;k=v0.5", c(1)),
    both(b"a;k=v:1|c", b"a;k=v", c(1)),
    strict(b"a,k=v:1|c", b"a;k=v", c(1)),
    etsy(b"a,k=v:1|c", b"ak=v", c(1)),
    strict(b"a#k=v:1|c", b"a;k=v", c(1)),
    etsy(b"a#k=v:1|c", b"ak=v", c(1)),
    strict(b"a[k=v]b:1|c", b"ab;k=v", c(1)),
    etsy(b"a[k=v]b:1|c", b"ak=vb", c(1)),
    strict(b"a:1|c|#k:v|c:83c0a9", b"a;k=v", c(1)),
    etsy(b"a:1|c|#k:v|c:83c0a9", b"a;k=vc83c0a9", c(1)),
    strict(b"a:1|c|c:in-4026531835", b"a", c(1)),
    etsy(b"a:1|c|c:in-4026531835", b"a", "bad_rate", "bad_type"),
    strict(b"a:1|c|c:ci-abc,in-123", b"a", c(1)),
    strict(b"a:1|c|T1656581400", b"a", c(1)),
    etsy(b"a:1|c|T1656581400", b"a", "bad_rate"),
    strict(b"a:1|g|T1656581400", b"a", g(1)),
    strict(b"a:1|c|e:it-false,cn-x,pu-1", b"a", c(1)),
    strict(b"a:1|c|card:low", b"a", c(1)),
    strict(b"a:1|d|card:low|T1|e:x:y|#k:v|c:abc|@0.5", b"a;k=v", ms(1, 2.0)),
    etsy(b"_e{5,4}:title|text|#t", b"_e54;t", "bad_value"),
    etsy(b"_sc|name|0|#t", b"_scname0;t", "no_value"),
    strict(b"a:1|H1,11", b"a", "bad_type"),
    etsy(b"a:1|H1,11", b"a", c(1)),
    both(b"a:|c", b"a", "no_value"),
    both(b"a:|g", b"a", "no_value"),
    strict(b"d.empty:11|", b"d.empty", "bad_type"),
    etsy(b"d.empty:11|", b"d.empty", c(11)),

    # No colon, no value, no type, no name.
    both(b"a:", b"a", "no_value"),
    both(b"a:1", b"a", "bad_type"),
    strict(b"a::1|c", b"a", "no_value", c(1)),
    etsy(b"a::1|c", b"a", "no_value", c(1)),
    strict(b"a:1::3|ms", b"a", ms(1), "no_value", ms(3)),
    strict(b"a:1:|ms", b"a", ms(1), "no_value"),
    strict(b"a:1|c:", b"a", c(1), "no_value"),
    strict(b"a:1|c:2", b"a", c(1), "bad_type"),
    strict(b"a:1|c::2|c", b"a", c(1), "no_value", c(2)),
    strict(b"a:|s", b"a", "no_value"),
    etsy(b"a:|s", b"a", s(b"0")),
    strict(b":1|c", None, "empty_name"),
    etsy(b":1|c", b"", c(1)),
    strict(b"a", None, "no_value"),
    etsy(b"a", b"a", "no_value"),
    strict(b"*:1|c", None, c(1)),
    etsy(b"*:1|c", b"", c(1)),
    strict(b",k=v:1|c", None, c(1)),
    strict(b"[k=v]:1|c|#a", None, c(1)),

    # Types.
    strict(b"a:1|C", b"a", "bad_type"),
    strict(b"a:1|cc", b"a", "bad_type"),
    strict(b"a:1|m", b"a", "bad_type"),
    strict(b"a:1|mx", b"a", "bad_type"),
    strict(b"a:1|xs", b"a", "bad_type"),
    strict(b"a:1|mss", b"a", "bad_type"),
    strict(b"a:1| c", b"a", "bad_type"),
    strict(b"a:1|c ", b"a", "bad_type"),
    strict(b"a:1|\xff", b"a", "bad_type"),
    strict(b"a:1|\x00", b"a", "bad_type"),
    strict(b"a:1:2|zzz|@9", b"a", "bad_type"),
    etsy(b"a:1| c ", b"a", c(1)),
    etsy("a:1|\u3000ms\ufeff".encode(), b"a", ms(1)),
    etsy(b"a:-1|ms", b"a", "bad_value"),
    etsy(b"a:-1|ms ", b"a", ms(-1)),
    etsy(b"a:x|s ", b"a", "bad_value"),
    etsy(b"a: 7|s ", b"a", s(b" 7")),
    etsy(b"a:1|MS", b"a", c(1)),

    # Values.
    both(b"a:1e3|c", b"a", c(1000)),
    both(b"a:+5|c", b"a", c(5)),
    both(b"a:.5|c", b"a", c(0.5)),
    both(b"a:5.|c", b"a", c(5)),
    both(b"a:007|c", b"a", c(7)),
    both(b"a:12345678901234567890|c", b"a", c(12345678901234567890)),
    both(b"a:0.30000000000000004|ms", b"a", ms(0.30000000000000004)),
    both(b"a:1x|c", b"a", "bad_value"),
    both(b"a:NaN|c", b"a", "bad_value"),
    both(b"a:1,5|c", b"a", "bad_value"),
    both(b"a:1_0|c", b"a", "bad_value"),
    both(b"a:-|g", b"a", "bad_value"),
    both(b"a:.|c", b"a", "bad_value"),
    both(b"a:1e|c", b"a", "bad_value"),
    both(b"a:1\x00|c", b"a", "bad_value"),
    both(b"a:-0.001|ms", b"a", "bad_value"),
    strict(b"a:-1|h", b"a", "bad_value"),
    strict(b"a:0x10|c", b"a", "bad_value"),
    etsy(b"a:0x10|c", b"a", c(16)),
    strict(b"a:Infinity|c", b"a", "bad_value"),
    etsy(b"a:Infinity|c", b"a", c(INF)),
    strict(b"a:1e400|c", b"a", "bad_value"),
    etsy(b"a:1e400|c", b"a", c(INF)),
    strict(b"a: 3|c", b"a", "bad_value"),
    etsy(b"a: 3|c", b"a", c(3)),
    etsy(b"a: |c", b"a", c(0)),
    strict(b"a: +3|g", b"a", "bad_value"),
    etsy(b"a: +3|g", b"a", g(3)),
    strict(b"a:1:x:3|ms", b"a", ms(1), "bad_value", ms(3)),
    strict(b"g:1:+2:-3|g", b"g", g(1), delta(2), delta(-3)),

    # Rates.
    both(b"a:1|c|@1", b"a", c(1)),
    both(b"a:7|c|@0.9", b"a", c(7, 1 / 0.9)),
    both(b"a:1|c|@", b"a", "bad_rate"),
    both(b"a:1|c|@-0.5", b"a", "bad_rate"),
    both(b"a:1|c|@x", b"a", "bad_rate"),
    strict(b"a:1|c|@0", b"a", "bad_rate"),
    etsy(b"a:1|c|@0", b"a", c(1, INF)),
    strict(b"a:1|c|@2", b"a", "bad_rate"),
    etsy(b"a:1|c|@2", b"a", c(1, 0.5)),
    strict(b"a:1|c|@2e-1", b"a", c(1, 5.0)),
    etsy(b"a:1|c|@2e-1", b"a", c(1, 0.5)),
    strict(b"a:1|c|@1e-320", b"a", "bad_rate"),
    strict(b"a:1|c|@NaN", b"a", "bad_rate"),
    both(b"a:1|c|@Infinity", b"a", "bad_rate"),
    strict(b"a:1|c|@+1", b"a", c(1)),
    etsy(b"a:1|c|@+1", b"a", "bad_rate"),
    strict(b"a:1|c|@0.5x", b"a", "bad_rate"),
    strict(b"a:1:2|c|@0", b"a", "bad_rate"),
    strict(b"a:1|c|@0.5|@0.25", b"a", c(1, 4.0)),
    strict(b"a:1|c|@0|@0.25", b"a", "bad_rate"),
    strict(b"a:1|c|@0.5:2|c|@0.25:3|c", b"a", c(1, 2.0), c(2, 4.0), c(3)),
    strict(b"a:1|c|@0:2|c", b"a", "bad_rate", c(2)),
    strict(b"a:1|c|x|@0.5:2|c", b"a", "bad_rate"),
    strict(b"a:1|g|@0.5", b"a", ("gauge", 1.0, 2.0, b"")),
    both(b"u:x|s|@0.5", b"u", s(b"x", 2.0)),
    strict(b"a:1|c|", b"a", c(1)),
    etsy(b"a:1|c|", b"a", "bad_rate"),
    strict(b"a:1|c||", b"a", c(1)),
    both(b"a:1|c|@0.1|x", b"a", c(1, 10.0)),

    # Several pieces, and fields that hold ':'.
    strict(b"a:1|c:2|g:3|ms:x|s|#k:v", b"a;k=v", c(1), g(2), ms(3), s(b"x")),
    strict(b"a:1:2|ms:3:4|c", b"a", ms(1), ms(2), c(3), c(4)),
    strict(b"u:a:b|s:c:d|s", b"u", s(b"a:b"), s(b"c:d")),
    strict(b"a:1|zz:2|c", b"a", "bad_type", c(2)),
    strict(b"a:1|c|#k:2|c:3|c", b"a;k=2", c(1)),
    strict(b"a:1|c|c:2|c:3|c", b"a", c(1)),
    strict(b"a:1|c|#a|#b", b"a;b", c(1)),
    strict(b"a:1|c|#a|#", b"a", c(1)),
    etsy(b"a:1|c|#a|#b", b"a;a", c(1)),

    # Names and tags.
    both(b"sp ace/sl*:2|c", b"sp_ace-sl", c(2)),
    both(b"a \t b:1|c", b"a_b", c(1)),
    both(b"a *b:1|c", b"a_b", c(1)),
    both("\u00e9.uni:1|c".encode(), b".uni", c(1)),
    both("a\u2003\u00a0b:1|c".encode(), b"a_b", c(1)),
    both(b"a\xe2\x80b:1|c", b"ab", c(1)),
    both(b"foo+bar:1|c", b"foobar", c(1)),
    both(b"a:1|c|#tag1:val;1", b"a;tag1=val_1", c(1)),
    strict(b"g.tag:1|c|#k:a;b;c", b"g.tag;k=a_b_c", c(1)),
    etsy(b"g.tag:1|c|#k:a;b;c", b"g.tag;k=a_b;c", c(1)),
    both(b"a:1|c|#k:v:w", b"a;k=vw", c(1)),
    both(b"a:1|c|#", b"a", c(1)),
    strict(b"a:1|c|#,a,,", b"a;a", c(1)),
    etsy(b"a:1|c|#,a,,", b"a;;a;;", c(1)),
    strict(b"a:1|c|#b:2,a:1,b:2", b"a;a=1;b=2", c(1)),
    etsy(b"a:1|c|#b:2,a:1,b:2", b"a;b=2;a=1;b=2", c(1)),
    strict(b"a;b=2,c=3:1|c|#a:1,b:2", b"a;a=1;b=2;c=3", c(1)),
    strict(b"a[b=2,c=3]d;e=4#f=5:1|c", b"ad;b=2;c=3;e=4;f=5", c(1)),
    strict(b"a[b:1|c", b"ab", c(1)),
    strict(b"a;x[y]:1|c", b"a;xy", c(1)),
    strict(b"a;k=v=w:1|c", b"a;k=v=w", c(1)),
    strict(b"a:1|c|#url:http://x/y z", b"a;url=http--x-y_z", c(1)),
    etsy(b"a|#b:1|c", b"a;b=1c", "no_value"),
)]
# fmt: on

NEIGHBOURS = (b"before.:1:2|ms|#t:1|@0.5", b"after:3|c|#z:9|@0.25")

each_row = pytest.mark.parametrize(
    "row", ROWS, ids=[f"{row.compat}-{row.line.decode('latin-1')}" for row in ROWS]
)


def read_by_model(line: bytes, compat: str) -> Reading:
    """Give what the plain model reads from a line."""
    return name_model.series_name(line, compat), [
        each if isinstance(each, str) else (*each,)
        for each in sample_model.read_samples(line, compat)
    ]


def read_compiled(line: bytes, compat: str) -> Reading:
    """Give what the compiled code reads from a line."""
    name = _sampling.series_name(line, compat)
    return name, _sampling.read_samples(line, compat)


@each_row
def test_row_whole(row: Row) -> None:
    """A line has the name and the samples that the row says, for model and compiled."""
    assert row.expected == read_by_model(row.line, row.compat)
    assert row.expected == read_compiled(row.line, row.compat)


@each_row
def test_row_cut_at_every_byte(row: Row) -> None:
    """Each half of a line, wherever it is cut, is read as the model reads it."""
    for cut in range(1, len(row.line)):
        for half in (row.line[:cut], row.line[cut:]):
            assert read_by_model(half, row.compat) == read_compiled(half, row.compat)


@each_row
def test_row_among_neighbours(row: Row) -> None:
    """Neighbours in a datagram change nothing in a row, nor it in them."""
    before, after = (read_by_model(each, row.compat) for each in NEIGHBOURS)
    datagram = b"\n".join([NEIGHBOURS[0], row.line, NEIGHBOURS[1]])
    expected = [before, row.expected, after]
    assert expected == _sampling.read_lines(datagram, row.compat)
    for cut in range(1, len(row.line)):
        half = row.line[:cut]
        lines = line_model.split_lines(half)
        expected = [before, *(read_by_model(e, row.compat) for e in lines), after]
        datagram = b"\n".join([NEIGHBOURS[0], half, NEIGHBOURS[1]])
        assert expected == _sampling.read_lines(datagram, row.compat)


def test_each_reason_is_shown_by_a_row() -> None:
    """The reasons that rows name are those of the table."""
    named = {each for row in ROWS for each in row.expected[1] if isinstance(each, str)}
    assert {reason.name for reason in SAMPLE_REASONS_TABLE} == named


@pytest.mark.parametrize("compat", ["strict", "etsy"])
def test_reading_is_exact_up_to_the_longest_line(compat: str) -> None:
    """A line of 65 535 bytes, whatever it has too many of, is read like any other."""
    for piece in (b"a", b",", b",k", b"[", b"[]", b" ", b"\xe3\x80\x80", b"/", b";"):
        line = (piece * 65_535)[: 65_535 - len(b":1|c")] + b":1|c"
        assert read_by_model(line, compat) == read_compiled(line, compat)
    for piece in (b"9", b":1", b":1|c", b"|", b"|@1", b"|#", b"|#a", b":1|c|@.5", b","):
        for head in (b"a:1|c|#k", b"a:1", b"a:0."):
            line = head + (piece * 65_535)[: 65_535 - len(head)]
            assert read_by_model(line, compat) == read_compiled(line, compat)


def test_an_unknown_compat_is_named() -> None:
    """A grammar that has no row is refused with the names that have one."""
    with pytest.raises(ValueError, match="'other'; one of strict, etsy"):
        _sampling.read_samples(b"a:1|c", "other")


def test_what_is_timed_reads_every_sample() -> None:
    """The door that the benchmark times reads all samples, so many times."""
    datagram = b"a:1:2|ms\nb:x|c\n:1|c\n*:1|c"
    good, refused, hashes = _sampling.read_often(datagram, "strict", 3)
    assert (9, 6) == (good, refused)
    assert hashes > 0
