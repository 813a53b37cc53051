"""The flush clock: when an interval ends. Pure; the time is handed in.

    by the monotonic clock     start, + 1 x interval, + 2 x interval ... never drifts
    aligned                    whole multiples of the interval by the wall clock

Rules:
- a flush that comes too late for the one behind it takes that one's place: the next is
  due at the next multiple, and this interval is told as irregular;
- aligned: a wall clock set forward over a multiple ends the interval at once; set back,
  the next multiple is looked for anew. Neither may make an interval longer than it is
  by the monotonic clock: so at most one is irregular (RELIABILITY: clock jump);
- the first aligned interval begins in the middle, and is irregular;
- one that could not be told goes on: with the next it is one, and irregular.

A time stamp is the wall clock's, rounded to a second as etsy does it, half up.
"""

import math
from dataclasses import dataclass

# A timer that fires this early or late has not changed an interval.
TOLERANCE = 0.1  # of the interval


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, by both clocks."""

    monotonic_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class Interval:
    """One that has ended."""

    timestamp: int  # seconds since the epoch
    nominal_s: float
    elapsed_s: float
    is_irregular: bool  # elapsed is not what it should be


class FlushClock:
    """Says when the next flush is due."""

    def __init__(self, interval_s: float, start: Moment, *, is_aligned: bool) -> None:
        self.interval_s = interval_s
        self.is_aligned = is_aligned
        self._start_s = start.monotonic_s
        self._began_s = start.monotonic_s
        self._turn = 1  # of the flush that is due next, counted from the start
        self._due_wall_s = self._next_multiple(start.wall_s)

    def wait_s(self, now: Moment) -> float:
        """Return how long until the flush is due; 0: it is."""
        if not self.is_aligned:
            return max(0.0, self._due_s() - now.monotonic_s)
        self._due_wall_s = min(self._due_wall_s, self._next_multiple(now.wall_s))
        return max(0.0, self._due_wall_s - now.wall_s)

    def end(self, now: Moment) -> Interval:
        """End the interval now, due or not, and begin the next."""
        elapsed_s = now.monotonic_s - self._began_s
        interval = Interval(
            math.floor(now.wall_s + 0.5),
            self.interval_s,
            elapsed_s,
            abs(elapsed_s - self.interval_s) > TOLERANCE * self.interval_s,
        )
        self._began_s = now.monotonic_s
        # At least this turn: a quotient may be rounded to just below it.
        is_due = now.monotonic_s >= self._due_s()
        passed = math.floor((now.monotonic_s - self._start_s) / self.interval_s)
        self._turn = max(passed, self._turn if is_due else 0) + 1
        self._due_wall_s = self._next_multiple(now.wall_s)
        return interval

    def reopen(self, interval: Interval) -> None:
        """Let the interval that has ended last go on: the next is of both.

        For samples that could not be told with it, and are with the next.
        """
        self._began_s -= interval.elapsed_s

    def _due_s(self) -> float:
        return self._start_s + self._turn * self.interval_s

    def _next_multiple(self, wall_s: float) -> float:
        """Return the first multiple of the interval behind a time."""
        turn = math.floor(wall_s / self.interval_s) + 1
        while turn * self.interval_s <= wall_s:  # the quotient was rounded
            turn += 1
        return turn * self.interval_s
