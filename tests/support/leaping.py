"""A loop whose clock leaps over whatever is waited for: hours in a moment.

    timers only       not waited for: the clock is set on by what they ask for
    descriptors too   given a millisecond, for what the kernel has on its way

Time is what was waited, so that it is the same on any machine, however busy.
"""

import asyncio
import selectors

KERNEL_S = 0.001


class Leaps(selectors.SelectSelector):
    """Does not wait where the loop knows for how long; adds it up."""

    waited_s = 0.0

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready."""
        ready = super().select(timeout and min(timeout, KERNEL_S))
        if not ready and timeout is not None:
            self.waited_s += timeout
        return ready


class LeapingLoop(asyncio.SelectorEventLoop):
    """A loop whose time is what it would have waited."""

    def __init__(self) -> None:
        self.leaps = Leaps()
        super().__init__(self.leaps)

    def time(self) -> float:
        """Return the time by its clock."""
        return self.leaps.waited_s
