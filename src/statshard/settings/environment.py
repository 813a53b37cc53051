"""Environment: STATSHARD_KEY variables into what is given.

A list's elements stand with blanks between them; with none at all it is refused.
STATSHARD_KEY_FILE names a file that holds a secret. A variable that is almost a
setting's is refused, so that a slip of the pen does not go unseen, and so is one that
later versions will know; others that begin alike are not ours. Must not know: the
process's own environment (it is handed in).
"""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from statshard.settings.fault import Fault
from statshard.settings.given import Given, Origin, Raw, as_list
from statshard.settings.later import LATER_KEYS, UNSUPPORTED
from statshard.settings.reading import cut
from statshard.settings.section import Section
from statshard.settings.setting import ENVIRONMENT_PREFIX, variable_of

ALIKE = 0.85  # of 1: how like a name a variable is that must have meant it
CONFIG_VARIABLE = "STATSHARD_CONFIG"  # the file, where no -c names it


def read_environment(
    section: Section[Any],  # Any: settings of any command
    environ: Mapping[str, str],
    faults: list[Fault],
    sections: Iterable[Section[Any]] = (),  # Any: as above
) -> Given:
    """Return what the variables say; add to `faults` those that are none.

    Those of other `sections` are another command's.
    """
    parts: dict[str | int, Raw | Given] = {}
    for row in section.input_rows:
        text = environ.get(row.variable)
        if text is None:
            continue
        origin = Origin("environment", row.variable, row.key)
        if row.is_list:
            each = [Raw(word, origin) for word in text.split() or [text]]
            parts[row.key] = as_list(origin, each)
        else:
            parts[row.key] = Raw(text, origin)
    rows = [row for each in (section, *sections) for row in each.input_rows]
    known = {CONFIG_VARIABLE, *(row.variable for row in rows)}
    faults += _unknown(environ, known)
    return Given(parts)


def _unknown(environ: Mapping[str, str], known: Collection[str]) -> Iterator[Fault]:
    """Yield a fault for each variable of ours that is none of this version."""
    unsupported = {variable_of(key) for key in LATER_KEYS}
    for variable, text in environ.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in known:
            continue
        if variable in unsupported:
            origin = Origin("environment", variable)
            yield Fault(origin, text, f"{UNSUPPORTED}; valid: without it")
            continue
        if variable.endswith("_PORT"):  # Kubernetes sets it for a service of that name
            continue
        near = difflib.get_close_matches(variable, sorted(known), 1, ALIKE)
        if near:
            origin = Origin("environment", cut(variable))
            yield Fault(origin, None, f"no such variable; did you mean {near[0]}?")
