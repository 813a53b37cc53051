"""Step: what one run at one rate came to, and what is wrong with it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

EXACT_US = 128  # buckets of delay: as Checker.delays has them
# The counts that are 0 where all is well.
FAULTS = ("lost", "altered", "duplicated", "misplaced", "wrong", "out_of_order")
REACHED = 0.98  # of the rate that was asked for counts as reached


@dataclass(frozen=True, slots=True)
class Delay:
    """One-way delays, in us: half and 99 % of the lines took no longer, and the worst.

    Up to 10 s; those of a few us are exact, longer ones to 1/64.
    """

    p50_us: int
    p99_us: int
    max_us: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What the generator did."""

    rate: int  # asked for, datagrams/s
    datagrams: int
    lines: int
    seconds: float
    held: int  # sends that the kernel could not take at once
    refused: int  # ICMP errors that came back

    @property
    def datagrams_per_s(self) -> float:
        """The rate that was reached."""
        return self.datagrams / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What the receivers saw, in lines but for datagrams, bytes and names.

    lost             sent, and neither they nor an altered copy came
    altered          came, and were never sent so
    duplicated       copies beyond the first
    misplaced        came at another port than the first line of their name
    misplaced_names  names of those
    wrong            came at another port than the hash says; None: it is not known
    out_of_order     came after a later line of their name and sender; None: not told
    foreign          lines of another load, no fault
    """

    datagrams: int
    bytes: int
    lines: int
    arrived: int
    lost: int
    altered: int
    duplicated: int
    misplaced: int
    misplaced_names: int
    wrong: int | None
    out_of_order: int | None
    foreign: int
    delay: Delay | None


@dataclass(frozen=True, slots=True)
class Loser:
    """A name and sender of which lines were lost."""

    sender: int
    name: str
    lost: int


@dataclass(frozen=True, slots=True)
class Process:
    """What the watched process used."""

    pid: int
    cpu_s: float
    peak_rss_bytes: int
    has_gone: bool  # what it used is that of the last look at it


@dataclass(frozen=True, slots=True)
class Step:
    """One run: what was sent, what came, what the kernel dropped where."""

    sent: Sent
    checked: Checked | None
    target_drops: int | None  # datagrams; None: the target is not on this host
    receiver_drops: int  # datagrams
    process: Process | None
    losers: tuple[Loser, ...]  # the worst first

    @property
    def faults(self) -> dict[str, int]:
        """What went wrong, by its name; empty where nothing did.

        In lines; where nothing was checked, in datagrams that the kernel dropped, or
        that nobody listened for.
        """
        if self.checked is None:
            drops = self.target_drops or 0
            counts = {"kernel_dropped": drops, "refused": self.sent.refused}
        else:
            counts = {name: getattr(self.checked, name) or 0 for name in FAULTS}
        return {name: count for name, count in counts.items() if count}

    @property
    def has_arrivals(self) -> bool:
        """Whether any line came, as far as that is known."""
        return self.checked is None or self.checked.arrived > 0

    @property
    def is_reached(self) -> bool:
        """Whether the generator reached the rate."""
        return self.sent.datagrams_per_s >= REACHED * self.sent.rate


def delay_of(buckets: Sequence[int], max_us: int) -> Delay | None:
    """Return the delays of lines that were counted in buckets; None where none were."""
    total = sum(buckets)
    if not total:
        return None
    return Delay(
        min(_quantile(buckets, total * 50), max_us),
        min(_quantile(buckets, total * 99), max_us),
        max_us,
    )


def bucket_end_us(bucket: int) -> int:
    """Return the longest delay that a bucket holds."""
    half = EXACT_US // 2
    doublings = max(0, bucket // half - 1)
    return ((bucket - doublings * half + 1) << doublings) - 1


def _quantile(buckets: Sequence[int], hundredths: int) -> int:
    """Return the delay that so many hundredths of a line were not above."""
    seen = 0
    for bucket, count in enumerate(buckets):
        seen += count * 100
        if count and seen >= hundredths:
            return bucket_end_us(bucket)
    return 0
