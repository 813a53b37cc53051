"""Weighted rendezvous hashing over a table of 65 536 slots, version 1.

    slot(key)      = XXH64(key, seed 0) >> 48
    u              = ((XXH64(le64(slot) || name, seed 0) >> 12) + 0.5) * 2^-52
    score(slot, b) = -weight(b) / ln(u)
    owner(slot)    = the backend with the greatest score; on a tie the smaller name

Rules: a backend is its name, in bytes; the order in which backends are given decides
nothing; ``u`` is exact and 0 < u < 1; ``ln`` is the C library's double. This file knows
no line and no address.

Source: our own; weighted rendezvous hashing as in Schindelhauer and Schomaker,
"Weighted distributed hash tables" (SPAA 2005). tests/vectors/sharding.json pins it.
"""

import math
from collections.abc import Callable, Sequence

from tests.model.hash import xxh64

SLOTS = 65_536


def slot(key: bytes) -> int:
    """Give the slot of a key, 0 to 65 535."""
    return xxh64(key) >> 48


def uniform(
    slot_number: int, name: bytes, hash64: Callable[[bytes], int] = xxh64
) -> float:
    """Give the number between 0 and 1 that a slot and a backend's name draw.

    ``hash64`` is XXH64 with seed 0, in whatever implementation is at hand.
    """
    drawn = hash64(slot_number.to_bytes(8, "little") + name) >> 12
    return (drawn + 0.5) * 2.0**-52


def score(
    slot_number: int,
    name: bytes,
    weight: float,
    hash64: Callable[[bytes], int] = xxh64,
) -> float:
    """Give a backend's bid for a slot, above 0; the highest bid owns it."""
    return -weight / math.log(uniform(slot_number, name, hash64))


def owners(
    backends: Sequence[tuple[bytes, float]], hash64: Callable[[bytes], int] = xxh64
) -> list[int]:
    """Give the owner of every slot, as an index into ``backends`` (name, weight)."""
    return [owner(number, backends, hash64) for number in range(SLOTS)]


def pick(key: bytes, backends: Sequence[tuple[bytes, float]]) -> int:
    """Give the backend of a key, as an index into ``backends`` (name, weight)."""
    return owner(slot(key), backends, xxh64)


def owner(
    slot_number: int,
    backends: Sequence[tuple[bytes, float]],
    hash64: Callable[[bytes], int],
) -> int:
    """Give the backend with the greatest score, of equal ones the smaller name."""
    bids = [
        (-score(slot_number, name, weight, hash64), name, index)
        for index, (name, weight) in enumerate(backends)
    ]
    return min(bids)[-1]
