"""Keeping: what a server knows is saved at its stop, and known again after its start.

    start   lock the file -> gauges stand again, counters are carried
            -> workers start -> the file is removed
    flush   the first tells the carried counters with its own; then they are forgotten
    stop    the workers have ended -> the last fold -> save -> the last flush

A state is used once: from the start on there is no file, so that after a crash nothing
is told twice, and no gauge goes back to what it was long before. What is saved is not
told and what is told is not saved: counters leave the store when they are in the file,
and only then. Without a file, nothing is done. Must not know: sockets, sinks.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from statshard.daemon.events import log_event
from statshard.daemon.state_file import StateFile
from statshard.errors import StateError
from statshard.flush.idle import IdleRules
from statshard.flush.state import (
    State,
    add_counters,
    age_s,
    carried_counters,
    encode_state,
    missed_flushes,
    open_counters,
    restore_gauges,
    state_of,
)
from statshard.plane.aggregation import Store
from statshard.settings.server import ServerSettings


@dataclass
class Keeping:
    """One server's state across its restarts."""

    settings: ServerSettings
    carried: Mapping[str, float] = field(default_factory=dict)  # counters, untold
    _is_restored: bool = False  # what is in the file
    _has_saved: bool = False  # or tried to

    def __post_init__(self) -> None:
        path = self.settings.state_file
        self._file = None if path is None else StateFile(path)

    def open(self) -> None:
        """Have the file from now on; raises StateError where another server has it."""
        if self._file is not None:
            self._file.lock()

    def close(self) -> None:
        """Have it no longer."""
        if self._file is not None:
            self._file.unlock()

    def restore(self, store: Store, rules: IdleRules, wall_s: float) -> None:
        """Let what is in the file be known again; raises StateError.

        A file that is not whole, or not of this version, is moved aside.
        """
        if self._file is None:
            return
        try:
            state = self._file.load()
        except ValueError as fault:
            self._set_aside(self._file, str(fault))
            return
        if state is None:
            self._log(self._file, "state_absent", logging.INFO)
            return
        age = age_s(state, wall_s)
        missed = missed_flushes(age, self.settings.flush_interval)
        self._is_restored = True
        restored = restore_gauges(store, state, missed, rules)
        self.carried = carried_counters(state)
        self._log(
            self._file,
            "state_restored",
            logging.WARNING if restored.refused else logging.INFO,
            gauges=restored.gauges,
            expired_gauges=restored.expired,
            refused_gauges=restored.refused,
            counters=len(self.carried),
            age_s=age,
        )

    def consume(self) -> None:
        """Remove the file: what was in it is this server's now.

        Raises StateError where it cannot be: all of it stays there then, and is told of
        by another.
        """
        if self._file is None or not self._is_restored:
            return
        try:
            self._file.remove()
        except StateError:
            self.carried = {}
            self._has_saved = True
            raise

    def carry(self, store: Store) -> None:
        """Add the carried counters to the last fold; raises MemoryError."""
        add_counters(store, self.carried)

    def note_told(self) -> None:
        """Take note that a flush has told the carried counters."""
        self.carried = {}

    def save(self, store: Store, wall_s: float) -> None:
        """Save the gauges, and the counters of the last fold where that is wanted.

        Those are forgotten then, so that no flush tells them.
        """
        if self._file is None or self._has_saved:
            return
        saves_counters = self.settings.save_counters

        def make() -> State:
            counters = open_counters(store) if saves_counters else {}
            return state_of(store, wall_s, counters)

        if self._write(self._file, make) and saves_counters:
            store.expire("counter", 0)

    def save_untold(self, store: Store, wall_s: float) -> None:
        """Save the gauges and what is still carried; where the last flush fails.

        What the last fold came to is counted as lost. Not where it was saved before.
        """
        if self._file is not None and not self._has_saved:
            self._write(self._file, lambda: state_of(store, wall_s, self.carried))

    def _write(self, file: StateFile, make: Callable[[], State]) -> bool:
        """Write what is made; return whether that is done."""
        self._has_saved = True
        try:
            state = make()
            file.write(encode_state(state))
        except (OSError, MemoryError) as fault:
            reason = fault.strerror if isinstance(fault, OSError) else "no memory"
            self._log(file, "state_not_saved", logging.ERROR, reason=reason)
            return False
        self._log(file, "state_saved", logging.INFO, **_sizes(state))
        return True

    def _set_aside(self, file: StateFile, reason: str) -> None:
        """Move what is no state away, and warn of it."""
        aside = file.set_aside()
        self._log(
            file, "state_damaged", logging.WARNING, reason=reason, moved_to=str(aside)
        )

    @staticmethod
    def _log(file: StateFile, event: str, level: int, **fields: object) -> None:
        log_event(event, level=level, file=str(file.path), **fields)


def _sizes(state: State) -> dict[str, int]:
    """Return how much a state holds."""
    return {"gauges": len(state.gauges), "counters": len(state.counters)}
