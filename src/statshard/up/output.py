"""Output: a text file that waits for its reader only until it is told not to.

    write -> collected -> flush -> pieces, each once the kernel has room for it

Who has stopped reading (a full pipe, a terminal that is held) would otherwise hold the
thread that writes, and with it the end of the process, for good. A piece is no longer
than what a pipe that is ready takes whole (pipe(7), PIPE_BUF). What its encoding has no
character for is a question mark, which is as wide. Raises OSError as files do;
BrokenPipeError, where nobody reads any more. Must not know: what is written.
"""

import errno
import io
import os
import select
import threading

LOOK_MS = 50  # between looks whether to give up
UNREAD = "nobody reads it"


class Output(io.TextIOBase):
    """The file of a descriptor, which stays open when this is closed."""

    def __init__(self, fd: int, encoding: str = "utf-8") -> None:
        self._fd = fd
        self._encoding = encoding
        self._waiting: list[str] = []
        self._has_given_up = threading.Event()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has an attribute
        """What characters are encoded by."""
        return self._encoding

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._fd

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return os.isatty(self._fd)

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, text: str, /) -> int:
        """Take text, which leaves with the next flush."""
        self._waiting.append(text)
        return len(text)

    def flush(self) -> None:
        """Write all that waits, however long that takes; raises OSError."""
        octets = "".join(self._waiting).encode(self._encoding, "replace")
        self._waiting.clear()
        poller = select.poll()
        poller.register(self._fd, select.POLLOUT)
        at = 0
        while at < len(octets):
            if poller.poll(0) or poller.poll(LOOK_MS):
                at += os.write(self._fd, octets[at : at + select.PIPE_BUF])
            elif self._has_given_up.is_set():
                raise OSError(errno.ETIMEDOUT, UNREAD)

    def give_up(self) -> None:
        """Have no flush wait any longer, from any thread; what has room is written."""
        self._has_given_up.set()
