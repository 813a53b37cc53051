"""Converted: another program's configuration as settings of ours, checked.

    source -> the program's reader -> Foreign -> writer -> TOML -> our own reader

What is returned was read back by the reader that `run` has, so it is valid. Must not
know: the command line, files, the formats.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from statshard.settings.effective import settle
from statshard.settings.fault import Fault
from statshard.settings.foreign.foreign import Leftover, Source
from statshard.settings.foreign.program import Program
from statshard.settings.foreign.programs import recognise
from statshard.settings.foreign.writer import as_toml
from statshard.settings.model import PROXY, ProxySettings
from statshard.settings.sections import SECTIONS
from statshard.settings.toml_file import read_toml


@dataclass(frozen=True, slots=True)
class Converted:
    """What was made of a configuration."""

    program: str
    toml: str
    leftovers: Sequence[Leftover]
    settings: ProxySettings


def convert(
    source: Source, program: Program | None = None, *, usable_cpus: int
) -> Converted:
    """Return our settings for another program's; None: whose it is, its text says.

    Raises SettingsError naming every fault.
    """
    program = program or recognise(source)
    foreign = program.read(source)
    text = as_toml(foreign, source, program.title)
    faults: list[Fault] = []
    given = read_toml(f"{source.shown} (converted)", text, SECTIONS, faults)
    sources = [given[PROXY.name]]
    settings = settle(PROXY, sources, faults, usable_cpus=usable_cpus).settings
    return Converted(program.name, text, foreign.leftovers, settings)
