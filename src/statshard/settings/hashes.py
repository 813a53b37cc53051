"""Hashes: the functions that place keys, and what settings may say beside each.

Source: each function's own program (docs/placement.md); which weights it takes, and
whether a backend's position decides or its name. Must not know: how they hash.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

WHOLE_MAX = 10_000  # of a whole weight: a ring has 40 points for each


class Weights(Enum):
    """Which weights a function takes."""

    ANY = "any above 0"
    WHOLE = f"a whole number from 1 to {WHOLE_MAX}"
    NONE = "none"


class Hash(NamedTuple):
    """What settings may say beside a function."""

    key: str  # that it takes unless told otherwise
    weights: Weights
    is_by_position: bool  # the order of the backends decides, so it takes none found


HASHES: Mapping[str, Hash] = {
    "rendezvous": Hash("name", Weights.ANY, is_by_position=False),
    "djb2": Hash("embedded", Weights.NONE, is_by_position=True),
    "jump": Hash("raw", Weights.NONE, is_by_position=True),
    "etsy": Hash("raw", Weights.NONE, is_by_position=False),
    "murmur3": Hash("raw", Weights.NONE, is_by_position=True),
    "ketama": Hash("raw", Weights.WHOLE, is_by_position=False),
    "libketama": Hash("raw", Weights.WHOLE, is_by_position=False),
    "sdbm": Hash("raw", Weights.NONE, is_by_position=True),
}
KEYS = ("name", "series", "raw", "embedded")
BY_POSITION = tuple(name for name, each in HASHES.items() if each.is_by_position)


def maybe_refuse_weight(hash_name: str, weight: float) -> str | None:
    """Return what is wrong with a weight (above 0) beside a hash, or None."""
    takes = HASHES[hash_name].weights
    is_whole = weight == int(weight) and weight <= WHOLE_MAX
    if takes is Weights.ANY or weight == 1 or (takes is Weights.WHOLE and is_whole):
        return None
    has = "has no weights" if takes is Weights.NONE else "has whole weights"
    return f"{hash_name} {has}; valid: {takes.value}, or the hash rendezvous"
