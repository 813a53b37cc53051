"""Flags: the words of a command line into what is given.

Must not know: the command-line library (what it found is handed in), what is valid.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from statshard.settings.fault import Fault
from statshard.settings.given import Given, Origin, Raw, as_list
from statshard.settings.later import UNSUPPORTED, later_flags
from statshard.settings.section import Section
from statshard.settings.setting import flag_of

# key -> text; texts, for a list; True, for a switch; None, False or (): not given.
Found = Mapping[str, str | Sequence[str] | bool | None]


def read_flags(
    section: Section[Any],  # Any: settings of any command
    found: Found,
    faults: list[Fault],
) -> Given:
    """Return what the flags say; add to `faults` those of later versions."""
    parts: dict[str | int, Raw | Given] = {}
    for row in section.input_rows:
        given = found.get(row.key)
        if given is None or given is False or given == ():
            continue
        origin = Origin("flag", row.flag, row.key)
        if row.is_list:
            texts = [given] if isinstance(given, str) else given
            texts = texts if isinstance(texts, Sequence) else ()
            parts[row.key] = as_list(origin, [Raw(text, origin) for text in texts])
        else:
            parts[row.key] = Raw("true" if given is True else given, origin)
    known = [row.key for row in section.input_rows]
    for key in later_flags(section.name):
        given = None if key in known else found.get(key)
        if given is not None:
            origin = Origin("flag", flag_of(key), key)
            faults.append(
                Fault(origin, given or None, f"{UNSUPPORTED}; valid: without it")
            )
    return Given(parts)
