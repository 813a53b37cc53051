"""What figures of timers are asked for: percentiles, and the bins of histograms.

Must not know: what a figure comes to.
"""

import math
from itertools import pairwise

import msgspec

from statshard.settings import reading
from statshard.settings.kinds import Kind

BINS_MAX = 64


class Histogram(msgspec.Struct, frozen=True):
    """Which timers are counted in which bins."""

    part: str  # of the key; empty: any
    bins: tuple[float, ...]


def read_histogram(text: str) -> Histogram:
    """Read PART=LIMIT:LIMIT:...; no limits: no histogram for these."""
    part, equals, limits = text.rpartition("=")
    valid = "valid: PART=LIMIT:LIMIT:..., limits ascending, for example api=10:100:inf"
    if not equals:
        raise ValueError(valid)
    try:
        bins = tuple(map(float, limits.split(":"))) if limits else ()
    except ValueError:
        raise ValueError(valid) from None
    is_ascending = all(low < high for low, high in pairwise(bins))
    if not is_ascending or any(math.isnan(each) for each in bins):
        raise ValueError(valid)
    if len(bins) > BINS_MAX:
        raise ValueError(f"{len(bins)} limits; valid: at most {BINS_MAX}")
    return Histogram(part, bins)


def show_histogram(histogram: Histogram) -> str:
    """Return the text that read_histogram reads."""
    limits = ":".join(
        "inf" if each == math.inf else repr(reading.shortest(each))
        for each in histogram.bins
    )
    return f"{histogram.part}={limits}"


def percentile() -> Kind:
    """Return the kind of a percentile; below 0 it is of the highest values."""
    valid = "valid: a number from -100 to 100, not 0"

    def take(number: float) -> float:
        if not -100 <= number <= 100 or number == 0:  # noqa: PLR2004 -- per cent
            raise ValueError(valid)
        return float(number)

    def read(text: str) -> float:
        digits = text.removeprefix("-").replace(".", "", 1)
        if not digits.isascii() or not digits.isdigit() or text.endswith("."):
            raise ValueError(valid)
        return take(float(text))

    schema = {"type": "number", "minimum": -100, "maximum": 100}
    return Kind(read, "P", schema, show=reading.shortest, take_number=take)
