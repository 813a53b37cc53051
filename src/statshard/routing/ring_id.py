"""ring_id: sixteen hex digits that are equal on two proxies with the same ring.

It is of the configured set of backends: the first 16 hex digits of SHA-256 over the
lines `1`, hash, shard_by, hash_prefix, then one per backend `name TAB node TAB weight`,
each ended by LF; the backends sorted by name, or in their order where position decides,
or one line for each entry of the shard map.

The live id says who is out too: the same digits over ring_id, then the names that are
out, sorted, each ended by LF; it is the ring_id where none is. Proxies with equal live
ids place every key alike. A promise: the same ring has the same ids in every release.
"""

import hashlib
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Protocol

from statshard.settings.hashes import BY_POSITION

VERSION = "1"
DIGITS = 16


class RingMember(Protocol):
    """What of a backend is part of a ring."""

    @property
    def name(self) -> str:
        """Its identity."""

    @property
    def node(self) -> str:
        """What a ring of points hashes of it: by default its address as written."""

    @property
    def weight(self) -> float:
        """Its share, relative to the others'."""


def ring_id(
    hash_name: str,
    shard_by: str,
    backends: Sequence[RingMember],
    hash_prefix: str = "",
    shard_map: Sequence[str] = (),
) -> str:
    """Return the id of a ring; `shard_map` has names, and none: each backend once."""
    if shard_map:
        by_name = {backend.name: backend for backend in backends}
        backends = [by_name[name] for name in shard_map]
    if hash_name not in BY_POSITION:
        backends = sorted(backends, key=lambda backend: backend.name.encode())
    rows = [f"{b.name}\t{b.node}\t{shortest(b.weight)}" for b in backends]
    return _digest([VERSION, hash_name, shard_by, hash_prefix, *rows])


def live_id(configured: str, out: Collection[str]) -> str:
    """Return the id of a ring with the backends of these names out of it."""
    return _digest([configured, *sorted(out, key=str.encode)]) if out else configured


def shortest(weight: float) -> str:
    """Return the shortest decimal form of a weight: 1 for 1.0, 0.00001 for 1e-05."""
    text = format(Decimal(repr(weight)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _digest(lines: Sequence[str]) -> str:
    """Return the first hex digits of SHA-256 over lines, each ended by LF."""
    text = "".join(line + "\n" for line in lines)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
