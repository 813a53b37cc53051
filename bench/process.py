"""Process: a program under measurement, its log, and what it used.

    with Process(command) as process:      ready as the block begins, gone as it ends
        process.cpu_s(), process.peak_rss_mib()
    process.log                            all that it has written

CPU is that of all its threads, user and system, in ns: of the process by its own clock,
in which threads that have ended count too (clock_getcpuclockid(3)); of some threads as
proc(5) has it (schedstat). Must not know: what the program does.
"""

import contextlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

READY_S, END_S = 20.0, 100.0  # at most
LOOK_S = 0.01
STARTED = '"event": "started"'  # in the log of each command of statshard


class Process:
    """A program that runs for as long as a block; a context manager."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)
        self.log = ""  # once it has ended

    def __enter__(self) -> Self:
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def is_ready(self) -> bool:
        """Tell whether it is at work: as a command of statshard says so."""
        return STARTED in self.read_log()

    def threads(self) -> frozenset[int]:
        """Return the numbers of its threads."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return frozenset(int(task.name) for task in tasks)

    def cpu_s(self, threads: frozenset[int] | None = None) -> float:
        """Return the CPU seconds of all its threads, or of some, since the start."""
        if threads is None:
            return time.clock_gettime(clock_of(self.pid))
        folder = Path(f"/proc/{self.pid}/task")
        used_ns = 0
        for thread in threads:
            words = (folder / str(thread) / "schedstat").read_text("ascii").split()
            used_ns += int(words[0])
        return used_ns / 1e9

    def peak_rss_mib(self) -> float:
        """Return its peak resident memory."""
        status = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        found = re.search(r"VmHWM:\s+(\d+)", status)
        return int(found[1]) / 1024 if found else 0.0

    def read_log(self) -> str:
        """Return all that it has written so far."""
        # A new description of the file, so that the place of writing stays.
        return Path(f"/proc/self/fd/{self._log.fileno()}").read_text("utf-8")

    def _wait_until_ready(self) -> None:
        """Wait until it is at work; exit with its own words where it ends."""
        due = time.monotonic() + READY_S
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > due:
                sys.exit(f"bench: {self.command[0]} did not start:\n{self.read_log()}")
            time.sleep(LOOK_S)

    def _end(self) -> None:
        """Stop it, by all means, and keep what it said."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(END_S)
        self._process.kill()
        self._process.wait()
        self.log = self.read_log()
        self._log.close()


def clock_of(pid: int) -> int:
    """Return the CPU clock of a process.

    Source: the kernel's include/linux/posix-timers_types.h, MAKE_PROCESS_CPUCLOCK with
    CPUCLOCK_SCHED, which glibc's clock_getcpuclockid uses.
    """
    return (~pid << 3) | 2
