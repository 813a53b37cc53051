"""The plain twin of a load: which line is the n-th, and the tally of what arrives.

Written from the drawings of plane/stamp.pyx, traffic.pyx and tally.pyx; numbers are
Python's, and nothing is kept but sets and dicts.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

MASK = 2**64 - 1
PRIME_1, PRIME_2 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F
BLOCK = 32
WRAP_US = 10**7


def write_stamp(number: int, sent_us: int) -> bytes:
    """Return the 19 digits of a number and a time."""
    both = number * WRAP_US + sent_us
    return b"1%09d%07d%02d" % (number, sent_us, both % 97)


def read_stamp(digits: bytes) -> tuple[int, int] | None:
    """Return (number, us), or None where the digits are no stamp."""
    if len(digits) != 19 or not digits.isdigit():
        return None
    number, sent_us = int(digits[1:10]), int(digits[10:17])
    return (number, sent_us) if write_stamp(number, sent_us) == digits else None


@dataclass(frozen=True)
class Traffic:
    """What is sent, stamped."""

    names: int
    lines: int
    senders: int
    quantiles: tuple[int, ...]
    head: bytes
    suffixes: tuple[bytes, ...]
    processes: int = 1

    def number_of(self, process: int, turn: int) -> int:
        """Return the number of a process's datagram, by its turn there."""
        block, place = divmod(turn, BLOCK)
        return (block * self.processes + process) * BLOCK + place

    def name_of(self, number: int) -> int:
        """Draw the name of a line."""
        bits = (number + 1) * PRIME_1 & MASK
        bits = (bits ^ bits >> 33) * PRIME_2 & MASK
        bits = (bits ^ bits >> 29) * PRIME_1 & MASK
        bits ^= bits >> 32
        low, high = self.quantiles[bits >> 52 :][:2]
        return low + ((high - low) * (bits >> 30 & 2**22 - 1) >> 22) >> 16

    def sender_of(self, number: int) -> int:
        """Return who sends a line."""
        return number // self.lines // BLOCK % self.senders

    def line(self, number: int, sent_us: int) -> bytes:
        """Return the bytes of a line."""
        name = self.name_of(number)
        return b"".join(
            [
                self.head,
                str(name).zfill(len(str(self.names - 1))).encode(),
                b":",
                write_stamp(number, sent_us),
                self.suffixes[name % len(self.suffixes)],
            ]
        )

    def datagram(self, number: int, sent_us: int) -> bytes:
        """Return the bytes of a datagram."""
        first = number * self.lines
        return b"\n".join(
            self.line(line, sent_us) for line in range(first, first + self.lines)
        )


@dataclass
class Tally:
    """What arrived, held against what was sent."""

    traffic: Traffic
    place_of: Callable[[bytes], int] | None = None  # a line's port
    seen: set[int] = field(default_factory=set)
    newest: dict[tuple[int, int], int] = field(default_factory=dict)
    homes: dict[int, int] = field(default_factory=dict)
    strays: set[int] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def take(self, datagram: bytes, port: int) -> None:
        """Take in a datagram that came to a port."""
        self.counts["datagrams"] += 1
        self.counts["bytes"] += len(datagram)
        for raw in datagram.split(b"\n"):
            if line := raw.removesuffix(b"\r"):
                self.counts["lines"] += 1
                self.take_line(line, port)

    def take_line(self, line: bytes, port: int) -> None:
        """Take in a line."""
        stamp = read_stamp(line.partition(b":")[2][:19])
        if stamp is None:
            self.counts["altered"] += 1
            return
        if not line.startswith(self.traffic.head):
            self.counts["foreign"] += 1
            return
        number, sent_us = stamp
        is_first = number not in self.seen
        self.seen.add(number)
        self.counts["found"] += is_first
        if line != self.traffic.line(number, sent_us):
            self.counts["altered"] += 1
            return
        name = self.traffic.name_of(number)
        if self.homes.setdefault(name, port) != port:
            self.counts["misplaced"] += 1
            self.counts["misplaced_names"] += name not in self.strays
            self.strays.add(name)
        if self.place_of is not None:
            self.counts["wrong"] += self.place_of(line) != port
        if not is_first:
            self.counts["duplicated"] += 1
            return
        self.counts["arrived"] += 1
        if self.homes[name] != port:
            return
        flow = self.traffic.sender_of(number), name
        self.counts["out_of_order"] += number < self.newest.get(flow, 0)
        self.newest[flow] = max(number, self.newest.get(flow, 0))
