# counters: the tables of what is counted, typed; the words themselves are C.
from typing import NamedTuple

class DropReason(NamedTuple):
    name: str
    at: str
    help: str

class Counter(NamedTuple):
    name: str
    unit: str
    labels: tuple[str, ...]
    help: str

REASONS_TABLE: tuple[DropReason, ...]
COUNTERS_TABLE: tuple[Counter, ...]
LISTENER_FIELDS: tuple[str, ...]
LINK_FIELDS: tuple[str, ...]
