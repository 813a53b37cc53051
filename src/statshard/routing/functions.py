"""Functions: what each shard function takes, and what a ring of it may not have.

One row for each function: the key it takes unless told otherwise, and its weights. A
fault is a sentence that names the value and what is valid. Must not know: sources of
settings, tables.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from statshard.routing.configured import Configured
from statshard.routing.ring_id import RingMember, shortest
from statshard.settings.reading import name as read_name
from statshard.settings.reading import quoted

KEYS = ("name", "series", "raw", "embedded")
MOST_BACKENDS = 65_535


@dataclass(frozen=True, slots=True)
class Weights:
    """Which weights a function takes."""

    takes: Callable[[float], bool]
    valid: str


@dataclass(frozen=True, slots=True)
class Function:
    """A row: what a function takes."""

    key: str  # unless told otherwise
    weights: Weights


ANY = Weights(lambda weight: 0 < weight < float("inf"), "a number above 0")
WHOLE = Weights(lambda weight: weight >= 1 and weight % 1 == 0, "a whole number from 1")
NONE = Weights(lambda weight: weight == 1, "no weights; leave it out")

FUNCTIONS = {
    "rendezvous": Function("name", ANY),
    "djb2": Function("embedded", NONE),
    "jump": Function("raw", NONE),
    "etsy": Function("raw", NONE),
    "murmur3": Function("raw", NONE),
    "ketama": Function("raw", WHOLE),
    "libketama": Function("raw", WHOLE),
    "sdbm": Function("raw", NONE),
}


def own_key(hash_name: str) -> str:
    """Return the key that a hash takes unless told otherwise; of an unknown, name."""
    function = FUNCTIONS.get(hash_name)
    return function.key if function else "name"


def list_faults(ring: Configured) -> Iterator[str]:
    """Yield every fault of a ring's parts."""
    yield from choose("hash", ring.hash, FUNCTIONS)
    yield from choose("shard_by", ring.shard_by, KEYS)
    yield from _list_names(ring.backends)
    if ring.hash in FUNCTIONS:
        yield from _list_weights(ring.hash, ring.backends)
    if ring.hash_prefix and ring.hash != "jump":
        prefix = quoted(ring.hash_prefix)
        yield f"hash_prefix {prefix}: {ring.hash} has none; only jump has"
    if ring.shard_map and ring.hash != "murmur3":
        yield f"shard_map: {ring.hash} has none; only murmur3 has"
    for name in dict.fromkeys(ring.shard_map):
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
    weights = FUNCTIONS[hash_name].weights
    for backend in backends:
        if not weights.takes(backend.weight):
            yield (
                f"backend {quoted(backend.name)}: weight {shortest(backend.weight)}: "
                f"{hash_name} takes {weights.valid}"
            )
