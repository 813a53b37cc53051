"""Later: what later versions will know, and this one refuses by saying so.

By place: the tables of a file, the keys of each, the values of a choice, the schemes of
a URL. Every source asks here, so that a key is refused alike in a file, as a variable
and as a flag. Who builds one takes it out. Must not know: what this version knows.
"""

from collections.abc import Mapping

UNSUPPORTED = "not supported by this version"
TABLES = ""  # the place of the tables at the top of a file

LATER: Mapping[str, tuple[str, ...]] = {
    TABLES: ("on_backend_down", "group", "rule"),
    # keys, by their table
    "proxy": (*("admin", "takeover", "drain_s", "segmentation"),),
    "server": ("admin", "takeover"),
    "backend": ("group", "health", "protocol", "segmentation"),
    # schemes of URLs, by their key
    "listen": ("tcp", "unix", "unixgram"),
    "address": ("dns", "srv", "tcp", "unixgram"),
}

# What can be a flag or a variable: the keys of a command, its tables among them.
LATER_KEYS = (*LATER[TABLES], *LATER["proxy"], *LATER["server"])


def later_flags(section: str) -> tuple[str, ...]:
    """Return the keys that later versions will know as flags of a section's command."""
    return (*LATER.get(section, ()), *LATER[TABLES])


def later(place: str) -> tuple[str, ...]:
    """Return the names that later versions will know at a place."""
    return LATER.get(place, ())
