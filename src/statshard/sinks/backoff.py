"""Backoff: how long to wait before the next try. Pure; randomness is handed in.

    tries that failed     1      2     3    4    5   ...
    at most               0.5 s  1 s   2 s  4 s  8 s ... 30 s
    at least              half of that

Exponential, so that a store that is away is left alone; with jitter, so that many
servers do not come back to it at one moment.
"""

from collections.abc import Callable

FIRST_S = 0.5
LONGEST_S = 30.0


class Backoff:
    """The tries of one sink."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random  # 0 <= number < 1
        self.failures = 0

    def fail(self) -> float:
        """Take note of a failure; return how many seconds to wait now."""
        # 2.0**16 is far above LONGEST_S: no larger power is ever needed.
        longest_s = min(LONGEST_S, FIRST_S * 2.0 ** min(self.failures, 16))
        self.failures += 1
        return longest_s * (0.5 + 0.5 * self._random())

    def succeed(self) -> None:
        """Take note that it works again."""
        self.failures = 0
