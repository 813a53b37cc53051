"""What was observed of etsy's server: tests/vectors/aggregation.json, as typed rows.

lines     one datagram each: bad samples, metrics, values before -> after
flushes   the same datagrams, then three flushes as Graphite text, three times:
          with the defaults, with new names and much else, with idle series deleted
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.model.graphite_names import Names
from tests.model.number import javascript
from tests.model.server import VARIES, Options

VECTORS = Path(__file__).parents[1] / "vectors" / "aggregation.json"
START_S = 1_700_000_000


@dataclass(frozen=True)
class Observed:
    """What one datagram did."""

    datagram: bytes
    bad: int
    metrics: int
    effects: dict[tuple[str, str], tuple[list[float] | None, list[float]]]


@dataclass(frozen=True)
class ObservedFlushes:
    """What one configuration told in three flushes."""

    name: str
    options: Options
    flushes: list[list[str]]


OPTIONS = {
    "A_legacy_default": Options(),
    "B_newns_pcts_hist": Options(
        percentiles=(90, 50, -10, 99.9, 5),
        histogram=(
            ("render", (0.01, 0.1, 1, 10, math.inf)),
            ("foo", ()),
            ("", (50, 100, 150, 200, math.inf)),
        ),
        names=Names(is_legacy=False),
    ),
    "C_deleteidle_ttl2": Options(
        delete_counters=True,
        delete_timers=True,
        delete_sets=True,
        delete_gauges=True,
        gauges_max_ttl=2,
        names=Names(is_legacy=False),
    ),
}


def observed_lines() -> list[Observed]:
    """Return the rows of `lines`."""
    return [
        Observed(
            row["datagram"].encode(),
            row["bad"],
            row["metrics"],
            {
                _place(place): (_numbers(before), _numbers(after) or [])
                for place, (before, after) in row["effects"].items()
            },
        )
        for row in json.loads(VECTORS.read_text())["lines"]
    ]


def flush_input() -> list[bytes]:
    """Return the datagrams that went before the flushes."""
    return [text.encode() for text in json.loads(VECTORS.read_text())["flush_input"]]


def observed_flushes() -> list[ObservedFlushes]:
    """Return what each configuration told."""
    return [
        ObservedFlushes(name, OPTIONS[name], rows["flushes"])
        for name, rows in json.loads(VECTORS.read_text())["flush"].items()
    ]


def masked(lines: list[str]) -> list[str]:
    """Return lines of Graphite as the vectors have them: no times in them."""
    return [re.sub(r" \d+$", " @TS@", line) for line in lines]


def mask_own_times(lines: list[str]) -> list[str]:
    """Return lines with VARIES where a run differs from the next."""
    own = re.compile(
        r"(\S*(?:calculationtime|processing_time|last_exception|last_flush"
        r"|flush_time|flush_length)\S*) \S+ "
    )
    return [own.sub(rf"\1 {VARIES} ", line) for line in lines]


def assert_told(expected: Sequence[str], told: Sequence[str]) -> None:
    """Hold the lines of a flush to those of the twin, but for those that vary."""
    own = {line.split(" ")[0] for line in expected if VARIES in line}
    assert sorted(line for line in expected if VARIES not in line) == (
        sorted(line for line in told if line.split(" ")[0] not in own)
    )


def _place(place: str) -> tuple[str, str]:
    kind, _, key = place.partition(":")
    return kind, key


def _numbers(shown: str | None) -> list[float] | None:
    """Return "1" or "[ 320, 100 ]" as numbers."""
    if shown is None:
        return None
    numbers = map(javascript, shown.strip("[] ").split(","))
    return [number for number in numbers if number is not None]
