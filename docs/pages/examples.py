"""examples/: settings files that run as they are.

statshard.toml        the least: two backends
statshard-serve.toml  the least of an aggregation server that stores: two sinks
statshard-full.toml   every key with its help; behind a # alone stands its default
config.ini            the Rust sharding proxy's, which reads no comments, so it has none
"""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from docs.pages.values import default_as_toml
from statshard.settings.addresses import Backend
from statshard.settings.model import MOST_WORKERS, PROXY
from statshard.settings.schema import describe
from statshard.settings.section import Section
from statshard.settings.sections import SECTIONS
from statshard.settings.setting import Setting, table_of
from statshard.settings.show import literal
from statshard.settings.sinks import SinkSettings, read_sink_url
from statshard.settings.sources import read_settings

WIDTH = 88
BACKENDS = (
    Backend("shard-1", "127.0.0.1:8126"),
    Backend("shard-2", "127.0.0.1:8127"),
)

# key -> the entries of the example, of each table of a file
GIVEN = ("name", "address", "url")  # what the example gives of an entry
ENTRIES: Mapping[str, Sequence[msgspec.Struct]] = {
    "backend": BACKENDS,
    "sink": (
        SinkSettings(read_sink_url("graphite://127.0.0.1:2003")),
        SinkSettings(read_sink_url("console:")),
    ),
}

LEAST = """\
# Two StatsD servers behind one address, udp://127.0.0.1:8125:
#
#     statshard run -c examples/statshard.toml
#
# Every other setting is its default; statshard-full.toml has them all.

{backends}
"""

SERVE = """\
# An aggregation server that shows on the console what it sends to Graphite:
#
#     statshard serve -c examples/statshard-serve.toml
#
# Every other setting is its default; statshard-full.toml has them all.

{sinks}
"""

FULL = """\
# Every setting of {commands},
# as it is unless told otherwise; valid as it stands.
# Take the # off a line that has no blank behind it, and change its value. What sizes
# and times may be written as, and what is above a file, stands in docs/settings.md.
#
# Written by `make docs` from the tables of src/statshard/settings; not to be edited.

{sections}
"""

INI = """\
bind_interface = 127.0.0.1
bind_port = 8125
threads = 1
destinations = {addresses}
"""


def format_least() -> str:
    """Return the text of statshard.toml."""
    return LEAST.format(
        backends="\n\n".join(_show_given("backend", one) for one in BACKENDS)
    )


def format_serve() -> str:
    """Return the text of statshard-serve.toml."""
    return SERVE.format(
        sinks="\n\n".join(_show_given("sink", one) for one in ENTRIES["sink"])
    )


def format_full() -> str:
    """Return the text of statshard-full.toml."""
    return FULL.format(
        commands=" and ".join(f"`{section.command}`" for section in SECTIONS),
        sections="\n\n".join(map(_show_section, SECTIONS)),
    )


def format_ini() -> str:
    """Return the text of config.ini."""
    return INI.format(addresses=" ".join(one.address for one in BACKENDS))


def _comment(row: Setting) -> str:
    """Return what a setting means, as comments."""
    lines = textwrap.wrap(describe(row), WIDTH - 2)
    return "\n".join(f"# {line}" for line in lines)


def _show_section(section: Section[Any]) -> str:  # Any: settings of any command
    """Return a section with every key, and the tables beside it."""
    texts = [
        _comment(row) + "\n" + _show_default(row, USUAL[section.name])
        for row in section.plain_rows
    ]
    texts[0] = f"[{section.name}]\n{texts[0]}"
    for row in section.table_rows:
        first, *others = ENTRIES[row.key]
        texts.append(f"# {row.help}\n{_show_whole(row.key, first)}")
        texts += [_show_given(row.key, other) for other in others]
    return "\n\n".join(texts)


def _show_default(row: Setting, usual: msgspec.Struct) -> str:
    """Return a default, commented; where it follows from others, the usual one.

    What is absent unless given has no default; its comment has a blank.
    """
    if row.default is not None:
        return f"#{row.key} = {default_as_toml(row)}"
    value = getattr(usual, row.key)
    if value in (None, ()):
        shown = literal([row.metavar] if row.is_list else row.metavar)
        return f"# {row.key} = {shown}"
    return f"#{row.key} = {literal(row.kind.show(value))}"


def _show_given(key: str, entry: msgspec.Struct) -> str:
    """Return a table of an array with what the example gives."""
    rows = [row for row in table_of(type(entry)) if row.key in GIVEN]
    return "\n".join([f"[[{key}]]", *_show_keys(entry, rows)])


def _show_whole(key: str, entry: msgspec.Struct) -> str:
    """Return a table of an array with every key and its help."""
    lines = [f"[[{key}]]"]
    for row in table_of(type(entry)):
        is_usual = row.default is not None or row.key not in GIVEN
        shown = [_show_default(row, entry)] if is_usual else _show_keys(entry, [row])
        lines += [_comment(row), *shown]
    return "\n".join(lines)


def _show_keys(entry: msgspec.Struct, rows: Iterable[Setting]) -> Iterator[str]:
    """Yield the lines of some keys of an entry."""
    for row in rows:
        yield f"{row.key} = {literal(row.kind.show(getattr(entry, row.key)))}"


def _settle_usual() -> dict[str, msgspec.Struct]:
    """Return, by section, the settings of these backends and of no others."""
    backends = [f"{one.name}={one.address}" for one in BACKENDS]
    flags = {PROXY.name: {"backend": backends}}
    return {
        section.name: read_settings(
            section, flags.get(section.name, {}), environ={}, usable_cpus=MOST_WORKERS
        ).settings
        for section in SECTIONS
    }


USUAL = _settle_usual()
