"""Flags: the words of a command line into what is given.

Must not know: the command-line library (what it found is handed in), what is valid.
"""

from collections.abc import Iterable, Mapping, Sequence

from statshard.settings.given import Given, Origin, Raw, Rows
from statshard.settings.setting import Setting

# key -> text; texts, for a list; True, for a switch; None or (): not given.
Found = Mapping[str, str | Sequence[str] | bool | None]


def read_flags(table: Iterable[Setting], found: Found) -> Given:
    """Return what the flags say."""
    values: dict[str, Raw] = {}
    lists: dict[str, Rows] = {}
    for row in table:
        given = found.get(row.key)
        if given is None or given is False or given == ():
            continue
        origin = Origin("flag", row.flag, row.key)
        if given is True:
            values[row.key] = Raw("true", origin)
        elif isinstance(given, str):
            one = Raw(given, origin)
            if row.is_list:
                lists[row.key] = (one,)
            else:
                values[row.key] = one
        else:
            lists[row.key] = tuple(Raw(each, origin) for each in given)
    return Given(values, lists)
