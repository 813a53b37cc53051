"""Rust: the config.ini of the Rust sharding proxy, which `run -c` takes as it is too.

Its reader is ini_file.py; this makes a Foreign of what that says. Its environment
variables are no part of the file, and are not asked. Must not know: the format.
"""

from collections.abc import Iterator

from statshard.settings.fault import Fault
from statshard.settings.foreign.foreign import Draft, Foreign, Item, Source, numbered
from statshard.settings.foreign.program import Program
from statshard.settings.given import JUDGED, Given, Raw
from statshard.settings.ini_file import is_ini, read_ini
from statshard.settings.reading import host_and_port

TITLE = "the Rust sharding proxy"
SCHEME = "udp://"
DIGITS_MAX = 10  # of a number of threads
NOTES = (
    (
        "That program's variables BIND_INTERFACE, BIND_PORT and THREADS are above its "
        "file; they were not asked."
    ),
)


def read(source: Source) -> Foreign:
    """Return what a config.ini says."""
    draft = Draft(source, TITLE)
    faults: list[Fault] = []
    parts = read_ini(source.shown, source.text, {}, faults).parts
    draft.faults += [(fault.order[1], str(fault)) for fault in faults]
    for raw in _raws(parts["listen"]):
        host, port = host_and_port(str(raw.value).removeprefix(SCHEME), lowest_port=0)
        draft.listen(_item("bind_port", raw), host, port)
    for raw in _raws(parts.get("backend")):
        host, _, text = str(raw.value).rpartition(":")
        draft.add(_item("destinations", raw), host, text)
    for raw in _raws(parts["workers"]):
        text = str(raw.value)
        is_whole = text.isascii() and text.isdigit() and len(text) < DIGITS_MAX
        draft.offer("workers", _item("threads", raw), int(text) if is_whole else text)
    if not draft.backends and not draft.faults:
        draft.blame(0, "no destinations; valid: destinations = HOST:PORT ...")
    foreign = Foreign("djb2", "embedded", numbered(draft.backends), {}, notes=NOTES)
    return draft.finish(foreign)


def _raws(given: Raw | Given | None) -> Iterator[Raw]:
    """Yield the values of a list that are not judged; of a backend its address."""
    if isinstance(given, Raw):
        yield from [given] if given.value is not JUDGED else []
    elif given is not None:
        parts = given.parts
        for part in [parts["address"]] if "address" in parts else parts.values():
            yield from _raws(part)


def _item(key: str, raw: Raw) -> Item:
    """Return a value with the line that it stands on."""
    return Item(raw.origin.line, key, raw.value)


PROGRAM = Program("rust", TITLE, is_ini, read)
