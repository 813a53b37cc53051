"""Environment: STATSHARD_KEY variables into what is given.

A list's elements stand with blanks between them; with none at all it is refused.
STATSHARD_KEY_FILE names a file that holds a secret. A variable that is almost a
setting's is refused, so that a slip of the pen does not go unseen; others that begin
alike are not ours. Must not know: the process's own environment (it is handed in).
"""

import difflib
from collections.abc import Iterable, Mapping

from statshard.settings.given import Given, Origin, Raw, Rows
from statshard.settings.reading import cut
from statshard.settings.setting import ENVIRONMENT_PREFIX, Setting

ALIKE = 0.85  # of 1: how like a name a variable is that must have meant it
CONFIG_VARIABLE = "STATSHARD_CONFIG"  # the file, where no -c names it


def read_environment(
    table: Iterable[Setting], environ: Mapping[str, str], faults: list[str]
) -> Given:
    """Return what the variables say; add to `faults` those that are none."""
    values: dict[str, Raw] = {}
    lists: dict[str, Rows] = {}
    known = {CONFIG_VARIABLE}
    for row in table:
        known.add(row.variable)
        text = environ.get(row.variable)
        if text is None:
            continue
        origin = Origin("environment", row.variable, row.key)
        if row.is_list:
            lists[row.key] = tuple(Raw(each, origin) for each in text.split() or [text])
        else:
            values[row.key] = Raw(text, origin)
    faults += _misspelt(environ, known)
    return Given(values, lists)


def _misspelt(environ: Mapping[str, str], known: Iterable[str]) -> list[str]:
    """Return a fault for each variable that must have meant one of ours."""
    names = list(known)
    faults = []
    for variable in environ:
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in names:
            continue
        if variable.endswith("_PORT"):  # Kubernetes sets it for a service of that name
            continue
        near = difflib.get_close_matches(variable, names, 1, ALIKE)
        if near:
            faults.append(f"{cut(variable)}: no such variable; did you mean {near[0]}?")
    return faults
