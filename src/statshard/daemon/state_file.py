"""The state file: where a server's state lies between its stop and the next start.

    PATH            the state, mode 0600; there between a stop and the next start only
    PATH.lock       locked for as long as a server runs that has this file; stays
    PATH.new        the state while it is being written; then renamed to PATH
    PATH.damaged    what was found at PATH and is no state of this version

Written whole: into PATH.new, synced, renamed, the directory synced; where that fails
PATH is as it was. The directory is that behind symbolic links: one file has one lock,
by whichever way it is named. Must not know: what a state holds, when it is saved.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from statshard.errors import StateError
from statshard.flush.state import HEAD_SIZE, State, decode_state, refuse_head
from statshard.settings.fault import Fault
from statshard.settings.section import Origins, Rule
from statshard.settings.setting import Values

MODE = 0o600
VALID = "valid: a file that this user may read, write and remove"


class StateFile:
    """One server's file; nobody else has it between `lock` and `unlock`."""

    def __init__(self, path: str) -> None:
        self.shown = path
        self.path = Path(os.path.realpath(path))
        self._lock = -1

    def lock(self) -> None:
        """Have the file from now on; raises StateError where another server has it."""
        path = self._beside(".lock")
        with self._blamed("be locked"):
            self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, MODE)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StateError(
                    f"state_file {self.shown!r}: another server has it, by {path}; "
                    "valid: a file for each server"
                ) from None

    def unlock(self) -> None:
        """Have it no longer."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def load(self) -> State | None:
        """Return the state, None where there is no file.

        Raises ValueError that says why a file is no state of this version, and
        StateError where it cannot be read.
        """
        with self._blamed("be read"):
            try:
                file = self.path.open("rb")
            except FileNotFoundError:
                return None
            with file:
                head = file.read(HEAD_SIZE)
                refuse_head(head)  # of what is none of ours, no more is read
                return decode_state(head + file.read())

    def set_aside(self) -> Path:
        """Move the file to PATH.damaged and return that; raises StateError."""
        aside = self._beside(".damaged")
        with self._blamed("be moved aside"):
            self.path.replace(aside)
            self._sync_directory()
        return aside

    def remove(self) -> None:
        """Let the state be there no longer; raises StateError."""
        with self._blamed("be removed"):
            self.path.unlink(missing_ok=True)
            self._sync_directory()

    def write(self, octets: bytes) -> None:
        """Let the file hold these bytes, all or, where OSError is raised, none."""
        new = self._beside(".new")
        new.unlink(missing_ok=True)  # of one that was killed while it wrote
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            with open(os.open(new, flags, MODE), "wb") as file:  # noqa: PTH123 -- it is open
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
            raise
        self._sync_directory()

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(self.path.name + ending)

    def _sync_directory(self) -> None:
        """Let what was renamed or removed outlast a power failure, where that can be.

        It is done already for whoever looks: an error here undoes nothing.
        """
        with contextlib.suppress(OSError):
            directory = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    @contextlib.contextmanager
    def _blamed(self, what: str) -> Iterator[None]:
        """Raise StateError for an OSError: the file cannot be so and so."""
        try:
            yield
        except OSError as fault:
            raise StateError(
                f"state_file {self.shown!r}: cannot {what}: {fault.strerror}; {VALID}"
            ) from fault


def _unusable(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse a file that could not be saved."""
    path = values["state_file"]
    what = None if path is None else maybe_refuse_path(path)
    if what is not None:
        yield Fault(origins["state_file"], path, what)


# What is wrong with the file as this host has it; nothing is written for it.
STATE_RULE = Rule(("state_file",), _unusable)


def maybe_refuse_path(path: str) -> str | None:
    """Return why a state cannot be saved at a path and what is valid; None: it can."""
    real = Path(os.path.realpath(path))
    valid = "valid: a file in a directory that is there and that this user may write to"
    try:
        if not stat.S_ISDIR(real.parent.stat().st_mode):
            return f"{str(real.parent)!r} is no directory; {valid}"
        if not os.access(real.parent, os.W_OK | os.X_OK):
            return f"the directory {str(real.parent)!r} cannot be written to; {valid}"
        if not stat.S_ISREG(real.stat().st_mode):
            return f"is no regular file; {valid}"
    except FileNotFoundError:
        is_there = real.parent.exists()
        return None if is_there else f"no directory {str(real.parent)!r}; {valid}"
    except OSError as fault:
        return f"{fault.strerror}; {valid}"
    return None
