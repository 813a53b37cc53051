"""What Hypothesis draws of settings: from the table itself, so that a new row is in.

Rules: values and settings are valid; damaged texts need not be. What a kind holds is
taken from its schema; the texts (addresses) from here.
"""

from typing import Any

from hypothesis import strategies as st

from statshard.settings.addresses import Backend, read_listen
from statshard.settings.model import PROXY, ProxySettings
from statshard.settings.reading import shortest
from statshard.settings.setting import Setting

ROWS = {row.key: row for row in PROXY.rows}
PLAIN_ROWS = [row for row in PROXY.rows if not row.is_list]
_BITS = (
    *("[", "]", "[[", "]]", "{", "}", "=", ".", ",", "#", ";", '"', "'", '"""', "\n"),
    *("\r\n", "\\", "\\u001b", "\\n", "0", "9" * 30, "-1", "nan", "inf", "1e9", "true"),
    *("[proxy]", "[[backend]]", "workers = 2", "hash = 'x'", "2026-01-01", "[1, 2]"),
    *("\x00", "\x1b[2J", "\ufeff", "\u2028", "\x7f", "\xa0", " ", "\t", "é", "x" * 90),
    *("threads = 2", "destinations = h:9", "bind_port", "h:1", "proxy.a.b", "{a = 1}"),
)
_VALUES = (
    *(
        "2",
        "2.0",
        "64.5",
        "5000.5",
        "150000.5",
        "0x40",
        "1_000",
        "-1",
        "-0.0",
        "nan",
        "inf",
        "true",
    ),
    *('"2"', '"5ms"', '"1.5kB"', '"64.5"', '"1432"', '""', "'djb2'", '"name"', "[]"),
    *("{}", "[1]", '["udp://h:1"]', '["udp://h:1", "udp://h:2"]', "1979-05-27", "9e99"),
)

hosts = st.sampled_from(["h", "10.0.0.1", "[::1]", "[fe80::1%lo]", "statsd.example"])
names = st.text(
    st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20
).filter(str.isprintable)
"""Names of backends: whatever a name may be, quotes and backslashes among it."""

weights = st.floats(1e-9, 1e300) | st.integers(1, 10**9).map(float)
paths = st.text(
    st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=9
)
addresses = st.builds("{}:{}".format, hosts, st.integers(1, 65_535))
backends = st.builds(Backend, names, addresses, weights)
listens = st.builds("udp://{}:{}".format, hosts, st.integers(0, 65_535)).map(
    read_listen
)


def values_of(row: Setting) -> st.SearchStrategy[Any]:  # Any: the types of the fields
    """Return what draws the values of a row that is no list."""
    schema = row.kind.schema
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema["type"]
    if kind == "boolean":
        return st.booleans()
    if kind == "string":
        return paths
    bounds = schema["minimum"], schema["maximum"]
    if "integer" in kind:
        return st.integers(*bounds)
    return st.floats(*bounds) | st.integers(1, int(bounds[1])).map(float)


@st.composite
def settings(draw: st.DrawFn) -> ProxySettings:
    """Draw settings that contradict themselves nowhere."""
    values = {row.key: draw(values_of(row)) for row in PLAIN_ROWS}
    least = (values["max_payload"] + 24) * values["workers"]
    values["queue_bytes"] = max(values["queue_bytes"], least)
    drawn = draw(
        st.lists(backends, min_size=1, max_size=5, unique_by=lambda it: it.name)
    )
    if values["hash"] == "djb2":
        drawn = [Backend(each.name, each.address) for each in drawn]
    urls = st.lists(listens, min_size=1, max_size=4, unique_by=lambda it: it.url)
    return ProxySettings(listen=tuple(draw(urls)), backend=tuple(drawn), **values)


def text_of(row: Setting, value: Any) -> str:  # noqa: ANN401 -- the field's type
    """Return a value as a flag or a variable has it."""
    shown = row.kind.show(value)
    if isinstance(shown, bool):
        return str(shown).lower()
    if isinstance(shown, float):
        return f"{shown:.12f}"
    return str(shortest(shown) if isinstance(shown, int) else shown)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """Draw a text with some of it lost, doubled, moved or replaced by what matters."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 12, len(text))))
        patch = draw(
            st.sampled_from(_BITS) | st.just(text[start:end] * 2) | st.just("")
        )
        text = text[:start] + patch + text[end:]
    return text


@st.composite
def retold(draw: st.DrawFn, text: str) -> str:
    """Draw a text with its lines lost, doubled or exchanged, or values of others."""
    lines = text.split("\n")
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        at, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        kind = draw(st.sampled_from(["value", "value", "drop", "double", "exchange"]))
        key, equals, _ = lines[at].partition("=")
        if kind == "value" and equals:
            lines[at] = f"{key}= {draw(st.sampled_from(_VALUES))}"
        elif kind == "drop":
            lines[at] = ""
        elif kind == "double":
            lines.insert(other, lines[at])
        else:
            lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines)


def mutated(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return what draws the texts damaged, by characters or by tokens and lines."""
    return texts.flatmap(lambda text: damaged(text) | retold(text))


@st.composite
def ini_texts(draw: st.DrawFn) -> str:
    """Draw a config.ini that is valid, with comments and blanks of all kinds."""
    host = draw(st.sampled_from(["0.0.0.0", "h", "::1", "[::1]"]))  # noqa: S104 -- only read
    many = st.lists(addresses, min_size=1, max_size=4, unique=True)
    blank = draw(st.sampled_from([" ", "  ", "\t", " \t "]))
    lines = [
        f"bind_interface = {host}",
        f"bind_port={draw(st.integers(0, 65_535))}",
        f" threads = {draw(st.integers(1, 64))} # a comment",
        f"destinations{blank}={blank}{blank.join(draw(many))}",
        draw(st.sampled_from(["# threads = 3", ";", "", "  # x"])),
    ]
    return draw(st.sampled_from(["\n", "\r\n"])).join(draw(st.permutations(lines)))
