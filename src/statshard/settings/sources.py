"""Sources: from a file, the environment and flags to the settings that hold.

The one way in for every command that goes by the proxy's settings.
"""

from collections.abc import Mapping

from statshard.errors import SettingsError
from statshard.settings.effective import Effective, settle
from statshard.settings.environment import CONFIG_VARIABLE, read_environment
from statshard.settings.flags import Found, read_flags
from statshard.settings.given import Given
from statshard.settings.ini_file import is_ini, read_ini
from statshard.settings.model import PROXY
from statshard.settings.reading import printable
from statshard.settings.secrets import open_secrets, with_files
from statshard.settings.toml_file import read_text, read_toml


def read_settings(
    found: Found,
    *,
    config: str | None = None,
    environ: Mapping[str, str],
    usable_cpus: int,
) -> Effective:
    """Return what holds, by the flags found, the environment and a file, if any.

    The file is `config`, or what STATSHARD_CONFIG names. Raises SettingsError naming
    every fault.
    """
    faults: list[str] = []
    sources: list[Given] = []
    table = with_files(PROXY)
    path = environ.get(CONFIG_VARIABLE) if config is None else config
    if path is not None:
        if not path:
            culprit = CONFIG_VARIABLE if config is None else "--config"
            raise SettingsError(f"{culprit} '': valid: the path of a settings file")
        text, shown = read_text(path), printable(path)
        sources.append(
            read_ini(shown, text, environ, faults)
            if is_ini(path, text)
            else read_toml(shown, text, table, faults)
        )
    sources.append(read_environment(table, environ, faults))
    sources.append(read_flags(table, found))
    sources = [open_secrets(PROXY, given, faults) for given in sources]
    return settle(sources, faults, usable_cpus=usable_cpus)
