"""Placement: a ring, who is out of it, and the compiled table of both.

    ring      as configured; it has the ring_id
    out       names; with them, the live_id
    table     what a worker runs

A backend's index is its place in `ring.backends`. Immutable: `without` makes another
one. Must not know: addresses, sockets, health, who publishes.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from statshard.errors import SettingsError
from statshard.plane.plane import Table
from statshard.routing.configured import Configured
from statshard.routing.functions import choose, list_faults
from statshard.routing.ring_id import RingMember, live_id

# Its one backend is never out: no backend means that the line is refused.
JUDGE = Table("djb2", "raw", [(b"-", b"-", 1.0)])

Rows = list[tuple[bytes, bytes, float]]  # (name, node, weight), as a table takes them


@dataclass(frozen=True, slots=True)
class Placement:
    """Which backend gets a line; `place` makes one."""

    ring: Configured
    out: frozenset[str]  # names
    table: Table = field(repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The backends' names, by index; those that are out too."""
        return self.ring.names

    @property
    def live(self) -> list[str]:
        """The names of those in the ring that are not out."""
        ring = self.ring.shard_map or self.names
        return [name for name in dict.fromkeys(ring) if name not in self.out]

    @property
    def live_id(self) -> str:
        """Equal on all proxies with the same ring and the same backends out."""
        return live_id(self.ring.ring_id, self.out)

    def without(self, names: Collection[str]) -> "Placement":
        """Return the same ring with these backends out, and those that are already.

        Raises SettingsError for a name that is none of the ring's.
        """
        known = self.names
        refuse(
            fault for name in sorted(names) for fault in choose("backend", name, known)
        )
        out = self.out.union(names)
        indices = [index for index, name in enumerate(known) if name in out]
        generation = self.table.generation + 1
        table = self.table.changed(rows_of(self.ring.backends), generation, out=indices)
        return replace(self, out=out, table=table)


def place(ring: Configured, generation: int = 1) -> Placement:
    """Return the placement of a ring, nobody out.

    Raises SettingsError naming every fault.
    """
    refuse(list_faults(ring))
    index_of = {name: index for index, name in enumerate(ring.names)}
    table = Table(
        ring.hash,
        ring.shard_by,
        rows_of(ring.backends),
        generation,
        hash_prefix=ring.hash_prefix.encode(),
        shard_map=[index_of[name] for name in ring.shard_map],
    )
    return Placement(ring, frozenset(), table)


def is_refused(line: bytes) -> bool:
    """Tell whether a proxy drops a line, whatever its ring and whoever is out."""
    return JUDGE.pick(line) < 0


def rows_of(backends: Iterable[RingMember]) -> Rows:
    """Return backends as a table takes them."""
    return [(b.name.encode(), b.node.encode(), b.weight) for b in backends]


def refuse(faults: Iterable[str]) -> None:
    """Raise SettingsError of all faults, if there are any."""
    found = list(faults)
    if found:
        raise SettingsError("\n".join(found))
