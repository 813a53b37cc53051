"""Invariant: each line of any datagram is forwarded, waiting, or dropped by reason.

The input is datagrams that a worker finds, and what the kernel answers to its sends
(src/statshard/plane/_episode.pyx draws the bytes). Fast: the balance closes after the
read, after each flush, and at the end, where nothing waits. Sampled, on a worker of its
own: received and refused lines are the model's, each backend gets the lines of the keys
that it owns, in their order, and, where no line was dropped on the way, all of them,
byte for byte.
"""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.harness import run
from statshard.plane import _episode, _testing
from statshard.plane._stepped import ScriptedWorker
from statshard.plane.plane import Table
from tests.model import key as key_model
from tests.model import line as line_model
from tests.model import slots as slots_model

BACKENDS = [(b"shard-1", 1.0), (b"shard-2", 1.0), (b"shard-3", 2.0)]
ROWS = [(name, name, weight) for name, weight in BACKENDS]
TABLES = [Table("rendezvous", key, ROWS) for key in ("name", "embedded")]
OWNERS = _testing.slots(BACKENDS)  # the ring is not what is fuzzed here
KEYS = (key_model.name_key, key_model.embedded_key)
# (row of TABLES and KEYS, max_payload, queue_bytes, datagram_max)
KINDS = (
    (0, 1432, 1 << 20, 65_536),
    (1, 1432, 1 << 20, 65_536),
    (0, 64, 4096, 40),
    (1, 64, 512, 300),
)

FLUSHES = 3  # of an episode, at most


def open_worker(kind: tuple[int, int, int, int]) -> ScriptedWorker:
    """Return a new worker of one kind."""
    row, payload, queue, datagram_max = kind
    return ScriptedWorker(
        TABLES[row],
        len(BACKENDS),
        max_payload=payload,
        queue_bytes=queue,
        datagram_max=datagram_max,
    )


def use_workers() -> None:
    """Let episodes be played on new workers, one of each kind."""
    _episode.use_workers([open_worker(kind) for kind in KINDS])


use_workers()


def compare(octets: bytes) -> None:
    """Hold what a new worker counts and sends against the model."""
    kind = KINDS[octets[0] % len(KINDS) if octets else 0]
    row, payload, _, datagram_max = kind
    worker = open_worker(kind)
    datagrams = _episode.give(worker, octets)
    worker.read()
    for _ in range(FLUSHES):
        worker.flush()
    worker.answer_sends([])
    worker.flush()
    refused, listener, links = worker.counts()
    lines, reasons = expect(datagrams, datagram_max)
    assert len(datagrams) == listener["received_datagrams"]
    assert len(lines) + sum(reasons.values()) == listener["received_lines"]
    assert dict(reasons) == refused
    arrived: list[list[bytes]] = [[] for _ in BACKENDS]
    for backend, datagram, _ in worker.sent():
        pieces = datagram.split(b"\n")
        assert len(datagram) <= payload or len(pieces) == 1
        arrived[backend] += pieces
    for backend, (counts, dropped) in enumerate(links):
        mine = [x for x in lines if OWNERS[slots_model.slot(KEYS[row](x))] == backend]
        assert counts["waiting_lines"] == 0
        assert len(arrived[backend]) == counts["forwarded_lines"]
        assert len(mine) == len(arrived[backend]) + sum(dropped.values())
        rest = iter(mine)
        assert all(line in rest for line in arrived[backend])  # in order, each once


def expect(datagrams: list[bytes], most: int) -> tuple[list[bytes], Counter[str]]:
    """Return the carried lines by the model, and the refused ones by their reasons."""
    carried = []
    reasons: Counter[str] = Counter()
    for datagram in datagrams:
        kept = datagram[:most]
        if kept != datagram:
            whole, lf, tail = kept.rpartition(b"\n")
            kept = whole + lf
            if tail:
                reasons["truncated"] += 1
        for line in line_model.split_lines(kept):
            reason = line_model.refusal(line)
            if reason is None:
                carried.append(line)
            else:
                reasons[reason] += 1
    return carried, reasons


if __name__ == "__main__":
    run("datagram", compare, size_max=1024)
