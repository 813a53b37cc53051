"""Tables for tests, from backends of (name, weight); a node is its name."""

from collections.abc import Sequence

from statshard.plane.plane import Table


def build_table(
    hash_name: str,
    shard_by: str,
    backends: Sequence[tuple[bytes, float]],
    generation: int = 1,
) -> Table:
    """Return a routing table."""
    rows = [(name, name, weight) for name, weight in backends]
    return Table(hash_name, shard_by, rows, generation)
