"""Every exception of statshard. Imports nothing.

An error's text is complete: it names the file, line and key (or the flag, or the peer),
the value, and what would be valid. `exit_status` is what a command that ends by it
returns (the contract of all commands): 0 done; 1 failed at run time; 2 usage; 71 could
not bind, or lacked a privilege; 78 bad configuration.
"""


class StatshardError(Exception):
    """Something failed at run time."""

    exit_status = 1


class SocketError(StatshardError):
    """An address could not be bound or connected, or a privilege is missing."""

    exit_status = 71


class StateError(StatshardError):
    """A state file is another server's, or a privilege is missing for it."""

    exit_status = 71


class SettingsError(StatshardError):
    """A setting is missing, wrong, or contradicts another.

    `faults` are the records whose text it is, as settings/fault.py has them; there may
    be none.
    """

    exit_status = 78

    def __init__(self, text: str = "", faults: tuple[object, ...] = ()) -> None:
        super().__init__(text)
        self.faults = faults


class RefusedError(StatshardError):
    """A store will never take what a sink has for it, or a part of that.

    `reason` is what its points are counted under; `points` how many of them are
    dropped, None: all.
    """

    def __init__(
        self, text: str = "", *, reason: str = "refused", points: int | None = None
    ) -> None:
        super().__init__(text)
        self.reason = reason
        self.points = points
