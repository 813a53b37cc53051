"""Contradictions: what is wrong between settings that are each valid. Pure.

A rule is a function of the values and their origins that yields faults; RULES is all of
them. Each fault names the places that it is about, and what would be valid.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from statshard.settings.given import Origin
from statshard.settings.reading import cut, quoted, shortest

QUEUE_ENTRY = 24  # bytes that a waiting datagram takes beside its own, at most

Values = Mapping[str, Any]  # Any: the types are those of the settings' fields
Origins = Mapping[str, Origin]
Rule = Callable[[Values, Origins], Iterator[str]]


def contradictions(values: Values, origins: Origins) -> list[str]:
    """Return every fault."""
    return [fault for rule in RULES for fault in rule(values, origins)]


def no_backend(values: Values, _origins: Origins) -> Iterator[str]:
    """Refuse to have nowhere to forward to."""
    if not values["backend"]:
        yield (
            "no backend: nothing to forward to; "
            "add --backend HOST:PORT for each StatsD server, or [[backend]] to a file"
        )


def equal_names(values: Values, origins: Origins) -> Iterator[str]:
    """Refuse names given twice: a name is an identity in the ring."""
    names = [backend.name for backend in values["backend"]]
    for name in repeated(names):
        yield (
            f"{place(origins, 'backend')}: {names.count(name)} backends are named "
            f"{quoted(name)}; give each its own: --backend NAME=HOST:PORT, or name in "
            "its [[backend]]"
        )


def weights_of_djb2(values: Values, origins: Origins) -> Iterator[str]:
    """Refuse weights where the remainder of a division decides."""
    if values["hash"] != "djb2":
        return
    for backend in values["backend"]:
        if backend.weight != 1:
            yield (
                f"{place(origins, 'backend')}: {cut(backend.name)}: weight "
                f"{shortest(backend.weight)}: djb2 has no weights; leave it out, or "
                "choose the hash rendezvous"
            )


def small_queue(values: Values, origins: Origins) -> Iterator[str]:
    """Refuse a queue of which a worker's share holds no full datagram."""
    least = (values["max_payload"] + QUEUE_ENTRY) * values["workers"]
    if values["queue_bytes"] < least:
        yield (
            f"{place(origins, 'queue_bytes')} {values['queue_bytes']}: "
            f"{values['workers']} workers share it, and each must be able to keep a "
            f"datagram of {values['max_payload']} bytes; valid: {least} or more, or "
            "fewer workers"
        )


def equal_listeners(values: Values, origins: Origins) -> Iterator[str]:
    """Refuse to bind an address twice."""
    urls = [listen.url for listen in values["listen"] if listen.port]
    for url in repeated(urls):
        yield f"{place(origins, 'listen')} {quoted(url)}: given {urls.count(url)} times"


RULES: tuple[Rule, ...] = (
    no_backend,
    equal_names,
    weights_of_djb2,
    small_queue,
    equal_listeners,
)


def place(origins: Origins, key: str) -> str:
    """Return where a setting stands; of a default, what it would be set by."""
    return origins[key].place or "--" + key.replace("_", "-")


def repeated(texts: Sequence[str]) -> list[str]:
    """Return what occurs more than once, sorted."""
    return sorted({text for text in texts if texts.count(text) > 1})
