"""Configured: a ring as it is configured, whoever is out of it."""

from dataclasses import dataclass, field

from statshard.routing.ring_id import RingMember, ring_id


@dataclass(frozen=True, slots=True)
class Configured:
    """What decides where a key goes while all backends are live."""

    hash: str
    shard_by: str
    backends: tuple[RingMember, ...]
    hash_prefix: str = ""  # of jump only
    shard_map: tuple[str, ...] = ()  # names, of murmur3 only; (): each backend once
    # The backends' names, by index; made once, for they are asked for with each line.
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the names."""
        names = tuple(backend.name for backend in self.backends)
        object.__setattr__(self, "names", names)

    @property
    def ring_id(self) -> str:
        """Equal on all proxies with the same ring."""
        parts = (self.hash, self.shard_by, self.backends)
        return ring_id(*parts, self.hash_prefix, self.shard_map)
