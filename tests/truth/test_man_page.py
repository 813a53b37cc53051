"""The man pages of docs/man are shown as they are meant, and name every flag."""

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from docs.pages.man import COMMANDS, escape
from tests.support.tree import ROOT

PAGES = {name: ROOT / f"docs/man/statshard-{name}.1" for name in COMMANDS}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
OPTIONS = [(name, option) for name in COMMANDS for option in COMMANDS[name][0].params]
each_page = pytest.mark.parametrize("name", PAGES)
MACROS = {"TH", "SH", "PP", "TP", "B", "BR", "RB", "IR", "nf", "fi"}
SECTIONS = [
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "OPTIONS",
    "SETTINGS FILE",
    "ENVIRONMENT",
    "EXIT STATUS",
    "EXAMPLES",
]


def render(page: Path) -> str:
    """Return what a reader sees, without bold and underlining."""
    command = ["groff", "-ww", "-man", "-Tascii", "-P-c", "-rLL=200n", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return re.sub(r".\x08", "", done.stdout)


@each_page
def test_every_request_is_one_of_man(name: str) -> None:
    """Each line that begins with a dot is a request that man(7) has."""
    requests = re.findall(r"(?m)^[.'](\S+)", TEXTS[name].replace('.\\"', ""))
    assert set(requests) - MACROS == set()


@each_page
def test_the_sections_are_those_of_a_command(name: str) -> None:
    """The sections stand in the order of man-pages(7), and none is empty."""
    assert re.findall(r"(?m)^\.SH (.*)$", TEXTS[name]) == SECTIONS
    assert re.findall(r"(?m)^\.SH .*\n(?:\.SH|$)", TEXTS[name]) == []


@each_page
def test_no_hyphen_is_left_to_roff(name: str) -> None:
    """A - is written so that it can be copied from the page."""
    lines = [line for line in TEXTS[name].splitlines() if not line.startswith('.\\"')]
    assert [line for line in lines if re.search(r"(?<!\\)-", line)] == []


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=str)
def test_every_flag_stands_there(name: str, option: click.Parameter) -> None:
    """Each flag that help shows has its entry, with what its value is called."""
    if getattr(option, "hidden", False):
        assert f"fB{escape(option.opts[0])}" not in TEXTS[name]
        return
    names = ", ".join(rf"\fB{escape(name)}\fR" for name in option.opts)
    metavar = rf" \fI{escape(option.metavar)}\fR" if option.metavar else ""
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
def test_it_is_shown_without_a_warning() -> None:
    """Groff, with all its warnings, has none; what was a command is one."""
    shown = render(PAGES["run"])
    assert "statshard run --listen udp://0.0.0.0:8125 --backend" in shown
    assert 'address = "127.0.0.1:8126"' in shown
    assert "  78     bad settings" in shown
    shown = render(PAGES["check"])
    assert "statshard check -c examples/statshard.toml --origin" in shown
    assert (
        "  78     not valid: every fault is named, each on a line of its own" in shown
    )
