"""docs/man/statshard-run.1 is shown as it is meant, and names every flag."""

import re
import shutil
import subprocess

import click
import pytest

from docs.pages.man import escape
from statshard.cli import run
from tests.support.tree import ROOT

PAGE = ROOT / "docs/man/statshard-run.1"
TEXT = PAGE.read_text(encoding="utf-8")
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


def render() -> str:
    """Return what a reader sees, without bold and underlining."""
    command = ["groff", "-ww", "-man", "-Tascii", "-P-c", "-rLL=200n", str(PAGE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return re.sub(r".\x08", "", done.stdout)


def test_every_request_is_one_of_man() -> None:
    """Each line that begins with a dot is a request that man(7) has."""
    requests = re.findall(r"(?m)^[.'](\S+)", TEXT.replace('.\\"', ""))
    assert set(requests) - MACROS == set()


def test_the_sections_are_those_of_a_command() -> None:
    """The sections stand in the order of man-pages(7), and none is empty."""
    assert re.findall(r"(?m)^\.SH (.*)$", TEXT) == SECTIONS
    assert re.findall(r"(?m)^\.SH .*\n(?:\.SH|$)", TEXT) == []


def test_no_hyphen_is_left_to_roff() -> None:
    """A - is written so that it can be copied from the page."""
    lines = [line for line in TEXT.splitlines() if not line.startswith('.\\"')]
    assert [line for line in lines if re.search(r"(?<!\\)-", line)] == []


@pytest.mark.parametrize("option", run.command.params, ids=lambda each: each.name)
def test_every_flag_stands_there(option: click.Parameter) -> None:
    """Each flag of the command has its entry, with what its value is called."""
    names = ", ".join(rf"\fB{escape(name)}\fR" for name in option.opts)
    metavar = rf" \fI{escape(option.metavar)}\fR" if option.metavar else ""
    assert f"\n.TP\n{names}{metavar}\n" in TEXT


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
    shown = render()
    assert "statshard run --listen udp://0.0.0.0:8125 --backend" in shown
    assert 'address = "127.0.0.1:8126"' in shown
    assert "  78     bad settings" in shown
