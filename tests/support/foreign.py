"""Configurations of other proxies, read in the process of a test.

`told` is what an operator would read: the faults, each a line. Whatever is told or
written is held to move no terminal and to end no comment, for every test that asks.
"""

import tomllib
from typing import Any

import pytest

from statshard.errors import SettingsError
from statshard.settings.foreign.foreign import Foreign, Source
from statshard.settings.foreign.programs import PROGRAMS
from statshard.settings.foreign.writer import as_toml
from tests.support.settings import lines_of
from tests.support.tree import ROOT

Text = str | tuple[str, ...]  # of a file, or the words of a command line
FILES = ROOT / "tests" / "foreign"  # one for each program, made up after the real ones
# program -> its file
EXAMPLES = {
    "etsy": "proxyConfig.js",
    "statsrelay": "statsrelay.service",
    "hit9": "statsd-proxy.cfg",
    "hulu": "statsd-router.conf",
    "lyft": "statsrelay.json",
    "uber": "statsrelay.yaml",
    "rust": "config.ini",
}


def example(program: str) -> Source:
    """Return a program's file."""
    name = EXAMPLES[program]
    return Source(name, (FILES / name).read_text(encoding="utf-8"))


def foreign(program: str, text: Text) -> Foreign:
    """Return what a text says, or the words of a command line."""
    return PROGRAMS[program].read(source_of(text))


def source_of(text: Text) -> Source:
    """Return a text, or words, as a source named F."""
    return Source("F", text) if isinstance(text, str) else Source("F", "", text)


def toml(program: str, text: Text) -> dict[str, Any]:
    """Return the settings that are written, as TOML has them."""
    return tomllib.loads(written(program, text))


def backends(program: str, text: Text) -> list[dict[str, Any]]:
    """Return the [[backend]] tables."""
    found: list[dict[str, Any]] = toml(program, text)["backend"]
    return found


def proxy(program: str, text: Text) -> dict[str, Any]:
    """Return [proxy]."""
    found: dict[str, Any] = toml(program, text)["proxy"]
    return found


def written(program: str, text: Text) -> str:
    """Return the settings that are written; hold that each line is one of TOML."""
    source = source_of(text)
    title = PROGRAMS[program].title
    made = as_toml(PROGRAMS[program].read(source), source, title)
    assert [line for line in made.split("\n") if not line.isprintable()] == []
    return made


def left(program: str, text: Text) -> list[str]:
    """Return what is left over, as LINE KEY = VALUE."""
    leftovers = foreign(program, text).leftovers
    assert [one for one in leftovers if not one.why] == []
    return [f"{one.line} {one.key} = {one.value}" for one in leftovers]


def why(program: str, text: Text) -> list[str]:
    """Return why something is left over."""
    return [one.why for one in foreign(program, text).leftovers]


def told(program: str, text: Text) -> list[str]:
    """Return the faults of a text that is refused."""
    with pytest.raises(SettingsError) as refused:
        foreign(program, text)
    assert refused.value.exit_status == 78
    return lines_of(refused.value)
