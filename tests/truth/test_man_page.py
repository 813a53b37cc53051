"""The man pages of docs/man are shown as they are meant, and name every flag."""

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from docs.pages.man import COMMANDS, escape, list_arguments, load_command, metavar_of
from statshard.cli import main
from tests.support.tree import ROOT

PAGES = {name: ROOT / f"docs/man/statshard-{name}.1" for name in COMMANDS}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
OPTIONS = [
    (name, option)
    for name in COMMANDS
    for option in load_command(name).params
    if isinstance(option, click.Option)
]
each_page = pytest.mark.parametrize("name", PAGES)
MACROS = {"TH", "SH", "PP", "TP", "B", "BR", "RB", "IR", "nf", "fi"}
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"]
OF_SETTINGS = ["SETTINGS FILE", "ENVIRONMENT"]
LAST_SECTIONS = ["EXIT STATUS", "EXAMPLES"]
# Of some pages, what a reader must see: a command as one, and a status.
SHOWN = {
    "run": [
        "statshard run --listen udp://0.0.0.0:8125 --backend",
        "78     bad settings",
    ],
    "check": [
        "statshard check -c examples/statshard.toml --origin",
        "78     not valid: every fault is named, each on a line of its own",
    ],
    "serve": ["statshard serve --listen udp://", "STATSHARD_FLUSH_INTERVAL is"],
    "up": ["statshard up --no-demo --backends 4 --sink", "71     could not bind"],
    "convert": ["statshard convert [OPTION]... [FILE]", "--from [etsy|statsrelay|"],
    "route": ["statshard route [OPTION]... [LINE]...", "--explain 'page.views:1|c'"],
    "plan": ["--add three=10.0.0.3:8125", "STATSHARD_SHARD_BY is --shard-by."],
    "load": ["--receive 9001,9002 --find-limit", "71     could not bind"],
}


def render(page: Path) -> str:
    """Return what a reader sees, without bold and underlining."""
    command = ["groff", "-ww", "-man", "-Tascii", "-P-c", "-rLL=200n", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return re.sub(r".\x08", "", done.stdout)


def flags_of(name: str) -> set[str]:
    """Return the flags of a command."""
    return {flag for command, each in OPTIONS if command == name for flag in each.opts}


def test_every_command_has_its_page() -> None:
    """A command without a page, and a page without a command, are none."""
    assert list(main.COMMANDS) == list(COMMANDS)
    pages = {path.stem for path in (ROOT / "docs/man").glob("*.1")}
    assert {f"statshard-{name}" for name in COMMANDS} == pages


@each_page
def test_every_request_is_one_of_man(name: str) -> None:
    """Each line that begins with a dot is a request that man(7) has."""
    requests = re.findall(r"(?m)^[.'](\S+)", TEXTS[name].replace('.\\"', ""))
    assert set(requests) - MACROS == set()


@each_page
def test_the_sections_are_those_of_a_command(name: str) -> None:
    """The sections stand in the order of man-pages(7), and none is empty."""
    of_settings = OF_SETTINGS if "-c" in flags_of(name) else []
    expected = [*SECTIONS, *of_settings, *LAST_SECTIONS]
    assert re.findall(r"(?m)^\.SH (.*)$", TEXTS[name]) == expected
    assert re.findall(r"(?m)^\.SH .*\n(?:\.SH|$)", TEXTS[name]) == []


@each_page
def test_no_hyphen_is_left_to_roff(name: str) -> None:
    """A - is written so that it can be copied from the page."""
    lines = [line for line in TEXTS[name].splitlines() if not line.startswith('.\\"')]
    assert [line for line in lines if re.search(r"(?<!\\)-", line)] == []


@each_page
def test_no_sentence_of_the_help_is_lost(name: str) -> None:
    """Each word of the help is on the page, but for those that headings stand for."""
    told = re.sub(r"\b(Examples?|Exit\s+status): ", "", load_command(name).help or "")
    words = {re.sub(r"[.;:]$", "", word).lower() for word in told.split()} - {"\b"}
    page = TEXTS[name].replace("\\e", "\\").replace("\\-", "-").lower()
    assert [word for word in words if word not in page] == []
    assert all(f" {each}" in page for each in map(str.lower, arguments_of(name)))


def arguments_of(name: str) -> list[str]:
    """Return what may stand behind the flags."""
    return list_arguments(load_command(name))


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=str)
def test_every_flag_stands_there(name: str, option: click.Option) -> None:
    """Each flag that help shows has its entry, with what its value is called."""
    if option.hidden:
        assert f"fB{escape(option.opts[0])}" not in TEXTS[name]
        return
    names = ", ".join(rf"\fB{escape(name)}\fR" for name in option.opts)
    named = metavar_of(option)
    metavar = rf" \fI{escape(named)}\fR" if named else ""
    assert f"\n.TP\n{names}{metavar}\n" in TEXTS[name]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a-b", r"a\-b"),
        ("end \\", r"end \e"),
        (".TP\n'x", "\\&.TP\n\\&'x"),
        ("in .the middle", "in .the middle"),
    ],
)
def test_text_is_escaped(text: str, shown: str) -> None:
    """No text becomes a request, an escape or a hyphen."""
    assert shown == escape(text)


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff here")
@each_page
def test_it_is_shown_without_a_warning(name: str) -> None:
    """Groff, with all its warnings, has none; what was a command is one."""
    shown = render(PAGES[name])
    assert [text for text in SHOWN[name] if text not in shown] == []
