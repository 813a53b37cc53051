"""Account: what all collectors have counted, as one record.

    received = aggregated + dropped          in samples, exact at every read

Each collector's numbers are of the end of one of its batches, so each of them closes,
and so does their sum. Pure: takes what the plane's face returns. Beside it, what the
kernel dropped, in datagrams.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from statshard.flush.snapshot import Own

# What the face's `Collector.counters` returns: (received, aggregated, dropped,
# listeners).
CollectorCounts = tuple[
    int, Mapping[str, int], Mapping[str, int], Sequence[Mapping[str, int]]
]
# Reasons that are not the sender's fault.
NOTHING: Mapping[str, int] = {}
LOSSES = ("no_memory", "too_many_events", "no_sink", "truncated")


@dataclass(frozen=True, slots=True)
class Account:
    """All counts of an aggregation server at one moment."""

    received_samples: int
    aggregated: Mapping[str, int]  # type -> samples
    dropped: Mapping[str, int]  # reason -> samples; only what is not 0
    listeners: Mapping[str, int]  # counts of all listeners together
    kernel_dropped: tuple[int, ...]  # datagrams, per listener
    # Of the aggregated, type -> samples; as of the last flush, only what is not 0.
    overflowed: Mapping[str, int] = field(default_factory=dict)
    sketched: Mapping[str, int] = field(default_factory=dict)  # of the last flush

    @property
    def closes(self) -> bool:
        """Whether the balance closes."""
        return self.received_samples == self.aggregated_samples + self.dropped_samples

    @property
    def aggregated_samples(self) -> int:
        """Samples that went into a series, events and checks that were taken."""
        return sum(self.aggregated.values())

    @property
    def dropped_samples(self) -> int:
        """Samples that did not."""
        return sum(self.dropped.values())

    @property
    def bad_samples(self) -> int:
        """Those of them that no server could take: etsy's bad lines."""
        losses = sum(self.dropped.get(reason, 0) for reason in LOSSES)
        return self.dropped_samples - losses

    @property
    def received_datagrams(self) -> int:
        """Datagrams read."""
        return self.listeners.get("received_datagrams", 0)

    @property
    def received_lines(self) -> int:
        """Lines read."""
        return self.listeners.get("received_lines", 0)

    def since(self, before: "Account | None") -> Own:
        """Return what came since an earlier account, as a flush tells it."""
        return Own(
            self.bad_samples - (before.bad_samples if before else 0),
            self.received_datagrams - (before.received_datagrams if before else 0),
            self.received_lines - (before.received_lines if before else 0),
        )

    def parts(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield what it is the sum of: each type, each reason."""
        for kind, samples in self.aggregated.items():
            yield "aggregated", {"type": kind, "samples": samples}
        for kind, samples in self.overflowed.items():
            yield "overflowed", {"type": kind, "samples": samples}
        for reason, samples in self.dropped.items():
            yield "dropped", {"reason": reason, "samples": samples}

    def summary(self) -> dict[str, int]:
        """Return it as the fields of one line of log."""
        return {
            "received_datagrams": self.received_datagrams,
            "received_lines": self.received_lines,
            "received_samples": self.received_samples,
            "aggregated_samples": self.aggregated_samples,
            "dropped_samples": self.dropped_samples,
            "overflowed_samples": sum(self.overflowed.values()),
            "receive_errors": self.listeners.get("receive_errors", 0),
            "truncated_datagrams": self.listeners.get("truncated_datagrams", 0),
            "kernel_dropped_datagrams": sum(self.kernel_dropped),
            "sketched_timers": self.sketched.get("timer", 0),
            "sketched_sets": self.sketched.get("set", 0),
        }


def account_of(
    collectors: Sequence[CollectorCounts],
    kernel_dropped: Sequence[int],
    lost: Mapping[str, int] = NOTHING,
    overflowed: Mapping[str, int] = NOTHING,
    sketched: Mapping[str, int] = NOTHING,
) -> Account:
    """Return the sum of what all collectors have counted.

    By type, `lost`: what was aggregated, but could not be told for want of memory;
    `overflowed`: what was told as `_overflow`. `sketched`: how many timers and sets of
    the last flush were sketches.
    """
    aggregated: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    listeners: Counter[str] = Counter()
    for _, by_type, by_reason, each in collectors:
        aggregated.update(by_type)
        dropped.update(by_reason)
        for counts in each:
            listeners.update(counts)
    aggregated.subtract(lost)
    dropped["no_memory"] += sum(lost.values())
    return Account(
        received_samples=sum(received for received, *_ in collectors),
        aggregated=dict(aggregated),
        dropped=dict(+dropped),
        listeners=dict(listeners),
        kernel_dropped=tuple(kernel_dropped),
        overflowed=dict(overflowed),
        sketched=sketched,
    )
