"""Contradictions: what is wrong between settings that are each valid. Pure.

A rule is a function of the values and their origins that yields faults, and the keys
that it needs; RULES is all of them. Each fault stands at the very entry that it is
about, and says what would be valid.
"""

from collections.abc import Iterator, Sequence

from statshard.settings.addresses import Backend, show_backend
from statshard.settings.fault import Fault
from statshard.settings.given import Origin
from statshard.settings.reading import cut
from statshard.settings.section import Origins, Rule
from statshard.settings.setting import Values, table_of

SHOW = {row.key: row.kind.show for row in table_of(Backend)}
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


def weights_of_djb2(values: Values, origins: Origins) -> Iterator[Fault]:
    """Refuse weights where the remainder of a division decides."""
    if values["hash"] != "djb2":
        return
    for index, backend in enumerate(values["backend"]):
        if backend.weight != 1:
            what = (
                f"backend {cut(backend.name)}: djb2 has no weights; valid: none, or "
                "the hash rendezvous"
            )
            origin = origins["backend"].of(index)
            yield Fault(*at_backend(origin, "weight", backend), what)


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
    Rule(("backend", "hash"), weights_of_djb2),
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
