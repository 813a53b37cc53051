"""Demonstration: what is sent from here, so that there is something to be seen. Pure.

    demo.web.requests:1|c    demo.web.latency:23.4|ms    demo.users.active:131|g    ...

As a small shop's service would send it: some hundred lines a second, each a datagram.
No name but these is the demonstration's, so that yours can be told from them. Time and
randomness are handed in.
"""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

PREFIX = "demo."
LINES_PER_S = 200
TICK_S = 0.05
WAVE_S = 60.0  # the day of this shop

Draw = Callable[[random.Random, float], str]  # (randomness, seconds) -> value and type


@dataclass(frozen=True, slots=True)
class Metric:
    """One name, how often it comes beside the others, and its values."""

    weight: int
    draw: Draw


def _one(_random: random.Random, _at_s: float) -> str:
    return "1|c"


def _latency(median_ms: float, spread: float) -> Draw:
    """Return a time with a long tail, as those of services have."""

    def draw(random: random.Random, _at_s: float) -> str:
        return f"{median_ms * random.lognormvariate(0, spread):.1f}|ms"

    return draw


def _wave(middle: int, height: int) -> Draw:
    """Return a level that rises and falls as days do, but faster."""

    def draw(random: random.Random, at_s: float) -> str:
        level = middle + height * math.sin(at_s / WAVE_S * math.tau)
        return f"{level + random.uniform(-2, 2):.0f}|g"

    return draw


def _member(many: int) -> Draw:
    """Return one of so many visitors, some of whom come often."""

    def draw(random: random.Random, _at_s: float) -> str:
        return f"u{int(many * random.random() ** 2)}|s"

    return draw


METRICS: Mapping[str, Metric] = {
    f"{PREFIX}web.requests": Metric(10, _one),
    f"{PREFIX}web.latency": Metric(10, _latency(25, 0.5)),
    f"{PREFIX}web.errors": Metric(1, _one),
    f"{PREFIX}db.queries": Metric(8, _one),
    f"{PREFIX}db.latency": Metric(8, _latency(3, 0.8)),
    f"{PREFIX}cache.hits": Metric(6, _one),
    f"{PREFIX}cache.misses": Metric(2, _one),
    f"{PREFIX}users.active": Metric(1, _wave(130, 60)),
    f"{PREFIX}users.seen": Metric(3, _member(500)),
    f"{PREFIX}jobs.queued": Metric(1, _wave(20, 15)),
}
_NAMES = tuple(METRICS)
_WEIGHTS = tuple(metric.weight for metric in METRICS.values())


def is_demonstration(key: str) -> bool:
    """Tell whether a series is one of these, and not a client's."""
    return key in METRICS


def draw_lines(count: int, random: random.Random, at_s: float) -> list[bytes]:
    """Return so many lines as they are sent at a time, in seconds since any moment."""
    names = random.choices(_NAMES, _WEIGHTS, k=count)
    return [f"{name}:{METRICS[name].draw(random, at_s)}".encode() for name in names]
