"""How many distinct hashes came: the plain twin of the HyperLogLog.

Rules: the first 14 bits of a hash say its register, the other 50 its rank, one more
than the zeros they begin with; a register has the highest rank that came. The estimate
is Ertl's improved raw one, 2017 (arXiv:1702.01284, algorithm 6).
"""

import math
from collections import Counter
from collections.abc import Iterable

INDEX_BITS = 14
REGISTERS = 1 << INDEX_BITS
RANK_BITS = 64 - INDEX_BITS
LN_2 = 0.6931471805599453


class Distinct:
    """One set's registers."""

    def __init__(self) -> None:
        self.ranks: dict[int, int] = {}

    def add(self, hashes: Iterable[int]) -> None:
        """Take hashes in."""
        for each in hashes:
            rest = each & ((1 << RANK_BITS) - 1)
            self._see(each >> RANK_BITS, RANK_BITS - rest.bit_length() + 1)

    def merge(self, other: "Distinct") -> None:
        """Take in all that another one has had."""
        for register, rank in other.ranks.items():
            self._see(register, rank)

    def registers(self) -> dict[int, int]:
        """Return the rank of each register that has one."""
        return dict(sorted(self.ranks.items()))

    def estimate(self) -> float:
        """Return about how many distinct hashes came."""
        with_rank = Counter(self.ranks.values())
        empty = REGISTERS - len(self.ranks)
        total = REGISTERS * tau(1 - with_rank[RANK_BITS + 1] / REGISTERS)
        for rank in range(RANK_BITS, 0, -1):
            total = (total + with_rank[rank]) / 2
        total += REGISTERS * sigma(empty / REGISTERS)
        return REGISTERS / (2 * LN_2) * REGISTERS / total

    def _see(self, register: int, rank: int) -> None:
        self.ranks[register] = max(rank, self.ranks.get(register, 0))


def sigma(x: float) -> float:
    """Return x + sum of x^(2^k) 2^(k-1), as far as doubles tell it."""
    if x == 1:
        return math.inf
    total, factor, before = x, 1.0, -1.0
    while total != before:
        before = total
        x *= x
        total += x * factor
        factor *= 2
    return total


def tau(x: float) -> float:
    """Return (1 - x - sum of (1 - x^(2^-k))^2 2^-k) / 3, as far as doubles tell it."""
    if x in (0, 1):
        return 0.0
    total, factor, before = 1 - x, 1.0, -1.0
    while total != before:
        before = total
        x = math.sqrt(x)
        factor /= 2
        total -= (1 - x) * (1 - x) * factor
    return total / 3
