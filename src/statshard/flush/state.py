"""State: what a server knows across a restart, and the bytes of a file of it.

    statshard state 1 <SHA-256 of the body, 64 hex digits> LF      the head
    {saved_ms, gauges: [[key, value, idle], ...], counters: [[key, sum], ...]}
                                                           the body, in MessagePack

Rules:
- keys are bytes, as they came; values are doubles, to the last bit;
- `idle` is a gauge's age in flushes: since how many it has had no samples. Each whole
  interval that the server was down is one more, so `gauges_max_ttl` goes on counting;
- `counters` holds sums that no flush has told of; whoever takes them tells them once;
- a file is whole or refused: the version and the checksum come before the content.

Pure. Must not know: files, clocks, when it is saved.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol

import msgspec

from statshard.flush.gather import text_of
from statshard.flush.idle import IdleRules

VERSION = b"1"
HEAD = re.compile(rb"statshard state (\d+) ")
HEAD_SIZE = len(b"statshard state 1 ") + 64 + 1
IDLE_MAX = 1 << 30  # flushes; beyond every ttl, and so that counting on never wraps

Idle = Annotated[int, msgspec.Meta(ge=0, le=IDLE_MAX)]


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept."""

    saved_ms: Annotated[int, msgspec.Meta(ge=0)]  # since the epoch, by the wall clock
    gauges: tuple[tuple[bytes, float, Idle], ...] = ()  # key, value, flushes
    counters: tuple[tuple[bytes, float], ...] = ()  # key, sum


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a state's gauges."""

    gauges: int = 0  # that stand again
    expired: int = 0  # told of long enough, where idle ones are deleted
    refused: int = 0  # for which there was no memory


class Store(Protocol):
    """What is asked of the plane's Store."""

    def counters(self) -> Mapping[str, float]:
        """Return key -> sum."""

    def gauges(self) -> Mapping[str, float]:
        """Return key -> value."""

    def idle(self, type_: str) -> Mapping[str, int]:
        """Return key -> folds since samples came."""

    def put_gauge(self, key: str, value: float, idle: int = ...) -> None:
        """Let a gauge stand at a value; raises MemoryError."""

    def add_counter(self, key: str, number: float) -> None:
        """Add to what a counter came to; raises MemoryError."""


def state_of(store: Store, wall_s: float, counters: Mapping[str, float]) -> State:
    """Return all gauges of a store, and these counters, as they are at a time."""
    idle = store.idle("gauge")
    return State(
        saved_ms=max(0, round(1000 * wall_s)),
        gauges=tuple(
            (octets_of(key), value, min(idle[key], IDLE_MAX))
            for key, value in store.gauges().items()
        ),
        counters=tuple((octets_of(key), number) for key, number in counters.items()),
    )


def open_counters(store: Store) -> dict[str, float]:
    """Return the counters to which samples came in the last fold, with their sums."""
    idle = store.idle("counter")
    return {key: count for key, count in store.counters().items() if idle[key] == 0}


def carried_counters(state: State) -> dict[str, float]:
    """Return a state's counters, to be told with the next flush."""
    return {text_of(key): number for key, number in state.counters}


def add_counters(store: Store, counters: Mapping[str, float]) -> None:
    """Add these to the last fold; raises MemoryError, with some of them added."""
    for key, number in counters.items():
        store.add_counter(key, number)


def restore_gauges(
    store: Store, state: State, missed: int, rules: IdleRules
) -> Restored:
    """Let a state's gauges stand again, `missed` flushes older.

    Not those that the next flush would not tell of.
    """
    limits = {each.type: each.idle for each in rules.list_expiries()}
    limit = limits.get("gauge", IDLE_MAX + 1)
    gauges = expired = refused = 0
    for key, value, was_idle in state.gauges:
        idle = min(was_idle + missed, IDLE_MAX)
        if idle >= limit:
            expired += 1
            continue
        try:
            store.put_gauge(text_of(key), value, idle)
            gauges += 1
        except MemoryError:
            refused += 1
    return Restored(gauges, expired, refused)


def age_s(state: State, wall_s: float) -> float:
    """Return how old a state is; 0 where the wall clock was set back behind it."""
    return max(0.0, wall_s - state.saved_ms / 1000)


def missed_flushes(age: float, interval_s: float) -> int:
    """Return how many whole intervals fit into an age, in seconds."""
    return int(min(age / interval_s, IDLE_MAX))


def encode_state(state: State) -> bytes:
    """Return the bytes of a file."""
    body = msgspec.msgpack.encode(state)
    digest = hashlib.sha256(body).hexdigest().encode()
    return b"statshard state %b %b\n%b" % (VERSION, digest, body)


def decode_state(octets: bytes) -> State:
    """Return what a file holds; raises ValueError that says why it is none of ours."""
    refuse_head(octets)
    head, body = octets[:HEAD_SIZE], octets[HEAD_SIZE:]
    digest = hashlib.sha256(body).hexdigest().encode()
    if head != b"statshard state %b %b\n" % (VERSION, digest):
        raise ValueError("its checksum is wrong: it is damaged, or not whole")
    try:
        return msgspec.msgpack.decode(body, type=State)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise ValueError(f"its content is not of this version: {fault}") from None


def refuse_head(octets: bytes) -> None:
    """Raise ValueError where a file, by its first HEAD_SIZE bytes, is none of ours."""
    match = HEAD.match(octets)
    if match is None:
        raise ValueError("it is not a statshard state, or damaged")
    if match[1] != VERSION:
        version = match[1][:9].decode()
        raise ValueError(f"its version is {version}; valid: {VERSION.decode()}")


def octets_of(key: str) -> bytes:
    """Return the bytes of a key."""
    return key.encode("utf-8", "surrogateescape")
