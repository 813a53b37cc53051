"""Placing: what `route` and `plan` share: the settings of placement, and output."""

import os
from collections.abc import Mapping
from typing import Any

from statshard.daemon.cpus import usable_cpus
from statshard.errors import StatshardError
from statshard.settings.effective import Effective
from statshard.settings.model import PROXY, ProxySettings
from statshard.settings.reading import printable
from statshard.settings.sources import read_settings

# The keys of the table of settings that decide where a line goes.
PLACEMENT = ("backend", "hash", "shard_by", "hash_prefix", "shard_map")
STDOUT = 1

Found = Mapping[str, Any]  # Any: texts by key, as read_settings takes them


def read_placement(given: Found, config: str | None) -> Effective[ProxySettings]:
    """Return the settings that hold; raises SettingsError for what is not valid."""
    return read_settings(
        PROXY,
        given,
        config=config,
        environ=os.environ,
        usable_cpus=usable_cpus(),
    )


def shown(octets: bytes) -> str:
    """Return bytes as a terminal can have them: nothing in them moves it."""
    return printable(octets.decode("utf-8", "backslashreplace"))


class Output:
    """Standard output, in bytes; a terminal gets each line escaped."""

    def __init__(self) -> None:
        self.is_terminal = os.isatty(STDOUT)

    def write(self, lines: bytes) -> None:
        """Write whole lines, each ended by LF.

        Raises StatshardError where they cannot be written, BrokenPipeError where nobody
        reads any more: the command line ends by that without a word.
        """
        if self.is_terminal:
            lines = "".join(map(_escape, lines.split(b"\n")[:-1])).encode()
        left = memoryview(lines)
        try:
            while left:
                left = left[os.write(STDOUT, left) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StatshardError(f"standard output: {error.strerror}") from error


def _escape(line: bytes) -> str:
    """Return a line and its LF for a terminal; tabs stay, they align."""
    return "\t".join(map(shown, line.split(b"\t"))) + "\n"
