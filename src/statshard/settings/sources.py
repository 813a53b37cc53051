"""Sources: from a file, the environment and flags to the settings that hold.

The one way in for every command that goes by a section of the settings.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from statshard.errors import SettingsError
from statshard.settings.effective import Effective, read_table, settle
from statshard.settings.environment import CONFIG_VARIABLE, read_environment
from statshard.settings.fault import Fault, list_faults, refusal
from statshard.settings.flags import Found, read_flags
from statshard.settings.given import Given, Origin
from statshard.settings.ini_file import is_ini, read_ini
from statshard.settings.model import PROXY
from statshard.settings.reading import printable
from statshard.settings.section import Rule, Section
from statshard.settings.sections import SECTIONS
from statshard.settings.setting import Struct
from statshard.settings.toml_file import read_text, read_toml

Sections = tuple[Section[Any], ...]  # Any: each has settings of its own


def read_settings(  # noqa: PLR0913 -- each source by its name
    section: Section[Struct],
    found: Found,
    *,
    config: str | None = None,
    environ: Mapping[str, str],
    usable_cpus: int,
    rules: Iterable[Rule] = (),
    sections: Sections = SECTIONS,
) -> Effective[Struct]:
    """Return what holds, by the flags found, the environment and a file, if any.

    The file is `config`, or what STATSHARD_CONFIG names; what it says for others of
    `sections` is judged too. `rules` are asked beside those of the section. Raises
    SettingsError naming every fault.
    """
    faults: list[Fault] = []
    found_here = [
        read_environment(section, environ, faults, sections),
        read_flags(section, found, faults),
    ]
    try:
        file = _read_file(config, environ, faults, sections)
    except SettingsError as fault:
        # What it would say is not known: no rule can be asked, and nothing is missing.
        for given in found_here:
            read_table(section.rows, [given], faults, {})
        raise refusal([*list_faults(fault), *faults]) from fault
    for other in sections:
        if other.name != section.name and other.name in file:
            read_table(other.rows, [file[other.name]], faults, {})
    sources = [file.get(section.name, Given()), *found_here]
    return settle(section, sources, faults, usable_cpus=usable_cpus, rules=rules)


def _read_file(
    config: str | None,
    environ: Mapping[str, str],
    faults: list[Fault],
    sections: Sections,
) -> Mapping[str, Given]:
    """Return what the settings file says, by the name of the section."""
    path = environ.get(CONFIG_VARIABLE) if config is None else config
    if path is None:
        return {}
    if not path:
        culprit = CONFIG_VARIABLE if config is None else "--config"
        source = "environment" if config is None else "flag"
        what = "valid: the path of a settings file"
        raise refusal([Fault(Origin(source, culprit), "", what)])
    text, shown = read_text(path), printable(path)
    if is_ini(path, text):
        return {PROXY.name: read_ini(shown, text, environ, faults)}
    return read_toml(shown, text, sections, faults)
