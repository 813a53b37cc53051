"""Serving: `statshard serve` under a stream, between its load and a store.

    statshard load --> | UDP | serve --> | TCP | store.py
                          looks

CPU counts from the first datagram until a flush that began after the last has come to
the store whole: what a line costs holds its share of a flush. Lost are the lines that
the server did not aggregate, by its own account at the end, with what the kernel
dropped before it. Must not know: rows, targets, pages.
"""

import atexit
import datetime as dt
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.forwarder import FLOOR_SOURCE, STATSHARD, free_ports, join
from bench.process import Process
from bench.rows import HERE
from bench.server_rows import Stream
from bench.store import Arrived, Store
from bench.waiting import Look, look_while

ARRIVED_S = 120.0  # what a flush may take at most
DRAIN_S = 60.0  # so that the flush of the stop is told whole too
WORKERS = 1


@dataclass(frozen=True)
class Served:
    """What one round came to."""

    us_per_line: float  # CPU of the whole process, of each line sent
    worker_us: float  # of that, the workers'
    rate: float  # datagrams/s that were sent
    lost: int  # lines
    lost_points: int  # that were to go to the store
    rss_mib: float  # peak
    flushes: tuple[Arrived, ...]  # those of the measured time
    began_s: float  # when the server did, by the monotonic clock
    looks: tuple[Look, ...] = ()
    lines: int = 0  # sent
    kernel_lost: int = 0  # of the lost lines, those that no worker ever saw


def serve_words(stream: Stream, port: int, store_port: int) -> list[str]:
    """Return the words of `statshard serve`, after its name."""
    return [
        *("serve", "--no-admin", "--log-format", "json", "--workers", str(WORKERS)),
        *("--listen", f"udp://{join(HERE, port)}"),
        *("--sink", f"graphite://{join(HERE, store_port)}"),
        *("--flush-interval", f"{stream.interval_s:g}", "--drain-s", f"{DRAIN_S:g}"),
    ]


def load_words(stream: Stream, port: int) -> list[str]:
    """Return the words of the stream's generator, its name the first."""
    if stream.is_floors:
        return [
            *("load", str(port), str(stream.rate), f"{stream.seconds:g}"),
            *(str(stream.lines), str(stream.names), str(stream.senders)),
        ]
    flags = {"--target": f"udp://{join(HERE, port)}", "--rate": str(stream.rate)}
    flags |= {"--seconds": f"{stream.seconds:g}", "--lines": str(stream.lines)}
    flags |= {"--names": str(stream.names), "--size": str(stream.size)}
    flags |= {"--types": stream.types, "--senders": str(stream.senders)}
    words = [word for pair in flags.items() for word in pair]
    return ["statshard", "load", *words, "--json"]


def run_once(stream: Stream, *, looks: bool = False) -> Served:
    """Run the stream through a server of its own."""
    (port,) = free_ports(HERE, 1)
    with Store() as store:
        words = [str(STATSHARD), *serve_words(stream, port, store.port)]
        with Process(words) as server:
            workers = server.threads() - {server.pid}  # no other has begun yet
            began_s = read_start_s(server.read_log())
            before = server.cpu_s(), server.cpu_s(workers)
            sent, seen = send(stream, port, looks=looks)
            wait_for_flush(store, began_s, stream.interval_s)
            cpu_s = server.cpu_s() - before[0]
            worker_s = server.cpu_s(workers) - before[1]
            flushes, rss_mib = tuple(store.arrived), server.peak_rss_mib()
        log = read_events(server.log)
    return Served(
        us_per_line=1e6 * cpu_s / sent["lines"],
        worker_us=1e6 * worker_s / sent["lines"],
        rate=sent["datagrams_per_s"],
        lost=sent["lines"] - count_aggregated(log),
        lost_points=count_lost_points(log),
        rss_mib=rss_mib,
        flushes=flushes,
        began_s=began_s,
        looks=tuple(seen),
        lines=sent["lines"],
        kernel_lost=stream.lines * read_balance(log)["kernel_dropped_datagrams"],
    )


def send(stream: Stream, port: int, *, looks: bool) -> tuple[Any, list[Look]]:
    """Send the stream; return what was sent, and looks."""
    generator, *words = load_words(stream, port)
    program = compile_load() if stream.is_floors else STATSHARD.with_name(generator)
    words = [str(program), *words]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as load:
        seen = look_while(port, lambda: load.poll() is None) if looks else []
        said, _ = load.communicate()
    told = json.loads(said)
    if stream.is_floors:
        return told | {"datagrams_per_s": told["datagrams"] / told["seconds"]}, seen
    return told["sent"], seen


@cache
def compile_load() -> Path:
    """Compile bench/floor/load.c into a folder of this process; return the program."""
    folder = Path(tempfile.mkdtemp(prefix="statshard-bench-"))
    atexit.register(shutil.rmtree, folder)
    source = FLOOR_SOURCE.with_name("load.c")
    subprocess.run(["cc", "-O2", "-o", folder / "load", source], check=True)
    return folder / "load"


def wait_for_flush(store: Store, began_s: float, interval_s: float) -> None:
    """Wait until the flush of what is in the server now has come to the store."""
    turn = int((time.monotonic() - began_s) / interval_s) + 1
    due_s = began_s + turn * interval_s
    while not (store.arrived and store.arrived[-1].at_s > due_s):
        if not store.wait_for(len(store.arrived) + 1, interval_s + ARRIVED_S):
            raise TimeoutError(f"no flush has come for {ARRIVED_S:g} s")


def read_events(log: str) -> list[Mapping[str, Any]]:
    """Return the events of a log in JSON."""
    return [json.loads(row) for row in log.splitlines() if row.startswith("{")]


def read_start_s(log: str) -> float:
    """Return when the server began, by the monotonic clock of this process."""
    (at,) = (e["ts"] for e in read_events(log) if e["event"] == "started")
    ago_s = time.time() - dt.datetime.fromisoformat(at).timestamp()
    return time.monotonic() - ago_s


def read_balance(log: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return what the server counted, as it says at the end."""
    (balance,) = (each for each in log if each["event"] == "balance")
    return balance


def count_aggregated(log: Iterable[Mapping[str, Any]]) -> int:
    """Return the samples that went into a series, by the balance at the end."""
    return int(read_balance(log)["aggregated_samples"])


def count_lost_points(log: Iterable[Mapping[str, Any]]) -> int:
    """Return the points that did not come to the store."""
    sinks = [each for each in log if each["event"] == "balance_sink"]
    return sum(int(e["dropped_points"]) + int(e["waiting_points"]) for e in sinks)


def is_during(at_s: float, served: Served, interval_s: float) -> bool:
    """Tell whether a flush was being made at a time: from when it was due to its end.

    What the log calls the start comes up to a few ms after the clock's.
    """
    return any(low <= at_s <= high for low, high in spans(served, interval_s))


def spans(served: Served, interval_s: float) -> Sequence[tuple[float, float]]:
    """Return from when to when each flush was made, by the monotonic clock."""
    found = []
    earliest_s = served.began_s
    for flush in served.flushes:
        turn = max(1, int((flush.at_s - served.began_s) / interval_s))
        due_s = served.began_s + turn * interval_s
        # One that takes longer than an interval is followed by the next at once.
        while due_s - interval_s > earliest_s and turn > 1:
            turn, due_s = turn - 1, due_s - interval_s
        found.append((due_s, flush.at_s))
        earliest_s = flush.at_s
    return found
