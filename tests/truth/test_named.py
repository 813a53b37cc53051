"""What the pages name in their sentences, in code style, is there.

    `make TARGET`         a target of the Makefile
    `statshard NAME`      a command
    `--flag`              one of some command's (of pages that are of statshard only)
    `queue_bytes`         a setting, event, field or reason: a word of the sources
    (page.md#heading)     of README, which the site has not: a heading of that page

And the site opens with the same words as README.

What stands in fences is the business of test_readme.py and test_page_files.py.
"""

import re

import pytest

from docs.pages.man import COMMANDS, list_options, load_command
from tests.support.pages import DOCS, README, read_page
from tests.support.tree import ROOT

PAGES = (README, "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", *DOCS)
# Of statshard alone, with no names of other software and none made up.
OWN = [README] + [
    f"docs/{name}.md"
    for name in (
        *("bounds", "choosing", "guarantees", "how", "index", "operating"),
        *("performance", "start", "state", "up"),
    )
]
SOURCES = [
    *(path for path in (ROOT / "src").rglob("*") if path.suffix in {".py", ".pyx"}),
    ROOT / "docs/pages/metrics.py",  # which has events that the sources put together
]
WORDS = {
    word
    for path in SOURCES
    for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
}
TARGETS = re.findall(r"(?m)^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"))
# Those that click adds.
FLAGS = {"--help", "--version"} | {
    flag
    for name in COMMANDS
    for option in list_options(load_command(name))
    for flag in option.opts
}


def codes(page: str) -> list[str]:
    """Return what stands in code style in a page's sentences and tables."""
    text = re.sub(r"(?s)```.*?```", "", read_page(page))
    return re.findall(r"`([^`]+)`", text)


def named(page: str, pattern: str) -> set[str]:
    """Return the first group of each code of a page that a pattern begins."""
    found = (re.match(pattern, code) for code in codes(page))
    return {match[1] for match in found if match}


@pytest.mark.parametrize("page", PAGES)
def test_targets_and_commands_exist(page: str) -> None:
    """Each target of make and each command of statshard that is named is one."""
    assert named(page, r"make\s([a-z-]+)") - set(TARGETS) == set()
    assert named(page, r"statshard\s([a-z]\w*)") - set(COMMANDS) == set()


@pytest.mark.parametrize("page", [p for p in PAGES if p != "CONTRIBUTING.md"])
def test_flags_exist(page: str) -> None:
    """Each long flag that is named is one of a command."""
    words = {word for code in codes(page) for word in code.split()}
    assert {w for w in words if re.match("--[a-z]", w)} - FLAGS == set()


@pytest.mark.parametrize("page", OWN)
def test_words_are_those_of_the_sources(page: str) -> None:
    """Each setting, event, field and reason that is named is a word of the sources."""
    assert named(page, r"([a-z]+(?:_[a-z]+)+)$") - WORDS == set()


def test_anchors_of_the_readme_are_headings() -> None:
    """Each link of README to a part of a page has its heading there."""
    links = re.findall(r"\]\(([^)#\s]+)#([^)\s]+)\)", read_page(README))
    assert links
    for page, anchor in links:
        headings = re.findall(r"(?m)^#+ (.*)$", read_page(page))
        assert anchor in [slug_of(heading) for heading in headings]


def test_the_site_opens_as_the_readme_does() -> None:
    """What statshard is, and its promise, is one text on both."""
    opening = r"(?s)\A# statshard\n(.*?\n> .*?\n)\n"
    readme, home = (re.match(opening, read_page(p)) for p in (README, "docs/index.md"))
    assert readme is not None
    assert home is not None
    assert readme[1] == home[1]


def slug_of(heading: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
