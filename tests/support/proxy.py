"""A proxy as a real process: started, watched through its log, stopped by a signal.

    with Proxy(*receivers.backends()) as proxy:
        ...                           the kernel chose the port: proxy.address
        ending = proxy.stop()         status, seconds, and the balance from the log

Rules: whatever a test does, the process is gone afterwards; where a test fails, the log
is shown. Nothing is known of the inside: only flags, log, signals and exit status.
"""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.support.senders import Address
from tests.support.wait import TIMEOUT_S, wait_until

COMMAND = (sys.executable, "-m", "statshard")
PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)')
LITERAL = re.compile(r'".*"|-?\d+(\.\d+)?')
LOOPBACK = ("udp://127.0.0.1:0",)

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Ending:
    """How a proxy ended: status, the seconds it took, and its last balance."""

    status: int
    seconds: float
    balance: Event
    backends: Mapping[str, Event]  # by name
    dropped: Mapping[tuple[str, str], int]  # (backend, reason) -> lines


class Proxy:
    """`statshard run` with these flags; a context manager that ends it by all means."""

    name = "run"
    output: IO[bytes] | None = None  # its standard output; None: that of the tests

    def __init__(
        self,
        *flags: str,
        listen: Sequence[str] = LOOPBACK,
        workers: int = 1,
        log_format: str = "json",
    ) -> None:
        words = [*COMMAND, self.name, "--log-format", log_format]
        words += ["--workers", str(workers)]
        words += [word for url in listen for word in ("--listen", url)]
        self.command = [*words, *flags]
        self.log: list[str] = []
        self.events: list[Event] = []
        self.ending: Ending | None = None

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_for_event("started")
        except BaseException:
            self.end(is_failure=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_failure = error is not None
        try:
            if not is_failure and self.ending is None:
                self.stop()
        finally:
            self.end(is_failure=is_failure)

    def start(self) -> None:
        """Start the process; do not wait until it is ready."""
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read_log, name="proxy-log")
        self._reader.start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self.process.pid

    @property
    def addresses(self) -> list[Address]:
        """Where each listener is bound, in the order of the flags."""
        return [split_url(each["listener"]) for each in self.list_events("listening")]

    @property
    def address(self) -> Address:
        """Where the first listener is bound."""
        return self.addresses[0]

    def list_events(self, name: str, **fields: object) -> list[Event]:
        """Return the events of this name, and with these fields, that were logged."""
        return [
            each
            for each in list(self.events)
            if each["event"] == name
            and all(each.get(key) == value for key, value in fields.items())
        ]

    def wait_for_event(self, name: str, **fields: object) -> Event:
        """Wait until an event is logged, and return the first such."""
        wait_until(
            lambda: self.list_events(name, **fields) or not self._reader.is_alive(),
            blame=lambda: f"no event {name} {fields} in the log",
        )
        found = self.list_events(name, **fields)
        assert found, f"the proxy ended without event {name} {fields}"
        return found[0]

    def send_signal(self, number: signal.Signals) -> None:
        """Send the process a signal."""
        self.process.send_signal(number)

    def freeze(self) -> None:
        """Stop the process for a while; return once all its threads stand still."""
        self.send_signal(signal.SIGSTOP)
        wait_until(lambda: {"T"} == self._states())

    def thaw(self) -> None:
        """Let a process that stands still go on."""
        self.send_signal(signal.SIGCONT)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> Ending:
        """Send a signal, wait for the end, and return what the log says of it."""
        began = time.monotonic()
        self.send_signal(number)
        return self.wait(began)

    def wait(self, began: float) -> Ending:
        """Wait for the end, which was asked for at ``began``; return what it was."""
        status = self.process.wait(TIMEOUT_S)
        seconds = time.monotonic() - began
        self._reader.join(TIMEOUT_S)
        self.ending = Ending(
            status=status,
            seconds=seconds,
            balance=next(iter(self.list_events("balance")), {}),
            backends={e["backend"]: e for e in self.list_events("balance_backend")},
            dropped={
                (each.get("backend", ""), each["reason"]): each.get(
                    "lines", each.get("samples", 0)
                )
                for each in self.list_events("balance_dropped")
            },
        )
        return self.ending

    def read_status(self) -> dict[str, str]:
        """Return the rows of /proc/PID/status."""
        return read_rows(f"/proc/{self.pid}/status")

    def end(self, *, is_failure: bool = False) -> None:
        """Make sure that the process is gone; show its log where a test failed."""
        self.process.kill()
        self.process.wait()
        self._reader.join(TIMEOUT_S)
        if self.process.stderr is not None:
            self.process.stderr.close()
        if is_failure:
            print(" ".join(self.command), "".join(self.log), sep="\n")  # noqa: T201 - pytest shows it with the failure

    def _states(self) -> set[str]:
        """Return the states of all threads, by their letters."""
        return {
            read_rows(f"{task}/status")["State"][0] for task in list_tasks(self.pid)
        }

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        for row in self.process.stderr:
            text = row.decode()
            self.log.append(text)
            if text.startswith("{"):
                self.events.append(json.loads(text))
            elif text.startswith("ts="):
                self.events.append(read_logfmt(text))


def run_statshard(
    *words: str, timeout_s: float = TIMEOUT_S
) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself, and return what it said."""
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=timeout_s,
    )


def read_logfmt(text: str) -> Event:
    """Return the fields of a line of logfmt; what reads as a number is one."""
    return {
        key: json.loads(value) if LITERAL.fullmatch(value) else value
        for key, value in PAIR.findall(text)
    }


def split_url(url: str) -> Address:
    """Return the address of udp://HOST:PORT; brackets are taken off."""
    host, _, port = url.removeprefix("udp://").rpartition(":")
    return host.strip("[]"), int(port)


def list_tasks(pid: int) -> list[str]:
    """Return the folder of each thread of a process."""
    folder = Path(f"/proc/{pid}/task")
    return [str(task) for task in folder.iterdir()]


def read_rows(path: str) -> dict[str, str]:
    """Return the rows `key: value` of a file of /proc."""
    rows = Path(path).read_text(encoding="utf-8").splitlines()
    return {
        key: value.strip() for key, _, value in (row.partition(":") for row in rows)
    }
