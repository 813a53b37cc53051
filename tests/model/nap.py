"""Nap: the plain twin of the sleep between a wake-up and the reading.

Rule: find TARGET datagrams at the present rate; with the work that follows stay within
the delay; fill at most a quarter of the buffer at the highest rate of the last minute,
a small datagram taking 832 bytes and the rate being at least 200 000/s. Sources: the
project's architecture page, "The nap". Times in ns.
"""

from dataclasses import dataclass

SECOND = 1_000_000_000
TARGET = 400
TRUESIZE = 832
RATE_FLOOR = 200_000
WINDOW = 100_000_000
BUSY = 32


@dataclass
class Nap:
    """What is remembered of the cycles so far."""

    max_delay_ns: int
    buffer_bytes: int
    now_ns: int
    rate: float = 0.0
    work_ns: int = 0
    window_datagrams: int = 0
    peak: int = 0
    peak_before: int = 0

    def __post_init__(self) -> None:
        self.cycle_ns = self.window_ns = self.minute_ns = self.now_ns

    def note_cycle(self, datagrams: int, woken_ns: int, now_ns: int) -> None:
        """Take in a cycle."""
        seconds = max(now_ns - self.cycle_ns, 1) / SECOND
        self.rate += (datagrams / seconds - self.rate) / 8
        self.work_ns = max(now_ns - woken_ns, self.work_ns - self.work_ns // 8)
        if woken_ns - self.cycle_ns > WINDOW:
            self._close_window(self.cycle_ns)
            self.window_ns = woken_ns
        self.cycle_ns = now_ns
        self.window_datagrams += datagrams
        if now_ns - self.window_ns >= WINDOW:
            self._close_window(now_ns)

    def _close_window(self, at_ns: int) -> None:
        elapsed_ns = max(at_ns - self.window_ns, WINDOW)
        self.peak = max(self.peak, self.window_datagrams * SECOND // elapsed_ns)
        self.window_ns = at_ns
        self.window_datagrams = 0
        if at_ns - self.minute_ns >= 60 * SECOND:
            self.peak_before, self.peak = self.peak, 0
            self.minute_ns = at_ns

    def nap_ns(self) -> int:
        """Return how long to sleep."""
        if self.work_ns >= self.max_delay_ns:
            return 0
        highest = max(RATE_FLOOR, self.peak, self.peak_before)
        buffer_ns = self.buffer_bytes * SECOND // (4 * TRUESIZE * highest)
        longest = min(self.max_delay_ns - self.work_ns, buffer_ns)
        if self.rate <= TARGET:
            return longest
        return min(longest, int(TARGET * float(SECOND) / self.rate))

    def is_busy(self) -> bool:
        """Tell whether a nap finds BUSY datagrams at the present rate."""
        return self.rate * self.nap_ns() >= BUSY * float(SECOND)
