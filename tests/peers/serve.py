"""`statshard serve` as a process, flushing to whatever it is told.

Its log goes to stderr, an event a line, and tells the port that the kernel chose.
"""

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any

from tests.peers.process import LOOPBACK, Process, new_folder, running
from tests.support.proxy import split_url

COMMAND = [sys.executable, "-m", "statshard", "serve"]


@dataclass(frozen=True)
class Serve:
    """One server of ours that runs."""

    port: int  # UDP
    process: Process


@contextlib.contextmanager
def serving(
    *sinks: str, interval_ms: int, flags: Sequence[str] = ()
) -> Iterator[Serve]:
    """Run the server; it flushes to these URLs."""
    words = [
        *COMMAND,
        "--log-format=json",
        "--listen=udp://127.0.0.1:0",
        f"--text-port={LOOPBACK}:0",
        f"--flush-interval={interval_ms}ms",
        *(f"--sink={sink}" for sink in sinks),
        *flags,
    ]
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder("serve"))
        process = stack.enter_context(
            running(words, is_ready=has_started, folder=folder)
        )
        (listening,) = list_events(process.log, "listening")
        yield Serve(split_url(listening["listener"])[1], process)


def statshard_server(
    *flags: str,
    graphite_port: int,
    interval_ms: int,
    sink: str = "namespace=new",
    scheme: str = "graphite",
) -> AbstractContextManager[Serve]:
    """Run the server; `sink` are the options of its sink, behind commas."""
    url = f"{scheme}://{LOOPBACK}:{graphite_port},{sink}"
    return serving(url, interval_ms=interval_ms, flags=flags)


def has_started(process: Process) -> bool:
    """Tell whether a server has logged that it is ready."""
    return bool(list_events(process.log, "started"))


def list_events(log: str, name: str) -> list[Mapping[str, Any]]:
    """Return the events of a name in a log of JSON lines."""
    events = [
        json.loads(row)
        for row in log.rpartition("\n")[0].splitlines()
        if row.startswith("{")
    ]
    return [event for event in events if event["event"] == name]
