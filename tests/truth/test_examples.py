"""The settings files of examples/ are read without a fault, and say what they claim."""

import re
from pathlib import Path

import pytest

from statshard.settings.addresses import Backend
from statshard.settings.effective import Effective
from statshard.settings.ini_file import VARIABLES
from statshard.settings.model import MOST_WORKERS, PROXY, ProxySettings, list_shards
from statshard.settings.server import SERVER
from statshard.settings.setting import nothing, table_of
from statshard.settings.sources import read_settings
from tests.support.tree import ROOT

EXAMPLES = sorted(
    path for path in (ROOT / "examples").iterdir() if path.suffix in {".toml", ".ini"}
)
FULL = ROOT / "examples/statshard-full.toml"
SERVE = ROOT / "examples/statshard-serve.toml"
OF_PROXY = [path for path in EXAMPLES if path != SERVE]
BACKENDS = ("shard-1=127.0.0.1:8126", "shard-2=127.0.0.1:8127")
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]


def read(path: Path) -> Effective[ProxySettings]:
    """Return what a file says, where nothing else is given."""
    return read_settings(
        PROXY, {}, config=str(path), environ={}, usable_cpus=MOST_WORKERS
    )


def defaults() -> ProxySettings:
    """Return what holds where nothing but the examples' backends is given."""
    flags = {"backend": BACKENDS}
    return read_settings(PROXY, flags, environ={}, usable_cpus=MOST_WORKERS).settings


def test_the_examples_are_these() -> None:
    """No example escapes the tests below."""
    names = [
        *("config.ini", "statshard-full.toml"),
        *("statshard-serve.toml", "statshard.toml"),
    ]
    assert names == [path.name for path in EXAMPLES]


@pytest.mark.parametrize("path", OF_PROXY, ids=lambda path: path.name)
def test_an_example_is_read(path: Path) -> None:
    """Each example is read without a fault, and has two backends."""
    assert len(read(path).settings.backend) == 2


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_told_of(path: Path) -> None:
    """A page links to each example, or names it."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    assert any(f"examples/{path.name}" in text for text in texts)


def test_the_least_and_the_full_one_are_the_defaults() -> None:
    """Both, as they stand, are the defaults with two backends."""
    assert read(ROOT / "examples/statshard.toml").settings == defaults()
    assert read(FULL).settings == defaults()


@pytest.mark.parametrize("path", [SERVE, FULL], ids=lambda path: path.name)
def test_an_example_of_serve_is_the_default_with_its_sinks(path: Path) -> None:
    """Both, as they stand, are the defaults with two sinks."""
    urls = ("graphite://127.0.0.1:2003", "console:")
    usual = read_settings(SERVER, {"sink": urls}, environ={}, usable_cpus=MOST_WORKERS)
    given = read_settings(
        SERVER, {}, config=str(path), environ={}, usable_cpus=MOST_WORKERS
    )
    assert usual.settings == given.settings


def test_the_full_one_has_every_default(tmp_path: Path) -> None:
    """With the # taken off each key it holds every key, and is the defaults still."""
    text = re.sub(r"(?m)^#(?=\w)", "", FULL.read_text(encoding="utf-8"))
    bare = tmp_path / "statshard.toml"
    bare.write_text(text, encoding="utf-8")
    effective = read(bare)
    assert effective.settings == defaults()
    absent = (nothing, list_shards)  # of what follows with no other hash
    unset = [key for key, at in effective.origins.items() if at.source != "file"]
    assert unset == [row.key for row in PROXY.rows if row.follows in absent]
    assert set(effective.origins) == {row.key for row in PROXY.rows}
    entry = text[text.index("[[backend]]") : text.rindex("[[backend]]")]
    assert re.findall(r"(?m)^(\w+) =", entry) == [row.key for row in table_of(Backend)]


def test_config_ini_is_read_by_both() -> None:
    """The example is placed as the Rust proxy does, which takes a comment for a key."""
    path = ROOT / "examples/config.ini"
    text = path.read_text(encoding="utf-8")
    keys = [*VARIABLES, "destinations"]
    assert re.findall(r"(?m)^(\w+) = \S+(?: \S+)*\n", text) == keys
    assert len(text.splitlines()) == len(keys)
    settings = read(path).settings
    assert (settings.hash, settings.shard_by, settings.workers) == (
        "djb2",
        "embedded",
        1,
    )
    assert [one.url for one in settings.listen] == ["udp://127.0.0.1:8125"]
