"""Watched: the proxy and the generator as processes, run as a user runs them.

    statshard run  --no-admin ... --log-format json      its log: events, one a line
    statshard load --file ... --json                     its report, at the end

Rules: each is in a session of its own, so that Ctrl-C reaches the soak alone, which
ends them in order. Nothing is known of the inside: flags, log, signals, /proc.
"""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from soak.judge import Event, Look

STATSHARD = str(Path(sys.executable).with_name("statshard"))  # the console script
LISTEN = "udp://127.0.0.1:0"
STOP_TIMEOUT_S = 20.0
START_TIMEOUT_S = 20.0
STEP_S = 0.01


class SoakError(Exception):
    """The soak could not be made; says why."""


class Proxy:
    """`statshard run` in front of some backends; a context manager."""

    def __init__(self, backends: Sequence[str], workers: int) -> None:
        words = [STATSHARD, "run", "--no-admin", "--listen", LISTEN]
        words += ["--workers", str(workers), "--summary-s", "1"]
        words += [word for each in backends for word in ("--backend", each)]
        self.command = [*words, "--log-format", "json"]
        self.log: list[Event] = []
        self.errors: list[str] = []  # rows that are no events

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read_log, name="proxy-log")
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stderr is not None:
            self._process.stderr.close()

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def last(self, name: str) -> Event | None:
        """Return the last event of a name so far."""
        return next((e for e in reversed(self.log) if e["event"] == name), None)

    def wait_for_start(self) -> str:
        """Wait until it listens, and return the URL."""
        by_s = time.monotonic() + START_TIMEOUT_S
        while self.last("started") is None:
            if not self.is_alive or time.monotonic() > by_s:
                raise SoakError(f"the proxy did not start: {' '.join(self.errors)}")
            time.sleep(STEP_S)
        url = self.log_of("listening")[0]["listener"]
        return str(url)

    def log_of(self, name: str) -> list[Event]:
        """Return the events of a name so far."""
        return [event for event in list(self.log) if event["event"] == name]

    def freeze(self, seconds: float) -> None:
        """Stop it for a while, so that its sockets fill; then let it go on."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            self._process.send_signal(signal.SIGCONT)

    def look(self, at_s: float) -> Look | None:
        """Look at its process in /proc; None where it has ended."""
        folder = Path(f"/proc/{self._process.pid}")
        try:
            return Look(
                at_s,
                read_rss(folder.joinpath("smaps_rollup").read_text("ascii")),
                len(list(folder.joinpath("fd").iterdir())),
                len(list(folder.joinpath("task").iterdir())),
            )
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            if self.is_alive:
                raise
            return None

    def stop(self) -> int:
        """Order it to stop; return its status once it has."""
        self._process.terminate()
        try:
            status = self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._reader.join()
        return status

    def _read_log(self) -> None:
        """Take in the log until its end."""
        assert self._process.stderr is not None  # noqa: S101 -- it was asked for
        for row in self._process.stderr:
            try:
                self.log.append(json.loads(row))
            except ValueError:
                self.errors.append(row)


class Generator:
    """`statshard load` at a URL; a context manager."""

    def __init__(self, url: str, words: Mapping[str, object]) -> None:
        self.command = [STATSHARD, "load", "--target", url, "--json"]
        for name, value in words.items():
            self.command += [f"--{name}", str(value)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._report.close()

    @property
    def is_alive(self) -> bool:
        """Whether it sends."""
        return self._process.poll() is None

    def stop(self) -> Event:
        """End it, if it has not ended; return what it sent."""
        if self.is_alive:
            self._process.send_signal(signal.SIGINT)
        report = self._report.read()
        self._process.wait(STOP_TIMEOUT_S)
        try:
            told: dict[str, Any] = json.loads(report)["sent"]  # Any: what JSON holds
        except (ValueError, KeyError) as fault:
            raise SoakError("the generator gave no report") from fault
        return told

    @property
    def _report(self) -> IO[str]:
        """Where the report comes from."""
        assert self._process.stdout is not None  # noqa: S101 -- it was asked for
        return self._process.stdout


def read_rss(rollup: str) -> int:
    """Return the bytes of the row `Rss: N kB` (proc(5), smaps_rollup).

    It is counted page by page; VmRSS of /proc/PID/status is an estimate.
    """
    for row in rollup.splitlines():
        key, _, value = row.partition(":")
        if key == "Rss":
            return int(value.split()[0]) << 10
    raise SoakError("no Rss in smaps_rollup")
