"""What the processes of `statshard up` tell, made up: flushes, events, a story."""

from collections.abc import Mapping
from typing import Any

from statshard.up.demonstration import is_demonstration
from statshard.up.picture import Picture
from statshard.up.view import PROXY, View

Fields = Mapping[str, Any]
SHARDS = ("shard-1", "shard-2")
START_S = 1_700_000_000


def flush_of(
    counters: Mapping[str, float | None] | None = None,
    *,
    gauges: Mapping[str, float] | None = None,
    timers: Mapping[str, Mapping[str, float]] | None = None,
    sets: Mapping[str, int] | None = None,
    interval_s: float = 2.0,
) -> Fields:
    """Return a flush as a server's console tells it."""
    counters = counters or {}
    rates = {k: None if x is None else x / interval_s for k, x in counters.items()}
    return {
        "timestamp": START_S,
        "interval_s": interval_s,
        "counters": counters,
        "counter_rates": rates,
        "gauges": gauges or {},
        "timers": timers or {},
        "sets": sets or {},
    }


class Story:
    """A picture, and what is told to it."""

    def __init__(self, *names: str) -> None:
        prefixes = {name: f"statsd.{name}" for name in names or SHARDS}
        self.picture = Picture(prefixes, is_demonstration)

    def flush(self, name: str = SHARDS[0], **flush: Any) -> bool:  # noqa: ANN401 -- as flush_of has them
        """Let a server flush; return whether a round is over."""
        return self.picture.take_flush(name, flush_of(**flush))

    def sum_up(
        self,
        name: str,
        *parts: Fields,
        at_s: float = 0.0,
        event: str = "summary",
        **total: object,
    ) -> None:
        """Let a process tell its counts, after their parts."""
        for part in parts:
            kind = "dropped" if "reason" in part else "backend"
            self.picture.take_event(name, {"event": f"{event}_{kind}", **part})
        ts = f"2026-11-20T13:37:{at_s:06.3f}Z"
        told = self.picture.take_event(name, {"event": event, "ts": ts, **total})
        assert told is None

    def forward(self, *lines: int, received: int, at_s: float = 0.0) -> None:
        """Let the proxy tell how many lines each server was sent."""
        parts = [
            {"backend": name, "forwarded_lines": count, "waiting_lines": 0}
            for name, count in zip(SHARDS, lines, strict=True)
        ]
        out = sum(lines)
        self.sum_up(
            PROXY, *parts, at_s=at_s, received_lines=received, forwarded_lines=out
        )

    def view(self) -> View:
        """Return what is known."""
        return self.picture.view()
