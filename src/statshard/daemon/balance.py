"""Balance: what all workers have counted, as one record.

    received = forwarded + dropped + waiting          in lines, exact at every read

Each worker's numbers are of the end of one of its batches, so each of them closes, and
so does their sum. Pure: takes what the plane's face returns. Beside the balance, in
datagrams: what backends' hosts refused, what the kernel dropped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What the face's `Worker.counters` returns: (dropped, listeners, links).
LinkCounts = tuple[Mapping[str, int], Mapping[str, int]]  # counts; reason -> lines
WorkerCounts = tuple[
    Mapping[str, int], Sequence[Mapping[str, int]], Sequence[LinkCounts]
]


@dataclass(frozen=True, slots=True)
class BackendCounts:
    """What became of the lines of one backend."""

    forwarded_lines: int
    forwarded_datagrams: int
    forwarded_bytes: int
    refused_datagrams: int
    waiting_lines: int
    queued_lines: int  # of those: the backend could not take them yet
    dropped: Mapping[str, int]  # reason -> lines; only what is not 0


@dataclass(frozen=True, slots=True)
class Balance:
    """All counts of a proxy at one moment."""

    # Each: received_datagrams, received_lines, truncated_datagrams.
    listeners: tuple[Mapping[str, int], ...]
    kernel_dropped: tuple[int, ...]  # datagrams, per listener
    backends: Mapping[str, BackendCounts]
    # Reason -> lines for which no backend was chosen; only what is not 0.
    dropped: Mapping[str, int]
    # Lines that each worker has read: how the kernel spread the flows over them.
    worker_lines: tuple[int, ...]

    @property
    def received_lines(self) -> int:
        """Lines read."""
        return sum(listener["received_lines"] for listener in self.listeners)

    @property
    def received_datagrams(self) -> int:
        """Datagrams read."""
        return sum(listener["received_datagrams"] for listener in self.listeners)

    @property
    def receive_errors(self) -> int:
        """Reads that failed, not for want of datagrams."""
        return sum(listener["receive_errors"] for listener in self.listeners)

    @property
    def truncated_datagrams(self) -> int:
        """Datagrams longer than the slot that they were read into."""
        return sum(listener["truncated_datagrams"] for listener in self.listeners)

    @property
    def forwarded_lines(self) -> int:
        """Lines that the kernel took for a backend."""
        return sum(backend.forwarded_lines for backend in self.backends.values())

    @property
    def waiting_lines(self) -> int:
        """Lines packed or queued."""
        return sum(backend.waiting_lines for backend in self.backends.values())

    @property
    def refused_datagrams(self) -> int:
        """Datagrams that came back from backends' hosts."""
        return sum(backend.refused_datagrams for backend in self.backends.values())

    @property
    def dropped_lines(self) -> int:
        """Lines dropped, for whatever reason."""
        by_reason = [self.dropped, *(b.dropped for b in self.backends.values())]
        return sum(sum(lines.values()) for lines in by_reason)

    @property
    def closes(self) -> bool:
        """Whether every line received is accounted for."""
        told = self.forwarded_lines + self.dropped_lines + self.waiting_lines
        return self.received_lines == told


def balance_of(
    workers: Sequence[WorkerCounts],
    backends: Sequence[str],
    kernel_dropped: Sequence[int],
) -> Balance:
    """Add up what the workers' `counters()` returned.

    `backends` are the names in the table's order; `kernel_dropped` are datagrams, per
    listener.
    """
    by_listener = zip(*(listeners for _, listeners, _ in workers), strict=True)
    by_backend = zip(backends, *(links for _, _, links in workers), strict=True)
    return Balance(
        listeners=tuple(_added(counts) for counts in by_listener),
        kernel_dropped=tuple(kernel_dropped),
        backends={name: _backend(links) for name, *links in by_backend},
        dropped=_reasons([dropped for dropped, _, _ in workers]),
        worker_lines=tuple(
            sum(listener["received_lines"] for listener in listeners)
            for _, listeners, _ in workers
        ),
    )


def _backend(links: Sequence[LinkCounts]) -> BackendCounts:
    """Add up one backend's counts over the workers."""
    counts = _added([counts for counts, _ in links])
    return BackendCounts(**counts, dropped=_reasons([dropped for _, dropped in links]))


def _added(rows: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Return the sum of each key."""
    return {key: sum(row[key] for row in rows) for key in rows[0]}


def _reasons(rows: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Return the sum of each reason that has come at all."""
    return {reason: lines for reason, lines in _added(rows).items() if lines}
