"""A whole worker under random schedules of the kernel: it accounts for every line.

A schedule is a run of bytes, because Hypothesis draws one of those a hundred times
faster than a tree of steps:

    | what the worker is: payload, queue, datagram_max | step | step | ... |
    step = one byte that chooses a row of STEPS, and the bytes which that row takes

A schedule that ends early goes on with zeros, and 0 is the plainest choice everywhere.
"""

import errno
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from statshard.plane._stepped import ScriptedWorker
from tests.model import key as key_model
from tests.model import line as line_model
from tests.model import slots as slots_model
from tests.support.examples import examples
from tests.support.tables import build_table

SEND_ERRORS = (
    *(errno.EAGAIN, errno.EINTR, errno.ENOBUFS, errno.ENOMEM, errno.ECONNREFUSED),
    *(errno.EMSGSIZE, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EPERM, errno.EACCES),
)
RECEIVE_ERRORS = (errno.EAGAIN, errno.EINTR, errno.ECONNREFUSED, errno.ENOMEM)
BACKENDS = [(b"shard-1", 1.0), (b"shard-2", 1.0), (b"shard-3", 2.0)]
TABLE = build_table("rendezvous", "name", BACKENDS, 1)
OWNERS = slots_model.owners(BACKENDS)
PAYLOADS = (1432, 64, 200)
QUEUES = (1 << 20, 512, 4096, 70_000)
DATAGRAM_MAXES = (65_536, 16, 48, 300)
MTUS = (-1, 60, 92, 576, 1500)
# Each with the number of the line, so that no two are equal.
LINES = (
    b"metric.%d:1|c",
    b"other.%d,env=a:1|c|#b:2\r",
    b"some-more.%d:320|ms",
    b"\r%d",
    b":%d",
    b"_e{1,1}:a|b|k:%d",
    b"_e{1,9}:a|b%d",
    b"_sc|x%d|0",
    b"_sc|x%d|9",
    b"long.%d:" + b"1" * 90,
    b"longer.%d:" + b"1" * 2000,
)
OWNER_OF: dict[bytes, int] = {}


def owner(line: bytes) -> int:
    """Return the index of the backend of a line, by the model."""
    key = key_model.name_key(line)
    if key not in OWNER_OF:
        OWNER_OF[key] = OWNERS[slots_model.slot(key)]
    return OWNER_OF[key]


@dataclass
class Schedule:
    """A run of bytes from which choices are read."""

    octets: bytes
    at: int = 0

    def is_over(self) -> bool:
        """Tell whether nothing is left."""
        return self.at >= len(self.octets)

    def below(self, bound: int) -> int:
        """Read a number from 0 to below ``bound``."""
        octet = self.octets[self.at] if not self.is_over() else 0
        self.at += 1
        return octet % bound


@dataclass
class Run:
    """A worker under a schedule, and what is known of it from outside."""

    schedule: Schedule
    datagrams: list[bytes] = field(default_factory=list)
    lines: int = 0  # numbers given so far
    reads: int = 0  # datagrams of which `due` knows
    due: list[dict[bytes, int]] = field(default_factory=lambda: [{}, {}, {}])
    last: list[int] = field(default_factory=lambda: [-1, -1, -1])
    refused: dict[str, int] = field(default_factory=dict)
    received_lines: int = 0
    cut: int = 0
    left: list[int] = field(default_factory=lambda: [0, 0, 0])

    def __post_init__(self) -> None:
        below = self.schedule.below
        self.payload = PAYLOADS[below(len(PAYLOADS))]
        self.datagram_max = DATAGRAM_MAXES[below(len(DATAGRAM_MAXES))]
        self.worker = ScriptedWorker(
            TABLE,
            len(BACKENDS),
            max_payload=self.payload,
            queue_bytes=QUEUES[below(len(QUEUES))],
            datagram_max=self.datagram_max,
        )

    def give(self) -> None:
        """Let one to four datagrams arrive, each of up to eleven lines."""
        below = self.schedule.below
        rows = []
        for _ in range(1 + below(4)):
            pieces = []
            for _ in range(below(12)):
                pieces.append(LINES[below(len(LINES))] % self.lines)
                self.lines += 1
            rows.append(b"\n".join(pieces))
        self.datagrams += rows
        self.worker.give(rows)

    def read(self) -> None:
        """Read a batch."""
        self.worker.read()

    def flush(self) -> None:
        """Send what is packed or waits."""
        self.worker.flush()

    def answer_sends(self) -> None:
        """Script up to 15 sends: how many datagrams they take, or an error."""
        below = self.schedule.below
        answers = []
        for _ in range(below(16)):
            choice = below(8 + len(SEND_ERRORS))
            answers.append(choice if choice < 8 else -SEND_ERRORS[choice - 8])
        self.worker.answer_sends(answers)

    def answer_receives(self) -> None:
        """Script up to 15 receives, likewise."""
        below = self.schedule.below
        answers = []
        for _ in range(below(16)):
            choice = below(8 + len(RECEIVE_ERRORS))
            answers.append(choice if choice < 8 else -RECEIVE_ERRORS[choice - 8])
        self.worker.answer_receives(answers)

    def storm(self) -> None:
        """Script a storm of one error, up to 255 times, behind a few that succeed."""
        below = self.schedule.below
        before = [1] * below(4)
        error = SEND_ERRORS[below(len(SEND_ERRORS))]
        count = below(256)
        self.worker.answer_sends(before + [-error] * count)
        self.worker.answer_receives(before + [-errno.EINTR] * count)

    def set_mtu(self) -> None:
        """Let the kernel know another MTU of the path."""
        self.worker.set_mtu(MTUS[self.schedule.below(len(MTUS))])

    def refuse(self) -> None:
        """Put refusals into the error queue."""
        self.worker.refuse(1 + self.schedule.below(80))

    def note_reads(self, received: int) -> None:
        """Take in, by the model, the datagrams that the worker has read meanwhile."""
        for datagram in self.datagrams[self.reads : received]:
            kept = datagram[: self.datagram_max]
            if kept != datagram:
                self.cut += 1
                whole, lf, tail = kept.rpartition(b"\n")
                kept = whole + lf
                if tail:
                    self.refused["truncated"] = self.refused.get("truncated", 0) + 1
                    self.received_lines += 1
            for line in line_model.split_lines(kept):
                self.received_lines += 1
                reason = line_model.refusal(line)
                if reason is not None:
                    self.refused[reason] = self.refused.get(reason, 0) + 1
                    continue
                mine = self.due[owner(line)]
                mine[line] = len(mine)
        self.reads = received

    def check(self) -> None:
        """Hold that the balance closes, and that what left was due, once, in order."""
        refused, listener, links = self.worker.counts()
        self.note_reads(listener["received_datagrams"])
        assert self.received_lines == listener["received_lines"]
        assert self.cut == listener["truncated_datagrams"]
        assert self.refused == refused
        left = [0] * len(BACKENDS)
        for backend, datagram, _ in self.worker.sent():
            lines = datagram.split(b"\n")
            assert len(datagram) <= self.payload or len(lines) == 1
            left[backend] += len(lines)
            for line in lines:
                number = self.due[backend][line]
                assert number > self.last[backend]
                self.last[backend] = number
        for backend, (counts, dropped) in enumerate(links):
            self.left[backend] += left[backend]
            assert self.left[backend] == counts["forwarded_lines"]
            assert len(self.due[backend]) == (
                counts["forwarded_lines"]
                + counts["waiting_lines"]
                + sum(dropped.values())
            )


STEPS: tuple[Callable[[Run], None], ...] = (
    Run.flush,
    Run.give,
    Run.read,
    Run.give,
    Run.answer_sends,
    Run.read,
    Run.flush,
    Run.answer_receives,
    Run.storm,
    Run.set_mtu,
    Run.refuse,
)


@settings(max_examples=examples(400))
@given(st.binary(min_size=90, max_size=400))
@example(bytes([0, 1, 0, 1, 0, 11, *range(10), 2, 0]))
def test_a_worker_accounts_for_every_line_at_every_step(octets: bytes) -> None:
    """Whatever the kernel answers to sends and receives, nothing is lost that is not
    counted, nothing is sent twice, order is kept, and the balance closes at each step.
    """
    run = Run(Schedule(octets))
    while not run.schedule.is_over():
        STEPS[run.schedule.below(len(STEPS))](run)
        run.check()
    run.worker.answer_sends([])
    run.worker.answer_receives([])
    while run.reads < len(run.datagrams):
        run.read()
        run.check()
    run.flush()
    run.check()
    assert [0, 0, 0] == [c["waiting_lines"] for c, _ in run.worker.counts()[2]]
    run.worker.end()
    run.check()
