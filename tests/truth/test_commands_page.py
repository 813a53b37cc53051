"""docs/commands.md names every command and every flag, and nothing that is none."""

import re

import pytest

from docs.pages.man import COMMANDS, list_options, load_command
from statshard.cli import main
from tests.support.pages import read_page

PAGE = read_page("docs/commands.md")
PARTS = dict(re.findall(r"(?ms)^## `statshard (\w+)`\n(.*?)(?=^## |\Z)", PAGE))


def test_every_command_has_its_part() -> None:
    """The parts are those of the commands, in their order."""
    assert list(main.COMMANDS) == list(COMMANDS) == list(PARTS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_is_named(name: str) -> None:
    """Each flag that help shows stands in its command's part, and no other does."""
    options = list_options(load_command(name))
    flags = [each for option in options for each in option.opts]
    assert sorted(flags) == sorted(re.findall(r"`(--?[a-z][\w-]*)`", PARTS[name]))


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_and_statuses_are_told(name: str) -> None:
    """Each part has an example, and the statuses that the help tells of."""
    told = load_command(name).help or ""
    assert PARTS[name].count("```sh\n") == len(re.findall(r"(?m)^\s*Examples?: ", told))
    table = PARTS[name].partition("| exit status | meaning |\n| --- | --- |\n")[2]
    rows = re.findall(r"(?m)^\| (.*?) \| .* \|$", table)
    assert rows == re.findall(r"(?:status:|;)\s+(\d+)\s", told)
