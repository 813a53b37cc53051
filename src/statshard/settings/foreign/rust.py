"""Rust: the config.ini of the Rust sharding proxy, which `run -c` takes as it is too.

Its reader is ini_file.py; this makes a Foreign of what that says. Its environment
variables are no part of the file, and are not asked. Must not know: the format.
"""

from statshard.settings.foreign.foreign import Draft, Foreign, Item, Source, numbered
from statshard.settings.foreign.program import Program
from statshard.settings.given import Raw
from statshard.settings.ini_file import is_ini, read_ini
from statshard.settings.reading import host_and_port

TITLE = "the Rust sharding proxy"
NOTES = (
    (
        "That program's variables BIND_INTERFACE, BIND_PORT and THREADS are above its "
        "file; they were not asked."
    ),
)


def read(source: Source) -> Foreign:
    """Return what a config.ini says."""
    draft = Draft(source, TITLE)
    faults: list[str] = []
    given = read_ini(source.shown, source.text, {}, faults)
    draft.faults += [(index, fault) for index, fault in enumerate(faults)]
    for raw in given.lists["listen"]:
        if isinstance(raw, Raw):
            item = _item("bind_port", raw)
            draft.listen(item, *host_and_port(str(raw.value)[6:], lowest_port=0))
    for entry in given.lists["backend"]:
        raw = entry["address"] if not isinstance(entry, Raw) else entry
        host, _, port = str(raw.value).rpartition(":")
        draft.add(_item("destinations", raw), host, port)
    threads = given.values["workers"]
    text = str(threads.value)
    is_whole = text.isascii() and text.isdigit() and len(text) < len(str(1 << 32))
    draft.offer("workers", _item("threads", threads), int(text) if is_whole else text)
    if not draft.backends and not draft.faults:
        draft.blame(0, "no destinations; valid: destinations = HOST:PORT ...")
    foreign = Foreign("djb2", "embedded", numbered(draft.backends), {}, notes=NOTES)
    return draft.finish(foreign)


def _item(key: str, raw: Raw) -> Item:
    """Return a value with the line that it stands on."""
    line = raw.origin.place.rpartition(":")[2]
    return Item(int(line) if line.isdigit() else 0, key, raw.value)


PROGRAM = Program("rust", TITLE, is_ini, read)
