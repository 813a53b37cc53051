"""docs/settings.md: what it shows of each source is read as it says."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from docs.generate import PAGES
from docs.pages.values import default_as_toml, describe_valid
from statshard.settings import kinds
from statshard.settings.flags import Found
from statshard.settings.model import PROXY
from statshard.settings.section import Section
from statshard.settings.sections import SECTIONS
from statshard.settings.setting import Setting
from statshard.settings.sources import read_settings

PAGE = PAGES["docs/settings.md"]()
ROWS = [
    [re.sub(r"\\\|", "|", cell).strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
    for row in re.findall(r"(?m)^\| .*$", PAGE)
]
BY_SOURCE = {row[0]: row[1:] for row in ROWS[:6]}
BACKENDS = ("10.0.0.1:8125", "10.0.0.2:8125")


def code(cell: str) -> str:
    """Return what stands in code style in a cell, the first of it."""
    return cell.split("`")[1]


def found(words: str) -> Found:
    """Return the flags of a command line."""
    texts = shlex.split(words)
    pairs = list(zip(texts[::2], texts[1::2], strict=True))
    given = {
        row.key: [text for name, text in pairs if name == row.flag]
        for row in PROXY.rows
    }
    return {
        row.key: tuple(given[row.key]) if row.is_list else "".join(given[row.key])
        for row in PROXY.rows
        if given[row.key]
    }


def test_a_file_is_as_shown(tmp_path: Path) -> None:
    """The key and the list that are shown of a file stand in [proxy]."""
    setting, listing, _ = BY_SOURCE["file, in TOML"]
    urls = code(listing).replace("...", "127.0.0.1:0")
    path = tmp_path / "statshard.toml"
    path.write_text(f"[proxy]\n{code(setting)}\n{urls}\n", encoding="utf-8")
    flags = found("--backend h:1")
    settings = read_settings(PROXY, flags, config=str(path), environ={}, usable_cpus=1)
    assert settings.settings.max_payload == 1432
    assert settings.origins["max_payload"].source == "file"
    assert len(settings.settings.listen) == 2


def test_the_environment_is_as_shown() -> None:
    """The variables that are shown are read, lists with blanks between."""
    shown = " ".join(code(cell) for cell in BY_SOURCE["environment"])
    shown = shown.replace("...", "127.0.0.1:0")
    environ = dict(word.split("=", 1) for word in shlex.split(shown))
    settings = read_settings(PROXY, {}, environ=environ, usable_cpus=1)
    assert settings.origins["max_payload"].source == "environment"
    assert len(settings.settings.listen) == 2
    assert tuple(one.address for one in settings.settings.backend) == BACKENDS


def test_flags_are_as_shown() -> None:
    """The flags that are shown are read."""
    setting, _, backends = BY_SOURCE["flags"]
    flags = found(f"{code(setting)} {code(backends)}")
    settings = read_settings(PROXY, flags, environ={}, usable_cpus=1)
    assert settings.origins["max_payload"].source == "flag"
    assert tuple(one.address for one in settings.settings.backend) == BACKENDS


def test_the_sources_are_in_their_order(tmp_path: Path) -> None:
    """Of the table of sources, a later one is above an earlier one."""
    assert list(BY_SOURCE)[2:] == ["default", "file, in TOML", "environment", "flags"]
    path = tmp_path / "statshard.toml"
    path.write_text("[proxy]\nqueue_age_s = 1\nsummary_s = 1\nworkers = 1\n", "utf-8")
    environ = {"STATSHARD_SUMMARY_S": "2", "STATSHARD_WORKERS": "2"}
    flags = found("--backend h:1 --workers 3")
    one = read_settings(PROXY, flags, config=str(path), environ=environ, usable_cpus=9)
    held = one.settings
    assert (held.queue_age_s, held.summary_s, held.workers) == (1, 2, 3)


ENTRIES = [(section, row) for section in SECTIONS for row in section.rows]


@pytest.mark.parametrize(
    ("section", "row"), ENTRIES, ids=[f"{s.name}-{r.key}" for s, r in ENTRIES]
)
def test_a_setting_stands_on_the_page(
    section: Section[Any],  # Any: each its own
    row: Setting,
) -> None:
    """Each setting has its row, with its names, default, unit and version."""
    of_command = [cells for cells in ROWS if f"`{row.flag}`" == cells[1]]
    homes = [s.name for s in SECTIONS if row.key in {each.key for each in s.rows}]
    cells = of_command[homes.index(section.name)]
    assert (len(homes), cells[2]) == (len(of_command), f"`{row.variable}`")
    follows = row.default_help.removeprefix("Default: ").removesuffix(".")
    given = f"`{row.default}`" if row.default else "none"
    assert cells[3] == (follows if row.default is None else given)
    assert (cells[4], cells[6], cells[7]) == (row.unit, row.help, row.since)


@pytest.mark.parametrize(
    ("kind", "unit", "valid"),
    [
        (kinds.choice(("a", "b"), "NAME"), "name", "`a`, `b`"),
        (kinds.whole(1, 64), "threads", "1 to 64"),
        (kinds.size(100, 3 << 20), "bytes", "100 to 3MiB"),
        (kinds.duration("s", 0.5, 60), "s", "0.5 to 60"),
        (kinds.positive("W"), "", "above 0"),
        (kinds.switch(), "", "true, false"),
        (kinds.text(str, "HOST"), "address", "`HOST`"),
    ],
)
def test_what_is_valid_is_told(kind: kinds.Kind, unit: str, valid: str) -> None:
    """What a value may be is told for every kind."""
    assert valid == describe_valid(Setting(kind, unit, "Help."))


@pytest.mark.parametrize(
    ("kind", "default", "shown"),
    [
        (kinds.size(0, 1 << 30), "8MiB", '"8MiB"'),
        (kinds.size(0, 1 << 30), "1432", "1432"),
        (kinds.duration("s", 0, 60), "0.5", "0.5"),
        (kinds.duration("ms", 0, 60), "5ms", '"5ms"'),
        (kinds.switch(), "false", "false"),
        (kinds.text(str, "HOST"), "8125", '"8125"'),
    ],
)
def test_a_default_is_shown_as_toml(kind: kinds.Kind, default: str, shown: str) -> None:
    """A default stands in a file as people write it there."""
    assert shown == default_as_toml(Setting(kind, "", "Help.", default=default))
