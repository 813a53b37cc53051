"""Contradictions: what is wrong between settings that are each valid. Pure.

A rule is a function of the values and their origins that yields faults, and the keys
that it needs; RULES is all of them. Each fault stands at the very entry that it is
about, and says what would be valid.
"""

from collections.abc import Iterator, Sequence

from statshard.settings.addresses import Backend, show_backend
from statshard.settings.fault import Fault
from statshard.settings.given import Origin
from statshard.settings.hashes import maybe_refuse_weight
from statshard.settings.kinds import guess
from statshard.settings.reading import cut
from statshard.settings.section import Origins, Rule
from statshard.settings.setting import Values, table_of

SHOW = {row.key: row.kind.show for row in table_of(Backend)}
SHOWN = 5  # names in a fault
SHARED = ("queue_bytes", "max_payload", "workers")  # what must fit together
QUEUE_ENTRY = 24  # bytes that a waiting datagram takes beside its own, at most


def no_backend(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse to have nowhere to forward to."""
    if not values["backend"]:
        what = (
            "no backend: nothing to forward to; "
            "add --backend HOST:PORT for each StatsD server, or [[backend]] to a file "
            "(to a config.ini: destinations)"
        )
        origin = origins["backend"]
        yield Fault(None if origin.source == "default" else origin, None, what)


def equal_names(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse names given twice: a name is an identity in the ring."""
    backends = values["backend"]
    for first, second in repeated([each.name for each in backends]):
        place = at_backend(origins["backend"].of(first), "name", backends[first])[0]
        what = (
            f"the name {cut(backends[second].name)} is another backend's already "
            f"({place}); valid: a name of its own, by --backend NAME=HOST:PORT or name "
            "in its [[backend]]"
        )
        origin = origins["backend"].of(second)
        yield Fault(*at_backend(origin, "name", backends[second]), what)


def wrong_weights(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse weights that the hash does not have."""
    for index, backend in enumerate(values["backend"]):
        what = maybe_refuse_weight(values["hash"], backend.weight)
        if what is not None:
            origin = origins["backend"].of(index)
            what = f"backend {cut(backend.name)}: {what}"
            yield Fault(*at_backend(origin, "weight", backend), what)


def idle_prefix(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse a prefix that would change nothing."""
    if values["hash_prefix"] and values["hash"] != "jump":
        what = f"{values['hash']} has no prefix; valid: none, or the hash jump"
        yield Fault(origins["hash_prefix"], values["hash_prefix"], what)


def wrong_shards(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse shards of no backend, and a map that would change nothing."""
    shards, origin = values["shard_map"], origins["shard_map"]
    if shards and values["hash"] != "murmur3":
        what = f"{values['hash']} has no map; valid: none, or the hash murmur3"
        yield Fault(origin.of(0), shards[0], what)
        return
    if not origins["backend"].is_whole:  # the one that is missed may be there
        return
    names = dict.fromkeys(backend.name for backend in values["backend"])
    wrong = [index for index, shard in enumerate(shards) if shard not in names]
    valid = ", ".join(map(cut, list(names)[:SHOWN])) or "the name of a backend"
    for count, index in enumerate(wrong):
        near = guess(shards[index], names) if count < SHOWN else ""
        what = f"no backend of this name; {near}valid: {valid}"
        yield Fault(origin.of(index), shards[index], what)


def small_queue(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse a queue of which a worker's share holds no full datagram."""
    least = (values["max_payload"] + QUEUE_ENTRY) * values["workers"]
    if values["queue_bytes"] < least:
        what = (
            f"{values['workers']} workers share queue_bytes {values['queue_bytes']}, "
            f"and each must be able to keep a datagram of {values['max_payload']} "
            f"bytes; valid: queue_bytes {least} or more, or fewer workers"
        )
        given = [key for key in SHARED if origins[key].source != "default"]
        key = given[0] if given else "queue_bytes"
        yield Fault(origins[key], values[key], what)


def equal_listeners(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse to bind an address twice."""
    urls = [listen.url if listen.port else None for listen in values["listen"]]
    for first, second in repeated(urls):
        what = f"given already ({origins['listen'].of(first)}); valid: once"
        yield Fault(origins["listen"].of(second), urls[second], what)


RULES: tuple[Rule, ...] = (
    Rule(("backend",), no_backend),
    Rule(("backend",), equal_names),
    Rule(("backend", "hash"), wrong_weights),
    Rule(("hash", "hash_prefix"), idle_prefix),
    Rule(("backend", "hash", "shard_map"), wrong_shards),
    Rule(SHARED, small_queue),
    Rule(("listen",), equal_listeners),
)


def at_backend(origin: Origin, key: str, backend: Backend) -> tuple[Origin, object]:
    """Return where a key of a backend stands and what stands there.

    That is the whole backend, where it was given as one text.
    """
    if origin.has_line_of(key):
        return origin.of(key), SHOW[key](getattr(backend, key))
    if origin.has_line_of("address"):  # the name is the address unless it is given
        return origin.of("address"), backend.address
    return origin, show_backend(backend)


def repeated(texts: Sequence[str | None]) -> Iterator[tuple[int, int]]:
    """Yield (place of the first, place of a later) of texts that are equal.

    None is equal to nothing.
    """
    first: dict[str, int] = {}
    for index, text in enumerate(texts):
        if text is None:
            continue
        if text in first:
            yield first[text], index
        first.setdefault(text, index)
