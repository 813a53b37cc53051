"""`statshard up` as a real process, with what it writes, and its children.

with Up("--flush-interval", "0.5") as up:
up.send(b"hello:1|c")
up.wait_for(r"hello +counter +1 ")
ending = up.stop()           status, and nothing of it is left
"""

import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.proxy import COMMAND, read_rows
from tests.support.wait import TIMEOUT_S, wait_until

LISTEN = ("--listen", "udp://127.0.0.1:0")
QUICK = ("--flush-interval", "0.3")
START_S = 60.0  # three processes, one after the other, on a slow build
ADDRESS = re.compile(r"/dev/udp/([\d.]+)/(\d+)")
# For the servers behind it: nothing waits long for a store that has gone.
ENVIRON: Mapping[str, str] = {"STATSHARD_DRAIN_S": "0.5"}


class Up:
    """`statshard up` with these flags; a context manager that ends it by all means."""

    def __init__(
        self,
        *flags: str,
        output: int = subprocess.PIPE,
        environ: Mapping[str, str] = ENVIRON,
    ) -> None:
        self.command = [*COMMAND, "up", *(() if "--listen" in flags else LISTEN)]
        self.command += flags
        self.lines: list[str] = []
        self.errors = ""
        self._output = output
        self._environ = {**os.environ, **ENVIRON, **environ}
        self._ever: set[int] = set()

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environ,
        )
        self._readers = [threading.Thread(target=self._read_errors)]
        if self.process.stdout is not None:
            self._readers.append(threading.Thread(target=self._read_lines))
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.children()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for child in filter(is_running, self._ever):
            os.kill(child, signal.SIGKILL)
        for reader in self._readers:
            reader.join(TIMEOUT_S)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        if error is not None:
            print(*self.lines, self.errors, sep="\n")  # noqa: T201 - pytest shows it with the failure

    @property
    def text(self) -> str:
        """All that it has written so far."""
        return "\n".join(self.lines)

    def wait_for(self, pattern: str, timeout_s: float = TIMEOUT_S) -> re.Match[str]:
        """Wait until what it has written has a match, and return that."""
        wait_until(
            lambda: re.search(pattern, self.text) or not self._readers[-1].is_alive(),
            timeout_s,
            blame=lambda: f"no {pattern!r} in what it wrote",
        )
        found = re.search(pattern, self.text)
        assert found, f"it ended without {pattern!r}"
        return found

    def wait_until_up(self) -> tuple[str, int]:
        """Wait until it says where to send, and return that."""
        found = self.wait_for(ADDRESS.pattern, START_S)
        return found[1], int(found[2])

    def send(self, *datagrams: bytes) -> None:
        """Send datagrams to where it says."""
        address = self.wait_until_up()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in datagrams:
                sender.sendto(datagram, address)

    def children(self) -> list[int]:
        """Return the processes that it has started, and that are there now."""
        pid = self.process.pid
        found = list_children(pid)
        self._ever.update(found)
        return found

    def child(self, word: str) -> int:
        """Return the process whose command has a word, such as run."""
        return next(pid for pid in self.children() if word in read_command(pid))

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal, wait for the end, and return the status."""
        self.children()
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end and return the status; none of its children is left."""
        status = self.process.wait(TIMEOUT_S)
        for reader in self._readers:
            reader.join(TIMEOUT_S)
        self.wait_for_no_child()
        return status

    def wait_for_no_child(self) -> None:
        """Wait until none of the processes that were seen is running."""
        wait_until(
            lambda: not any(map(is_running, self._ever)),
            blame=lambda: f"left: {list(filter(is_running, self._ever))}",
        )

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors += line


def list_children(pid: int) -> list[int]:
    """Return the children of a process; none, where it is gone."""
    tasks = Path(f"/proc/{pid}/task")
    try:
        files = [task / "children" for task in tasks.iterdir()]
        texts = [file.read_text(encoding="ascii") for file in files]
    except OSError:
        return []
    return [int(word) for text in texts for word in text.split()]


def read_command(pid: int) -> list[str]:
    """Return the words by which a process was started; none, where it is gone."""
    try:
        text = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return []
    return text.split("\0")


def is_running(pid: int) -> bool:
    """Tell whether a process is there, and not only its status for a parent."""
    try:
        return read_rows(f"/proc/{pid}/status")["State"][0] not in "ZX"
    except (OSError, KeyError):
        return False
