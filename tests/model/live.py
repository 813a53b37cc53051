"""Which backend a key has, by any function, with any of the backends out.

    rendezvous           the greatest score of those that are live
    sdbm                 its walk, over those that are live
    ketama, libketama    the points of those that are out are skipped
    etsy                 the ring of those that are live, as if there were no other
    djb2, jump, murmur3  its backend by position; where that is out, rendezvous of the
                         key over those that are live

Rules: a backend is (name, node, weight), known by its index; the shard map, of murmur3,
lists indices, and by default each once; who is not in it is not part of the ring, and
gets nothing when another is out. With nobody live there is no backend. A key
stays where it is unless its own backend is out (but for etsy).

Source: our own rules for what a proxy does where its program has none;
tests/vectors/sharding.json pins the functions, and etsy's and sdbm's live sets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import xxhash

from tests.model import rings, slots
from tests.model.hash import djb2, xxh64
from tests.model.jump import fnv1a_64, jump, prefixed
from tests.model.key import embedded_key, name_key, raw_key, series_key
from tests.model.murmur3 import murmur3_32
from tests.model.sdbm import sdbm_64, walk

Backend = tuple[bytes, bytes, float]  # (name, node, weight)

KEYS = {
    "name": name_key,
    "series": series_key,
    "raw": raw_key,
    "embedded": embedded_key,
}
"""shard_by -> what makes a line's key."""

HASHES = (
    *("rendezvous", "djb2", "jump", "etsy"),
    *("murmur3", "ketama", "libketama", "sdbm"),
)
"""The functions, all of them."""


@dataclass(frozen=True)
class Ring:
    """A configuration, and who is out of it, as the compiled table takes them."""

    hash_name: str
    backends: tuple[Backend, ...]
    hash_prefix: bytes = b""
    shard_map: tuple[int, ...] = ()
    out: frozenset[int] = frozenset()

    @property
    def live(self) -> tuple[int, ...]:
        """The indices of those in the ring that are not out, in their order."""
        ring = sorted(set(self.shard_map)) or range(len(self.backends))
        return tuple(index for index in ring if index not in self.out)


def pick(ring: Ring, key: bytes) -> int | None:
    """Give the index of a key's backend; None where none is live."""
    if not ring.live:
        return None
    if ring.hash_name == "rendezvous":
        return _rendezvous(ring, key)
    if ring.hash_name == "sdbm":
        alive = [index not in ring.out for index in range(len(ring.backends))]
        return walk(sdbm_64(key), alive)
    if ring.hash_name in _POINTS:
        return rings.owner(points(ring), rings.key_value(key))
    index = by_position(ring, key)
    return index if index not in ring.out else _rendezvous(ring, key)


def hash_of(ring: Ring, key: bytes) -> int:
    """Give the number that a key's placement begins with."""
    if ring.hash_name == "jump":
        return fnv1a_64(prefixed(key, ring.hash_prefix))
    return _HASHES[ring.hash_name](key)


def by_position(ring: Ring, key: bytes) -> int:
    """Give the index that djb2, jump or murmur3 have for a key, whoever is out."""
    value = hash_of(ring, key)
    if ring.hash_name == "jump":
        return jump(value, len(ring.backends))
    if ring.hash_name == "murmur3":
        entries = ring.shard_map or tuple(range(len(ring.backends)))
        return entries[value % len(entries)]
    return value % len(ring.backends)


@cache
def points(ring: Ring) -> list[rings.Point]:
    """Give the points (value, index) of a ring that keys go by, of the live ones."""
    if ring.hash_name == "etsy":
        nodes = [ring.backends[index][1] for index in ring.live]
        return [(value, ring.live[at]) for value, at in rings.etsy(nodes)]
    every = [(node, int(weight)) for _, node, weight in ring.backends]
    found = rings.ketama if ring.hash_name == "ketama" else rings.libketama
    return [(value, index) for value, index in found(every) if index not in ring.out]


def _rendezvous(ring: Ring, key: bytes) -> int:
    """Give the live backend with the greatest score for a key's slot."""
    bidders = [(ring.backends[i][0], ring.backends[i][2]) for i in ring.live]
    return ring.live[_slot_owner(slots.slot(key), tuple(bidders))]


@cache
def _slot_owner(slot: int, bidders: tuple[tuple[bytes, float], ...]) -> int:
    """Give the owner of a slot, with the public package's XXH64: it is asked a lot."""
    return slots.owner(slot, bidders, xxhash.xxh64_intdigest)


_POINTS = frozenset({"etsy", "ketama", "libketama"})

_HASHES: dict[str, Callable[[bytes], int]] = {
    "rendezvous": xxh64,
    "djb2": djb2,
    "etsy": rings.key_value,
    "murmur3": murmur3_32,
    "ketama": rings.key_value,
    "libketama": rings.key_value,
    "sdbm": sdbm_64,
}


def line_key(shard_by: str, line: bytes) -> bytes:
    """Give the bytes of a line that are hashed."""
    return KEYS[shard_by](line)
