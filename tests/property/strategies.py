"""What Hypothesis draws: lines and datagrams near enough to StatsD to hurt.

Rules: every strategy may also draw what is malformed, and no test may assume that a
drawn line is carried. ``lines`` hold no LF; ``datagrams`` do. A wrong length of an
event is near the right one, wraps to it in 32 or 64 bits, or is no number.

Source: the DogStatsD datagram format, and the tag styles of Graphite, InfluxDB, Librato
and SignalFx.
"""

from hypothesis import strategies as st

_NAME_PIECES = (
    *(b"a", b"b", b"page.views", b" ", b".", b"=", b"|", b"_e", b"_sc", b"{", b"}"),
    *(b",", b";", b"#", b"[", b"]", b":", b",k=v", b";k=v", b"#k=v", b"[k=v]", b",,"),
    *(b",host=b,env=a", b"\x00", b"\r", "é".encode(), "📈".encode(), b"\xff", b"\xc3"),
    *(b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80"),
)
_SAMPLES = (
    *(b"", b":", b":1|c", b":-3|c|@0.1", b":1:2:3|ms", b":1|c:2|c|@0.5", b":a:b|s"),
    *(b":1|c|#k:v,bare", b":1|g|#b:1,a:2|c:abc|T1656581400|card:low", b"|c", b"::"),
)
_EVENT_FIELD_PIECES = (
    *(b"|", b"|k:", b"|k:agg", b"|k:other", b"|k", b"|kk:x", b"|#k:tag", b"k:no", b"x"),
    *(b"|d:1656581400", b":", b":1|c", b"\r", b"|K:x", b"| k:x"),
)
_CHECK_STATUSES = (b"0", b"1", b"2", b"3", b"4", b"-1", b"00", b"", b" 0", b"OK", b"/")
_CHECK_FIELDS = (b"", b"|", b"|#env:a", b"|m:down | now", b":", b"\r", b"|k:agg", b"x")
_LINE_ENDS = (b"\n", b"\r\n", b"\n\n", b"\r\r\n", b"\n\r", b"\n\r\n")

names = st.lists(st.sampled_from(_NAME_PIECES), max_size=6).map(b"".join)
"""Metric names with tags, brackets, control bytes and broken UTF-8."""

bracketed = st.lists(
    st.sampled_from([b"[", b"]", b"[k=v]", b"a", b"b", b",", b";", b"#", b":"]),
    max_size=8,
).map(b"".join)
"""Names in which groups open, close, nest and repeat, among the bytes that end keys."""

samples = st.builds(bytes.__add__, names, st.sampled_from(_SAMPLES))
"""Ordinary lines: a name and what may follow it."""


event_fields = st.lists(st.sampled_from(_EVENT_FIELD_PIECES), max_size=5).map(b"".join)
"""What may follow the text of an event, or runs into it."""


@st.composite
def lengths(draw: st.DrawFn, size: int) -> bytes:
    """Draw the digits of an event's length, right for ``size`` in most cases."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        near = st.integers(max(0, size - 2), size + 2)
        return str(draw(near)).encode()
    if kind == 1:
        step = draw(st.sampled_from([2**8, 2**16, 2**31, 2**32, 2**63, 2**64, 10**30]))
        return str(step + size).encode()
    if kind == 2:
        return draw(st.sampled_from([b"", b"-1", b"+1", b" 1", b"x", b"1.0", b"1,1"]))
    zeros = draw(st.sampled_from([b"", b"", b"", b"0", b"0" * 25]))
    return zeros + str(size).encode()


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """Draw an event, with right lengths about half the time."""
    title, text = draw(names), draw(names)
    title_size, text_size = draw(lengths(len(title))), draw(lengths(len(text)))
    return b"_e{%b,%b}:%b|%b%b" % (
        title_size,
        text_size,
        title,
        text,
        draw(event_fields),
    )


@st.composite
def checks(draw: st.DrawFn) -> bytes:
    """Draw a service check, good or bad."""
    status = draw(st.sampled_from(_CHECK_STATUSES))
    return b"_sc|%b|%b%b" % (draw(names), status, draw(st.sampled_from(_CHECK_FIELDS)))


@st.composite
def damaged(draw: st.DrawFn, line: bytes) -> bytes:
    """Draw a line with one stretch of it lost, or replaced by a byte that matters."""
    start = draw(st.integers(0, len(line)))
    end = draw(st.integers(start, min(start + 3, len(line))))
    patch = draw(st.sampled_from([b"", b":", b"|", b"0", b"{", b"}", b"\r", b"\xff"]))
    return line[:start] + patch + line[end:]


whole_lines = samples | events() | checks()
"""Lines in one piece: samples, events, checks."""

lines = (
    whole_lines
    | whole_lines.flatmap(damaged)
    | st.binary(max_size=80).map(lambda octets: octets.replace(b"\n", b"\r"))
)
"""Lines of any kind, damaged ones and arbitrary bytes among them; never an LF."""

filled_lines = lines.filter(bool)
"""Lines that are not empty, as the packer is given them."""


@st.composite
def packings(draw: st.DrawFn) -> tuple[list[bytes], int]:
    """Draw lines to pack, at least one, and a limit; some of them just fit it."""
    packed = draw(st.lists(filled_lines, min_size=1, max_size=30))
    start = draw(st.integers(0, len(packed) - 1))
    end = draw(st.integers(start + 1, min(start + 4, len(packed))))
    size = len(b"\n".join(packed[start:end]))
    return packed, draw(st.integers(1, 200) | st.integers(max(1, size - 1), size + 1))


datagrams = st.binary(max_size=200) | st.lists(
    st.tuples(lines, st.sampled_from(_LINE_ENDS)).map(b"".join), max_size=6
).map(b"".join)
"""Datagrams of such lines with every line end, or of arbitrary bytes."""

octets = st.binary(max_size=300)
"""Arbitrary bytes, LF and all."""

backend_names = st.text(
    st.characters(categories=["L", "N", "P"], max_codepoint=0x2FFF),
    min_size=1,
    max_size=40,
)
"""Names of backends: letters, digits and punctuation, not only ASCII."""

weights = st.sampled_from([1.0, 2.0, 0.5, 2.5]) | st.floats(0.001, 100_000)
"""Weights above 0 that no one writes with an exponent."""
