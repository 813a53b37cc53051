"""What the pages show beside commands is what it says: files, log lines, drawings.

    toml         a settings file of ours: `statshard check` takes it, for each command
                 that it has settings of; with "# needs telegraf" it is TOML, of
                 Telegraf's tables, and no more can be said without Telegraf
    yaml         with "# needs grafana" and the like: it is YAML
    logfmt       lines of the log: events and fields of a proxy and a server that run
    text         shown as it is: drawings, queries, synopses
    sh, bash, console, python, pycon      the business of test_readme.py

A block of no language, or of any other, fails: it has to be added here first.
"""

import re
import socket
import tomllib
from pathlib import Path

import pytest
import yaml

from statshard.settings.sections import SECTIONS
from tests.support.pages import DOCS, README, SHELLS, Block, read_blocks, read_page
from tests.support.proxy import PAIR, Event, Proxy, run_statshard
from tests.support.receivers import Receivers
from tests.support.serve import Serve
from tests.support.tree import ROOT
from tests.support.wait import wait_until

Nav = str | list["Nav"] | dict[str, "Nav"]  # as mkdocs.yml has it

PAGES = (README, *DOCS)
BLOCKS = [block for page in PAGES for block in read_blocks(page)]
RUN_ELSEWHERE = {*SHELLS, "console", "python", "pycon"}
TELEGRAF = {"global_tags", "agent", "inputs", "outputs"}
# table of a file -> the command whose settings it has
COMMANDS = {
    name: section.command.removeprefix("statshard ")
    for section in SECTIONS
    for name in (section.name, *(row.key for row in section.table_rows))
}
TINY_BUFFER = "4KiB"
FLOOD = 2000


def of_language(language: str) -> pytest.MarkDecorator:
    """Run a test for each block of a language, named by its place."""
    found = [block for block in BLOCKS if block.language == language]
    return pytest.mark.parametrize("block", found, ids=lambda block: block.place)


def test_every_block_is_of_a_language_that_is_tested() -> None:
    """No block is without a language, and none of one that nobody knows."""
    known = RUN_ELSEWHERE | {"toml", "yaml", "logfmt", "text"}
    assert [] == [block.place for block in BLOCKS if block.language not in known]


@pytest.mark.parametrize("page", PAGES)
def test_no_fence_escapes(page: str) -> None:
    """Each fence of a page begins or ends a block: none is indented or left open."""
    fences = re.findall(r"(?m)^\s*(?:```|~~~)", read_page(page))
    assert len(fences) == 2 * len(read_blocks(page))


@of_language("toml")
def test_settings_are_valid(block: Block, tmp_path: Path) -> None:
    """A file of ours is one that check takes; Telegraf's has Telegraf's tables."""
    tables = tomllib.loads(block.text)
    if block.needs:
        assert block.needs == "telegraf"
        assert tables.keys() <= TELEGRAF
        assert all(isinstance(each, list) for each in tables["inputs"].values())
        return
    path = tmp_path / (block.file or "statshard.toml")
    # The directory that a service has, which a test has not.
    text = block.text.replace("/var/lib/statshard", str(tmp_path))
    path.write_text(text, encoding="utf-8")
    commands = {COMMANDS[name] for name in tables}
    assert commands
    for command in commands:
        words = ("check", "--no-network", "--for", command, "-c", str(path))
        done = run_statshard(*words)
        assert (done.returncode, done.stderr) == (0, ""), block.place


@of_language("yaml")
def test_yaml_is_yaml(block: Block) -> None:
    """A file in YAML, of other software, is a mapping."""
    assert block.needs
    assert isinstance(yaml.safe_load(block.text), dict)


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, ...]]:
    """Return (event, field, ...) of a flooded proxy, a server away, and of a server."""
    events: list[Event] = []
    with Receivers(1) as receivers, socket.socket(type=socket.SOCK_DGRAM) as sender:
        nobody = ("--backend", "away=127.0.0.1:9", "--receive-buffer", TINY_BUFFER)
        flags = (*receivers.backends(), *nobody, "--summary-s", "0.1")
        with Proxy(*flags, workers=2) as proxy:
            sender.sendto(b"no colon\n:1|c", proxy.address)
            proxy.freeze()
            for number in range(FLOOD):
                sender.sendto(b"flood.%d:1|c" % number, proxy.address)
            proxy.thaw()
            proxy.wait_for_event("kernel_dropped")
            proxy.wait_for_event("summary")
            proxy.stop()
        events += proxy.events
        folder = tmp_path_factory.mktemp("serve")
        with Serve(folder, "--summary-s", "0.1") as serve:
            sender.sendto(b"a:1|c\nb:x|c", serve.address)
            wait_until(lambda: serve.list_events("summary", received_samples=2))
            serve.stop()
        events += serve.events
    return {
        (each["event"], *(key for key in each if key not in {"ts", "level", "event"}))
        for each in events
    }


@of_language("logfmt")
def test_log_lines_are_as_logged(block: Block, logged: set[tuple[str, ...]]) -> None:
    """Each line of the log that a page shows has an event's fields in their order."""
    for line in block.text.splitlines():
        pairs = dict(PAIR.findall(line))
        assert list(pairs)[:3] == ["ts", "level", "event"]
        shown = (pairs["event"], *list(pairs)[3:])
        assert shown in logged, block.place


def test_every_page_of_docs_is_in_the_site() -> None:
    """The site's nav has each page of docs/ once, and no page that is not there."""
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = list_leaves(site["nav"])
    assert len(pages) == len(set(pages))
    own = [f"docs/{page}" for page in pages if (ROOT / "docs" / page).exists()]
    assert sorted(own) == DOCS
    assert [
        p for p in pages if not (ROOT / p).exists() and f"docs/{p}" not in own
    ] == []


def list_leaves(nav: Nav) -> list[str]:
    """Return the pages of a nav, or of a part of it."""
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav
    return [page for part in parts for page in list_leaves(part)]
