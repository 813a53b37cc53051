"""Fault: what is wrong with a value, where it stands, and what would be valid.

    statshard.toml:3: proxy.workers = 0: valid: a whole number from 1 to 64
    └─ origin ──────────────────┘   value └─ what

    {"file": "statshard.toml", "line": 3, "key": "proxy.workers", "value": 0, ...}

Whoever finds one adds it to a list; all are told together, as texts or as records. Must
not know: what is valid, sources.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from statshard.errors import SettingsError
from statshard.settings.given import Origin, as_json
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

    def as_record(self) -> dict[str, object]:
        """Return it as JSON has it: its place, and `key`, `value` and `what`.

        What does not apply is not there. A value that JSON has no word for, or a long
        one, stands as errors show it.
        """
        record = self.origin.as_record() if self.origin is not None else {}
        if self.value is not None:
            record["value"] = as_json(self.value)
        return {**record, "what": self.what}

    @property
    def order(self) -> tuple[bool, int]:
        """What faults are sorted by: those of a file come first, by line."""
        if self.origin is None or self.origin.source != "file":
            return True, 0
        return False, self.origin.line


def refuse(faults: Iterable[Fault]) -> None:
    """Raise SettingsError that tells all faults; none: do nothing."""
    found = list(faults)
    if found:
        raise refusal(found)


def refusal(faults: Iterable[Fault]) -> SettingsError:
    """Return the error that tells each fault once, a line each.

    Of more than FAULTS_MAX it tells the first, and how many more there are.
    """
    by_text = {str(one): one for one in sorted(faults, key=lambda one: one.order)}
    told = list(by_text.values())[:FAULTS_MAX]
    if len(by_text) > FAULTS_MAX:
        told.append(Fault(None, None, f"and {len(by_text) - FAULTS_MAX} more"))
    return SettingsError("\n".join(printable(str(one)) for one in told), tuple(told))


def no_file(path: str, what: str, line: int = 0) -> SettingsError:
    """Return the error of a file that is no settings file; `path` as errors show it."""
    return refusal([Fault(Origin("file", path, line=line), None, what)])


def list_faults(error: SettingsError) -> list[Fault]:
    """Return what an error tells, as faults; those without one are their text alone."""
    faults = [one for one in error.faults if isinstance(one, Fault)]
    return faults or [Fault(None, None, line) for line in str(error).splitlines()]
