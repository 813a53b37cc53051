"""Functions: what a ring of each shard function may not have.

A fault is a sentence that names the value and what is valid. What may be said beside
each function is the settings' table (settings/hashes.py). The settings have rules of
their own (settings/contradictions.py): theirs stand at entries of a file or flags, and
say what to write there; a ring in Python has neither. Must not know: sources of
settings, tables.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence

from statshard.routing.configured import Configured
from statshard.routing.ring_id import RingMember, shortest
from statshard.settings.hashes import HASHES, KEYS, maybe_refuse_weight
from statshard.settings.reading import name as read_name
from statshard.settings.reading import quoted

MOST_BACKENDS = 65_535


def own_key(hash_name: str) -> str:
    """Return the key that a hash takes unless told otherwise; of an unknown, name."""
    function = HASHES.get(hash_name)
    return function.key if function else "name"


def list_faults(ring: Configured) -> Iterator[str]:
    """Yield every fault of a ring's parts."""
    yield from choose("hash", ring.hash, HASHES)
    yield from choose("shard_by", ring.shard_by, KEYS)
    yield from _list_names(ring.backends)
    if ring.hash in HASHES:
        yield from _list_weights(ring.hash, ring.backends)
    if ring.hash_prefix and ring.hash != "jump":
        prefix = quoted(ring.hash_prefix)
        yield f"hash_prefix {prefix}: {ring.hash} has none; only jump has"
    if ring.shard_map and ring.hash != "murmur3":
        yield f"shard_map: {ring.hash} has none; only murmur3 has"
    strangers = set(ring.shard_map).difference(ring.names)
    for name in dict.fromkeys(ring.shard_map):
        if name in strangers:
            yield from choose("shard_map", name, ring.names)


def choose(key: str, value: str, valid: Iterable[str]) -> Iterator[str]:
    """Yield the fault of a value that is not one of those that are valid."""
    known = list(valid)
    if value in known:
        return
    near = difflib.get_close_matches(value, known, 1)
    hint = f"did you mean {quoted(near[0])}? " if near else ""
    yield f"{key} {quoted(value)}: {hint}valid: {', '.join(known[:20])}"


def _list_names(backends: Sequence[RingMember]) -> Iterator[str]:
    """Yield the faults of how many there are and what they are called."""
    if not 1 <= len(backends) <= MOST_BACKENDS:
        yield f"{len(backends)} backends: valid: 1 to {MOST_BACKENDS}"
    seen: set[str] = set()
    for backend in backends:
        try:
            read_name(backend.name)
        except ValueError as fault:
            yield f"backend: {fault}"
        if backend.name in seen:
            yield f"backend {quoted(backend.name)}: twice; give each its own name"
        seen.add(backend.name)


def _list_weights(hash_name: str, backends: Sequence[RingMember]) -> Iterator[str]:
    """Yield the faults of weights that the function does not take."""
    for backend in backends:
        what: str | None = "valid: a number above 0"
        if 0 < backend.weight < float("inf"):
            what = maybe_refuse_weight(hash_name, backend.weight)
        if what is not None:
            weight = shortest(backend.weight)
            yield f"backend {quoted(backend.name)}: weight {weight}: {what}"
