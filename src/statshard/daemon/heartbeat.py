"""Heartbeat: which workers have stood still for too long. Pure; the time is handed in.

    a look    beats of each worker, and then a wake-up for each
    moved     it has come round its loop since the look before
    stalled   not moved at LOOKS_MIN looks in a row, over STALL_S or more

Both, because after a stop of the whole process (SIGSTOP, a debugger) the first look
finds old beats and much time gone. Source: RELIABILITY 28. Must not know: threads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

STALL_S = 3.0
LOOKS_MIN = 3


@dataclass(slots=True)
class _Seen:
    """One worker, as it was seen."""

    beats: int
    since_s: float  # when it was seen to have moved
    looks: int = 0  # since then


@dataclass(slots=True)
class Heartbeat:
    """Remembers the beats of all workers."""

    _seen: dict[int, _Seen] = field(default_factory=dict)

    def look(self, beats: Sequence[int], now_s: float) -> Iterator[int]:
        """Yield the numbers of the workers that are stalled."""
        for worker, count in enumerate(beats):
            seen = self._seen.get(worker)
            if seen is None or seen.beats != count:
                self._seen[worker] = _Seen(count, now_s)
                continue
            seen.looks += 1
            if seen.looks >= LOOKS_MIN and now_s - seen.since_s >= STALL_S:
                yield worker
