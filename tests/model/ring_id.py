r"""The identity of a ring: equal configuration, equal id.

    SHA-256 over    1 LF                                 the version of this format
                    hash LF
                    shard_by LF
                    hash_prefix LF                       an empty line where none is set
                    name TAB node TAB weight LF          one per backend
    ring_id       = its first 16 hexadecimal digits
    live id       = those of SHA-256 over ring_id LF, then name LF for each that is out,
                    sorted; the ring_id where none is

Rules: backends are sorted by name in bytes, but stay in the order given where position
decides the placement. A weight is written in its shortest decimal form that reads back
as the same double: no exponent, no trailing zeros (1, 2.5, 0.5). For "murmur3" give one
backend per entry of the shard map. It is of the configured set, whoever is out.

Source: our own format; tests/vectors/sharding.json pins it.
"""

import hashlib
from collections.abc import Collection, Sequence
from decimal import Decimal

BY_POSITION = frozenset({"djb2", "jump", "murmur3", "sdbm"})
"""Hash functions that go by the position of a backend, not by its name."""


def ring_id(
    hash_name: str,
    shard_by: str,
    backends: Sequence[tuple[str, str, float]],
    hash_prefix: str = "",
) -> str:
    """Give the id of a ring of backends (name, node, weight), 16 hexadecimal digits."""
    ordered = list(backends)
    if hash_name not in BY_POSITION:
        ordered.sort(key=lambda backend: backend[0].encode())
    lines = ["1", hash_name, shard_by, hash_prefix]
    lines += [f"{name}\t{node}\t{_decimal(weight)}" for name, node, weight in ordered]
    return _digest(lines)


def live_id(configured: str, out: Collection[str]) -> str:
    """Give the id of a ring, known by its own, with these names out of it."""
    return _digest([configured, *sorted(out, key=str.encode)]) if out else configured


def _digest(lines: Sequence[str]) -> str:
    """Give the first digits of SHA-256 over lines with their ends."""
    text = "".join(f"{line}\n" for line in lines)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _decimal(weight: float) -> str:
    """Write a weight in its shortest decimal form."""
    text = f"{Decimal(repr(float(weight))):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
