"""ring_id: sixteen hex digits that are equal on two proxies with the same ring.

It is of the configured set of backends: the first 16 hex digits of SHA-256 over the
lines `1`, hash, shard_by, hash_prefix, then one per backend `name TAB node TAB weight`,
each ended by LF; the backends sorted by name, or in their order where position decides.
A promise: the same ring has the same id in every release.
"""

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

VERSION = "1"
BY_POSITION = frozenset({"djb2", "jump", "murmur3", "sdbm"})


class RingMember(Protocol):
    """What of a backend is part of a ring."""

    @property
    def name(self) -> str:
        """Its identity."""

    @property
    def node(self) -> str:
        """Its address as written."""

    @property
    def weight(self) -> float:
        """Its share, relative to the others'."""


def ring_id(
    hash_name: str, shard_by: str, backends: Sequence[RingMember], hash_prefix: str = ""
) -> str:
    """Return the id of a ring."""
    if hash_name not in BY_POSITION:
        backends = sorted(backends, key=lambda backend: backend.name.encode())
    rows = [f"{b.name}\t{b.node}\t{shortest(b.weight)}" for b in backends]
    lines = [VERSION, hash_name, shard_by, hash_prefix, *rows]
    text = "".join(line + "\n" for line in lines)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def shortest(weight: float) -> str:
    """Return the shortest decimal form of a weight: 1 for 1.0, 0.00001 for 1e-05."""
    text = format(Decimal(repr(weight)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
