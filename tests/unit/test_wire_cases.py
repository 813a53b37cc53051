r"""Wire cases: one row, one sentence on what a datagram says.

    must_carry(datagram)              one line, and it is carried
    must_refuse(datagram, reason)     one line, and it is refused
    must_ignore(datagram)             no line at all
    must_read(datagram, verdicts)     several lines, None for each that is carried

Rules: each row runs whole, cut in two datagrams at every byte, and among neighbours
(joined by LF, by CR LF, with empty lines between); each of these against the plain
model and against the compiled code. A row names the bytes, never how they are read.

Source: the shapes that StatsD and DogStatsD senders emit, and near misses of each.
Which server aggregates which of them rightly is no question here: a proxy carries.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import pytest

from statshard.plane import _testing
from tests.model import line as model


class LineReader(Protocol):
    """The two questions that a row is put to."""

    def split_lines(self, datagram: bytes, /) -> list[bytes]:
        """Give the lines of a datagram."""

    def refusal(self, line: bytes, /) -> str | None:
        """Give the reason why a line is refused."""


class Row(NamedTuple):
    """A datagram and the verdict on each of its lines."""

    datagram: bytes
    verdicts: tuple[str | None, ...]


def must_carry(datagram: bytes) -> Row:
    """Say that the datagram holds one line, which is carried."""
    return Row(datagram, (None,))


def must_refuse(datagram: bytes, reason: str) -> Row:
    """Say that the datagram holds one line, which is refused."""
    return Row(datagram, (reason,))


def must_ignore(datagram: bytes) -> Row:
    """Say that the datagram holds no line."""
    return Row(datagram, ())


def must_read(datagram: bytes, verdicts: Sequence[str | None]) -> Row:
    """Say how many lines the datagram holds and what becomes of each."""
    return Row(datagram, tuple(verdicts))


# fmt: off
ROWS = [
    # What real senders emit.
    must_carry(b"a:1|c"),
    must_carry(b"a:1|c|@0.1"),
    must_carry(b"a:-3|c"),
    must_carry(b"a:0.5|c"),
    must_carry(b"g:333|g"),
    must_carry(b"g:+4|g"),
    must_carry(b"g:-10|g"),
    must_carry(b"t:320|ms"),
    must_carry(b"t:320|ms|@0.1"),
    must_carry(b"h:5|h"),
    must_carry(b"d:6|d"),
    must_carry(b"u:abc|s"),
    must_carry(b"u:a:b|s"),
    must_carry(b"m:7|m"),
    must_carry(b"k:8|kv"),
    must_carry(b"x:10|C"),
    must_carry(b"a:1|c:2|c:3|c|@0.5"),
    must_carry(b"a:1:2:3|ms"),
    must_carry(b"a:1|c|#k:v,bare"),
    must_carry(b"a:1|c|@0.5|#k:v"),
    must_carry(b"a:1|c|#k:v|@0.5"),
    must_carry(b"a;k=v:1|c"),
    must_carry(b"a,k=v:1|c"),
    must_carry(b"a#k=v:1|c"),
    must_carry(b"a[k=v]b:1|c"),
    must_carry(b"a:1|c|#k:v|c:83c0a99c0a54c0c187f461c7980e9b57f3f6a8b0"),
    must_carry(b"a:1|c|c:in-4026531835"),
    must_carry(b"a:1|c|c:ci-abc,in-123"),
    must_carry(b"a:1|c|T1656581400"),
    must_carry(b"a:1|c|e:it-false,cn-x,pu-1"),
    must_carry(b"a:1|c|card:low"),
    must_carry(b"a:1|c|#k:v|c:abc|e:it-true|card:high|T1656581400"),
    must_carry(b"_e{5,4}:title|text|#t"),
    must_carry(b"_sc|name|0|#t"),
    must_carry(b"a:1|H1,11"),
    must_refuse(b"a", "no_colon"),
    must_carry(b"a:|c"),
    must_refuse(b"\xaa\x02\x04\x00\x00\x00\x00\x00\x00\x00\xf0\x3fabc\x00", "no_colon"),
    must_carry(bytes(range(0x80, 0xA0)) + b"\x00\x01\x02\x03\x04\x05\x06noncea:1|c"),
    must_carry(b"token.name:1|c"),
    must_carry(b"d.empty:11|"),
    must_read(b"x:0|g\nx:-5|g", [None, None]),

    # Names and colons.
    must_refuse(b":1|c", "empty_name"),
    must_refuse(b":", "empty_name"),
    must_refuse(b"::", "empty_name"),
    must_refuse(b":_e{5,4}:title|text", "empty_name"),
    must_refuse(b"a.b.c", "no_colon"),
    must_refuse(b"a|c", "no_colon"),
    must_refuse(b"a=1|c", "no_colon"),
    must_refuse(b" ", "no_colon"),
    must_refuse(b"|", "no_colon"),
    must_carry(b"a:"),
    must_carry(b"a::"),
    must_carry(b" :1|c"),
    must_carry(b"|:"),
    must_carry(b",:1|c"),
    must_carry(b"[]:1|c"),
    must_carry(b"a b/c:1|c"),
    must_carry(b"a:0x10|c"),
    must_carry(b"a: 3 |c "),
    must_carry(b"a:1|c|@0"),
    must_carry(b"n" * 1500 + b":1|c"),
    must_refuse(b"n" * 1500, "no_colon"),

    # Bytes: NUL, control bytes, UTF-8, what is not UTF-8, Unicode's other line ends.
    must_carry(b"\x00:1|c"),
    must_carry(b"a\x00b:1|c"),
    must_carry(b"a:1|c\x00"),
    must_refuse(b"\x00", "no_colon"),
    must_carry(b"\xff\xfe:1|c"),
    must_carry(b"a:\x80\xbf|s"),
    must_carry(b"\xc3:1|c"),
    must_refuse(b"\xff", "no_colon"),
    must_carry("café.count:1|c".encode()),
    must_carry("📈:1|c".encode()),
    must_refuse("a\uff1a1|c".encode(), "no_colon"),
    must_carry(b"\xef\xbb\xbfa:1|c"),
    must_carry(b"a\x0bb\x0cc\x1cd\x85e:1|c"),
    must_carry("a\u2028b\u2029c\u0085d:1|c".encode()),
    must_carry(b"a\tb:1|c"),

    # Line ends.
    must_carry(b"a:1|c\n"),
    must_carry(b"a:1|c\r"),
    must_carry(b"a:1|c\r\n"),
    must_carry(b"a:1|c\r\r\n"),
    must_carry(b"a\rb:1|c"),
    must_carry(b"\ra:1|c"),
    must_carry(b"\r:1|c"),
    must_refuse(b":\r", "empty_name"),
    must_refuse(b"a\r", "no_colon"),
    must_refuse(b"\r\r", "no_colon"),
    must_refuse(b"\r\r\n", "no_colon"),
    must_ignore(b""),
    must_ignore(b"\r"),
    must_ignore(b"\n"),
    must_ignore(b"\r\n"),
    must_ignore(b"\n\r"),
    must_ignore(b"\n\n\r\n\n"),
    must_read(b"a:1|c\nb:2|c", [None, None]),
    must_read(b"a:1|c\r\nb:2|c\r\n", [None, None]),
    must_read(b"a:1|c\n\n\n\nb:2|c", [None, None]),
    must_read(b"a:1|c\n\rb:2|c", [None, None]),
    must_read(b"\n\na:1|c", [None]),
    must_read(b"a:1|c\nb\n:3|c\nd:4|c", [None, "no_colon", "empty_name", None]),
    must_read(b"a\n:1|c", ["no_colon", "empty_name"]),
    must_read(b"_sc|up|7\n_e{9,9}:a|b\na:1|c", ["bad_check", "bad_event", None]),

    # Events.
    must_carry(b"_e{5,4}:title|text"),
    must_carry(b"_e{5,4}:title|text|d:1656581400|h:host|k:agg|p:low|s:src|t:error|#a:b,c"),
    must_carry(b"_e{5,4}:title|text|c:abc|e:it-false|card:low"),
    must_carry(b"_e{5,4}:title|text|"),
    must_carry(b"_e{5,4}:title|text||"),
    must_carry(b"_e{5,4}:title|text|unknown"),
    must_carry(b"_e{5,4}:ti|le|te|t"),
    must_carry(b"_e{5,4}:ti:le|te:t"),
    must_carry(b"_e{5,4}:||||||||||"),
    must_carry(b"_e{0,0}:|"),
    must_carry(b"_e{1,0}:t|"),
    must_carry(b"_e{0,1}:|x"),
    must_carry(b"_e{0,0}:||#t"),
    must_carry(b"_e{005,0000000000000000000000004}:title|text"),
    must_carry("_e{6,4}:titlé|text".encode()),
    must_carry("_e{4,4}:🚀|a—".encode()),
    must_carry(b"_e{5,4}:titl\xff|t\x00xt"),
    must_carry(b"_e{5,13}:title|a\\nb\\nc\\n\\nde|#t"),
    must_carry(b"_e{5,4}:ti\rle|te\rt"),
    must_carry(b"_e{5,4}:title|text\r\n"),
    must_carry(b"_e{5,5}:title|text\r\r\n"),
    must_carry(b"_e{12,5}:_e{5,4}:a|bc|_sc|a"),
    must_refuse(b"_e{5,5}:title|text\r\n", "bad_event"),
    must_refuse(b"_e{5,4}:title|text\r\r\n", "bad_event"),
    must_refuse(b"_e{6,4}:title|text", "bad_event"),
    must_refuse(b"_e{4,4}:title|text", "bad_event"),
    must_refuse(b"_e{5,5}:title|text", "bad_event"),
    must_refuse(b"_e{5,3}:title|text", "bad_event"),
    must_refuse(b"_e{5,5}:title|text|#t", "bad_event"),
    must_refuse(b"_e{10,0}:title|text", "bad_event"),
    must_refuse(b"_e{0,0}:title|text", "bad_event"),
    must_refuse("_e{5,4}:titlé|text".encode(), "bad_event"),
    must_refuse("_e{5,4}:title|tëxt".encode(), "bad_event"),
    must_refuse(b"_e{5,5}:title|a\\nb\\nc", "bad_event"),
    must_refuse(b"_e{4294967301,4}:title|text", "bad_event"),
    must_refuse(b"_e{5,4294967300}:title|text", "bad_event"),
    must_refuse(b"_e{9223372036854775807,4}:title|text", "bad_event"),
    must_refuse(b"_e{5,9223372036854775807}:title|text", "bad_event"),
    must_refuse(b"_e{18446744073709551615,4}:title|text", "bad_event"),
    must_refuse(b"_e{18446744073709551611,4}:title|text", "bad_event"),
    must_refuse(b"_e{18446744073709551621,4}:title|text", "bad_event"),
    must_refuse(b"_e{5,18446744073709551615}:title|text", "bad_event"),
    must_refuse(b"_e{5,18446744073709551620}:title|text", "bad_event"),
    must_refuse(b"_e{184467440737095516165,4}:title|text", "bad_event"),
    must_refuse(b"_e{1,340282366920938463463374607431768211460}:t|text", "bad_event"),
    must_refuse(b"_e{" + b"9" * 600 + b",4}:title|text", "bad_event"),
    must_refuse(b"_e{5," + b"9" * 600 + b"}:title|text", "bad_event"),
    must_carry(b"_e{" + b"0" * 600 + b"5,4}:title|text"),
    must_refuse(b"_e{,4}:title|text", "bad_event"),
    must_refuse(b"_e{5,}:title|text", "bad_event"),
    must_refuse(b"_e{}:title|text", "bad_event"),
    must_refuse(b"_e{5}:title|text", "bad_event"),
    must_refuse(b"_e{5,4,1}:title|text", "bad_event"),
    must_refuse(b"_e{5;4}:title|text", "bad_event"),
    must_refuse(b"_e{-5,4}:title|text", "bad_event"),
    must_refuse(b"_e{5,-4}:title|text", "bad_event"),
    must_refuse(b"_e{+5,4}:title|text", "bad_event"),
    must_refuse(b"_e{5, 4}:title|text", "bad_event"),
    must_refuse(b"_e{5.0,4}:title|text", "bad_event"),
    must_refuse(b"_e{0x5,4}:title|text", "bad_event"),
    must_refuse(b"_e{5_0,4}:title|text", "bad_event"),
    must_refuse("_e{\u0665,4}:title|text".encode(), "bad_event"),
    must_refuse(b"_e{5\x00,4}:title|text", "bad_event"),
    must_refuse(b"_e{5,4}title|text", "bad_event"),
    must_refuse(b"_e{5,4} :title|text", "bad_event"),
    must_refuse(b"_e{5,4:title|text", "bad_event"),
    must_refuse(b"_e{5,4}|title|text", "bad_event"),
    must_refuse(b"_e{{5,4}:title|text", "bad_event"),
    must_refuse(b"_e{", "bad_event"),
    must_refuse(b"_e{5,4", "bad_event"),
    must_refuse(b"_e{5,4}", "bad_event"),
    must_refuse(b"_e{5,4}:", "bad_event"),
    must_refuse(b"_e{0,0}:", "bad_event"),
    must_refuse(b"_e{5,4}:title", "bad_event"),
    must_refuse(b"_e{5,4}:title|", "bad_event"),
    must_refuse(b"_e{5,4}:title:text", "bad_event"),
    must_refuse(b"_e{5,4}:title|text#t", "bad_event"),
    must_refuse(b"_e{5,4}:title|text:1|c", "bad_event"),
    must_refuse(b"_e{a:1|c", "bad_event"),
    must_read(b"_e{5,9}:title|text\nmore", ["bad_event", "no_colon"]),
    must_read(b"_e{5,4}:ti\nle|text", ["bad_event", "no_colon"]),

    # Service checks.
    must_carry(b"_sc|name|0"),
    must_carry(b"_sc|name|1"),
    must_carry(b"_sc|name|2"),
    must_carry(b"_sc|name|3"),
    must_carry(b"_sc|name|0|"),
    must_carry(b"_sc|name|2|d:1656581400|h:host|#a:b,c|m:down\\nand m\\: out | now"),
    must_carry(b"_sc|a:b,c;d|0"),
    must_carry(b"_sc| |0"),
    must_carry(b"_sc|\x00|0"),
    must_carry(b"_sc|\xff\xfe|0|m:\x80"),
    must_carry("_sc|naïve.check|3".encode()),
    must_carry(b"_sc|name|0\r\n"),
    must_carry(b"_sc|na\rme|0|\r\r\n"),
    must_refuse(b"_sc|name|0\r\r\n", "bad_check"),
    must_refuse(b"_sc|name|4", "bad_check"),
    must_refuse(b"_sc|name|-1", "bad_check"),
    must_refuse(b"_sc|name|00", "bad_check"),
    must_refuse(b"_sc|name|0x", "bad_check"),
    must_refuse(b"_sc|name|0:", "bad_check"),
    must_refuse(b"_sc|name|0 |m:x", "bad_check"),
    must_refuse(b"_sc|name| 0", "bad_check"),
    must_refuse(b"_sc|name|OK", "bad_check"),
    must_refuse(b"_sc|name|\x00", "bad_check"),
    must_refuse(b"_sc|name|", "bad_check"),
    must_refuse(b"_sc|name||0", "bad_check"),
    must_refuse(b"_sc|name", "bad_check"),
    must_refuse(b"_sc|name:0", "bad_check"),
    must_refuse(b"_sc||0", "bad_check"),
    must_refuse(b"_sc|", "bad_check"),
    must_refuse(b"_sc||", "bad_check"),
    must_refuse(b"_sc|a:1|c", "bad_check"),
    must_read(b"_sc|name|0|m:down\nsince:noon\nand on", [None, None, "no_colon"]),

    # Near misses: neither event nor check, so a line like any other.
    must_refuse(b"_", "no_colon"),
    must_refuse(b"_e", "no_colon"),
    must_refuse(b"_s", "no_colon"),
    must_refuse(b"_sc", "no_colon"),
    must_refuse(b"_e[5,4]", "no_colon"),
    must_refuse(b"_SC|name|0", "no_colon"),
    must_refuse(b"_scx|name|0", "no_colon"),
    must_refuse(b" _sc|name|0", "no_colon"),
    must_carry(b"_foo:1|c"),
    must_carry(b"_e:1|c"),
    must_carry(b"_eve{:1|c"),
    must_carry(b"_sc:1|c"),
    must_carry(b"_scx|a:1|c"),
    must_carry(b"_SC|a:1|c"),
    must_carry(b"_E{5,9}:title|text"),
    must_carry(b" _e{5,9}:title|text"),
    must_carry(b"__e{5,9}:title|text"),
    must_carry(b"_e {5,9}:title|text"),
    must_carry(b"\r_sc|a:1|c"),
]
# fmt: on

IMPLEMENTATIONS: dict[str, LineReader] = {"model": model, "compiled": _testing}

NEIGHBOURS_BEFORE = [b"before:1|c", b"_e{5,4}:title|text"]
NEIGHBOURS_AFTER = [b"_sc|up|0", b"after:2|g|#k:v"]

each_row = pytest.mark.parametrize(
    "row", ROWS, ids=[f"{row.datagram[:60]!r}-{len(row.datagram)}" for row in ROWS]
)
each_implementation = pytest.mark.parametrize(
    "implementation", IMPLEMENTATIONS.values(), ids=IMPLEMENTATIONS
)


def read_verdicts(
    implementation: LineReader, datagram: bytes
) -> list[tuple[bytes, str | None]]:
    """Give each line of a datagram with the reason why it is refused."""
    lines = implementation.split_lines(datagram)
    return [(line, implementation.refusal(line)) for line in lines]


def without_line_ends(datagram: bytes) -> bytes:
    """Give all bytes of a datagram but CR and LF."""
    return datagram.replace(b"\r", b"").replace(b"\n", b"")


def without_last_line_end(datagram: bytes) -> bytes:
    """Take off one LF, then one CR."""
    return datagram.removesuffix(b"\n").removesuffix(b"\r")


@each_implementation
@each_row
def test_row_whole(row: Row, implementation: LineReader) -> None:
    """A datagram has as many lines as the row says, each with the verdict it says."""
    read = read_verdicts(implementation, row.datagram)
    assert list(row.verdicts) == [verdict for _, verdict in read]


@each_implementation
@each_row
def test_row_keeps_its_bytes(row: Row, implementation: LineReader) -> None:
    """Splitting takes nothing out of a datagram but line ends."""
    lines = implementation.split_lines(row.datagram)
    expected = without_line_ends(row.datagram)
    assert expected == without_line_ends(b"".join(lines))


@each_implementation
@each_row
def test_row_cut_at_every_byte(row: Row, implementation: LineReader) -> None:
    """Two datagrams cut from one are read each for itself, as the model reads them."""
    for cut in range(len(row.datagram) + 1):
        halves = row.datagram[:cut], row.datagram[cut:]
        for half in halves:
            assert read_verdicts(model, half) == read_verdicts(implementation, half)
        lines = [line for half in halves for line in implementation.split_lines(half)]
        expected = without_line_ends(row.datagram)
        assert expected == without_line_ends(b"".join(lines))


@pytest.mark.parametrize("glue", [b"\n", b"\r\n", b"\n\n\r\n\n"], ids=repr)
@each_implementation
@each_row
def test_row_among_neighbours(
    row: Row, implementation: LineReader, glue: bytes
) -> None:
    """Good neighbours in the datagram are carried, and the row keeps its verdict."""
    body = without_last_line_end(row.datagram) if glue == b"\r\n" else row.datagram
    datagram = glue.join([*NEIGHBOURS_BEFORE, body, *NEIGHBOURS_AFTER])
    expected = [
        *((line, None) for line in NEIGHBOURS_BEFORE),
        *read_verdicts(implementation, row.datagram),
        *((line, None) for line in NEIGHBOURS_AFTER),
    ]
    assert expected == read_verdicts(implementation, datagram)
    assert list(row.verdicts) == [verdict for _, verdict in expected[2:-2]]


def test_reading_is_exact_up_to_the_largest_datagram() -> None:
    """A line of 65 535 bytes is read like a short one, a giant length included."""
    for start in (b"a:", b"_sc|name|0|", b"_e{0,0}:||", b"_e{5,4", b":", b""):
        line = start.ljust(65_535, b"9")
        expected = read_verdicts(model, line)
        assert expected == read_verdicts(_testing, line)
