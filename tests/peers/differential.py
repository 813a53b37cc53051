"""The same datagrams to two servers: what each flushes, and where they differ.

    batch of datagrams --> server --> Graphite plaintext --> flushes of that batch:
                                                             the one that holds it, and
                                                             IDLE more that hold nothing

A batch is sent whole between two flushes. Whether it was is asked of the server's own
counter of datagrams: exactly one flush holds all of them, else the run is repeated with
a new server. Lines are compared as text, as multisets; of what no two runs agree on
(VARYING) only that it is there.
"""

import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from tests.model.server import Options
from tests.model.server import Server as TwinServer
from tests.peers.corpus import generate
from tests.peers.graphite_receiver import GraphiteReceiver, Line, read_line
from tests.peers.rows import CR_ROWS, INHERITED_ROWS, ROWS
from tests.peers.udp_queue import send_paced
from tests.support.tree import ROOT
from tests.support.wait import wait_until

INTERVAL_MS = 1000
WARM_UP = 2  # flushes before the first batch: from then on timestamp_lag is there
IDLE = 2  # flushes without traffic after each batch
ATTEMPTS = 5
PACKED = 40  # datagrams in one
VECTORS = ROOT / "tests" / "vectors" / "aggregation.json"
VARYING = re.compile(r"graphiteStats\.|processing_time|calculationtime|timestamp_lag")
RECEIVED = re.compile(r"packets_received(\.rate(\.\w+)?)?$")


class Server(Protocol):
    """What the harness knows of a server: where it receives."""

    @property
    def port(self) -> int:
        """The UDP port, on loopback."""
        ...


# Runs a server that flushes to this port of loopback, at this interval (ms).
Run = Callable[[int, int], AbstractContextManager[Server]]
Flush = Counter[str]  # the lines "path value" of one flush


@dataclass(frozen=True)
class Difference:
    """Lines that are not the same in both servers' flush number ``flush``."""

    flush: int
    only_in_a: Flush
    only_in_b: Flush

    @property
    def batch(self) -> int:
        """The number of the batch that the flush belongs to."""
        return self.flush // (1 + IDLE)

    def __str__(self) -> str:
        rows = [f"flush {self.flush}:"]
        for sign, lines in (("- ", self.only_in_a), ("+ ", self.only_in_b)):
            rows += [sign + line for line in sorted(lines.elements())]
        return "\n".join(rows)


def list_batches() -> list[list[bytes]]:
    """Return what is sent: all cases; the corpus moved on; what is known to differ."""
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    observed = [each["datagram"].encode() for each in vectors["lines"]]
    flushed = [each.encode() for each in vectors["flush_input"]]
    return [
        [*observed, *flushed, *ROWS, *pack(generate(1500))],
        pack(generate(700, seed=7)),
        [*INHERITED_ROWS, *CR_ROWS],
    ]


def pack(datagrams: Sequence[bytes]) -> list[bytes]:
    """Return the same lines in few datagrams, which are sent within an instant."""
    return [b"\n".join(each) for each in _chunks(datagrams)]


def observe(run: Run, batches: Sequence[Sequence[bytes]]) -> list[Flush]:
    """Return the flushes of each batch, of a server that took each in one interval."""
    for _ in range(ATTEMPTS):
        with GraphiteReceiver() as receiver, run(receiver.port, INTERVAL_MS) as server:
            flushes = _flush_batches(receiver, server.port, batches)
            assert [] == receiver.malformed
        if flushes:
            return [normalise(flush) for flush in flushes]
    raise AssertionError(f"in {ATTEMPTS} runs no batch came between two flushes whole")


def observe_twin(options: Options, batches: Sequence[Sequence[bytes]]) -> list[Flush]:
    """Return the flushes of each batch, of the plain twin at a server's interval."""
    twin = TwinServer(replace(options, interval_s=INTERVAL_MS / 1000))
    times = itertools.count(1_700_000_000)
    for _ in range(WARM_UP):
        twin.flush(next(times))
    flushes = []
    for batch in batches:
        for datagram in batch:
            twin.receive(datagram)
        flushes += [twin.flush(next(times)) for _ in range(1 + IDLE)]
        twin.flush(next(times))  # the one that has begun, of _flush_batches
    return [normalise(list(map(read_line, flush))) for flush in flushes]


def compare(a: Sequence[Flush], b: Sequence[Flush]) -> list[Difference]:
    """Return where the flushes differ; both are as many."""
    return [
        Difference(index, left - right, right - left)
        for index, (left, right) in enumerate(zip(a, b, strict=True))
        if left != right
    ]


def normalise(flush: Sequence[Line]) -> Flush:
    """Return the lines without their time, and without the values that vary."""
    times = sorted({int(line.time) for line in flush})
    assert times[-1] - times[0] <= 1, f"one flush has the times {times}"
    return Counter(
        f"{line.path} {'~' if VARYING.search(line.path) else line.value}"
        for line in flush
    )


def _chunks(datagrams: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(datagrams), PACKED):
        yield datagrams[start : start + PACKED]


def _flush_batches(
    receiver: GraphiteReceiver, port: int, batches: Sequence[Sequence[bytes]]
) -> list[list[Line]]:
    """Send each batch just after a flush; return the flushes since the first batch.

    Nothing, where a batch was not in the flush that it was meant for.
    """
    _wait_for_flushes(receiver, WARM_UP)
    flushes: list[list[Line]] = []
    for batch in batches:
        begun = len(receiver.flushes)
        send_paced(port, batch)
        # One more has begun than is looked at: those before it are complete.
        _wait_for_flushes(receiver, begun + 1 + IDLE + 1)
        ours = receiver.flushes[begun : begun + 1 + IDLE]
        expected = [len(batch) * 1000 / INTERVAL_MS, *[0] * IDLE]
        if expected != list(map(_read_received, ours)):
            return []
        flushes += ours
    return flushes


def _wait_for_flushes(receiver: GraphiteReceiver, count: int) -> None:
    wait_until(
        lambda: len(receiver.flushes) >= count,
        blame=lambda: f"{len(receiver.flushes)} of {count} flushes have begun",
    )


def _read_received(flush: Sequence[Line]) -> float:
    """Return the rate of datagrams that the server itself says it has received."""
    return next(float(line.value) for line in flush if RECEIVED.search(line.path))
