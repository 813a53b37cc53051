"""Fault: what is wrong with a value, where it stands, and what would be valid.

    statshard.toml:3: proxy.workers = 0: valid: a whole number from 1 to 64
    └─ origin ──────────────────┘   value └─ what

Whoever finds one adds it to a list; all are told together. Must not know: what is
valid, sources.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from statshard.errors import SettingsError
from statshard.settings.given import Origin
from statshard.settings.reading import printable

FAULTS_MAX = 100  # that are shown; how many more there are is told


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    origin: Origin | None  # None: it stands nowhere
    value: object  # as it stands there; None: it is not the value that is wrong
    what: str  # what is wrong and what is valid

    def __str__(self) -> str:
        if self.origin is None:
            return self.what
        if self.value is None:
            return f"{self.origin.say_key()}: {self.what}"
        return f"{self.origin.say(self.value)}: {self.what}"

    @property
    def order(self) -> tuple[bool, int]:
        """What faults are sorted by: those of a file come first, by line."""
        if self.origin is None or self.origin.source != "file":
            return True, 0
        return False, self.origin.line


def refuse(faults: Iterable[Fault]) -> None:
    """Raise SettingsError that tells each fault once, a line each; none: do nothing.

    Of more than FAULTS_MAX it tells the first, and how many more there are.
    """
    told = list(dict.fromkeys(map(str, sorted(faults, key=lambda one: one.order))))
    if not told:
        return
    lines = told[:FAULTS_MAX]
    if len(told) > FAULTS_MAX:
        lines.append(f"and {len(told) - FAULTS_MAX} more")
    raise SettingsError("\n".join(map(printable, lines)))
