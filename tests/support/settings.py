"""Settings read in the process of a test: from a text in a file, variables and flags.

`told` is what an operator would read: the faults, each a line, with FILE for the path.
Whatever is told is one line for each fault and moves no terminal; that is held here,
for every test that asks.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from statshard.errors import SettingsError
from statshard.settings.effective import Effective
from statshard.settings.flags import Found
from statshard.settings.model import PROXY, ProxySettings
from statshard.settings.sources import read_settings

CPUS = 3
LONGEST = 700  # characters of a fault, its path aside
NOTHING: Mapping[str, str] = {}


def effective(
    config: Path | str | None = None,
    environ: Mapping[str, str] = NOTHING,
    flags: Found | None = None,
) -> Effective[ProxySettings]:
    """Return what holds."""
    path = None if config is None else str(config)
    return read_settings(
        PROXY, flags or {}, config=path, environ=environ, usable_cpus=CPUS
    )


def told(
    config: Path | str | None = None,
    environ: Mapping[str, str] = NOTHING,
    flags: Found | None = None,
) -> list[str]:
    """Return the faults of settings that are refused."""
    with pytest.raises(SettingsError) as refused:
        effective(config, environ, flags)
    assert refused.value.exit_status == 78
    return lines_of(refused.value, config)


def lines_of(error: SettingsError, config: Path | str | None = None) -> list[str]:
    """Return the faults of an error, without the path; hold each to be a line."""
    text = str(error)
    assert text != ""
    lines = text.split("\n")
    if config:
        lines = [line.replace(str(config), "FILE") for line in lines]
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if len(line) > LONGEST or not line] == []
    return lines
