"""What the aggregation server reads in a datagram: lines, samples, what it refuses.

    a:1|c LF a:x|c LF _sc|db|0     strict    3 lines: a count, a bad value, a check
                                   etsy      3 lines: a count, two bad samples

Rules: strict knows events and checks, and refuses a line without a name as one sample,
whatever it packs; etsy does neither. One CR is taken off each line, which etsy's server
leaves: so of a blank line between CR LFs it has a bad one, and here it is none. A line
counts as a line whatever is in it. A key is told as text, with surrogates (PEP 383) for
bytes that are no UTF-8.
"""

from collections import Counter
from dataclasses import dataclass, field

from tests.model.line import refusal, split_lines
from tests.model.sample import Sample, read_samples
from tests.model.series_name import series_name


@dataclass
class Reading:
    """What one datagram holds."""

    lines: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # samples, by reason
    samples: list[tuple[str, Sample]] = field(default_factory=list)  # with their keys
    events: list[bytes] = field(default_factory=list)
    checks: list[bytes] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """How many samples are refused."""
        return self.refused.total()


def read_datagram(datagram: bytes, compat: str, *, sanitizes: bool = True) -> Reading:
    """Read a datagram."""
    reading = Reading()
    lines = split_lines(datagram)
    reading.lines = len(lines)
    for line in lines:
        if compat == "etsy" or not _take_other(line, reading):
            _take_samples(line, reading, compat, sanitizes=sanitizes)
    return reading


def _take_other(line: bytes, reading: Reading) -> bool:
    """Take in an event or a check; tell whether it was one, or meant to be."""
    others = {b"_e{": reading.events, b"_sc|": reading.checks}
    for mark, taken in others.items():
        if line.startswith(mark):
            reason = refusal(line)
            if reason is None:
                taken.append(line)
            else:
                reading.refused[reason] += 1
            return True
    return False


def _take_samples(
    line: bytes, reading: Reading, compat: str, *, sanitizes: bool
) -> None:
    key = series_name(line, compat, sanitizes=sanitizes)
    if key is None:
        has_value = b":" in line
        reading.refused["empty_name" if has_value else "no_value"] += 1
        return
    for sample in read_samples(line, compat):
        if isinstance(sample, str):
            reading.refused[sample] += 1
        else:
            reading.samples.append((key.decode("utf-8", "surrogateescape"), sample))
