"""A state of any series, through a file's bytes and any number of restarts."""

import hashlib
import math
import struct

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from statshard.flush.gather import forget_idle
from statshard.flush.idle import IdleRules
from statshard.flush.state import (
    HEAD_SIZE,
    IDLE_MAX,
    State,
    add_counters,
    carried_counters,
    decode_state,
    encode_state,
    missed_flushes,
    open_counters,
    restore_gauges,
    state_of,
)
from statshard.plane._collected import ScriptedCollector
from statshard.plane.aggregation import Interval, Store
from tests.model.reading import read_datagram
from tests.model.store import Store as Twin

KEY = bytes(range(16))
MIB = 1 << 20
SECOND = State(1_700_000_000_000, ((b"g\xff", -0.5, 3),), ((b"", math.inf),))

names = st.binary(max_size=20)
states = st.builds(
    State,
    st.integers(0, 1 << 50),
    st.lists(st.tuples(names, st.floats(), st.integers(0, IDLE_MAX))).map(tuple),
    st.lists(st.tuples(names, st.floats())).map(tuple),
)


def bits(number: float) -> bytes:
    """Give each bit of a double, of those that are no numbers too."""
    return struct.pack("<d", number)


def shown(state: State) -> object:
    """Return all of a state, so that equal doubles are equal to the bit."""
    return (
        state.saved_ms,
        [(key, bits(value), idle) for key, value, idle in state.gauges],
        [(key, bits(number)) for key, number in state.counters],
    )


@given(states)
@example(SECOND)
def test_a_file_holds_a_state_to_the_bit(state: State) -> None:
    """Any names and any values come back as they were, in their order."""
    assert shown(state) == shown(decode_state(encode_state(state)))


def test_each_truncation_is_refused() -> None:
    """No beginning of a file is taken for a file."""
    octets = encode_state(SECOND)
    for size in range(len(octets)):
        with pytest.raises(ValueError, match=r"it is not|its checksum"):
            decode_state(octets[:size])


def test_each_flipped_byte_is_refused() -> None:
    """A file of which a byte is another, any other, is refused; so is a longer one."""
    octets = encode_state(SECOND)
    for at in range(len(octets)):
        for flip in range(1, 256):
            damaged = bytearray(octets)
            damaged[at] ^= flip
            with pytest.raises(ValueError, match=r"it is not|its version|its checksum"):
                decode_state(bytes(damaged))
    with pytest.raises(ValueError, match="its checksum is wrong"):
        decode_state(octets + b"\n")


@given(st.binary())
def test_what_is_no_state_is_refused(octets: bytes) -> None:
    """Any other bytes are refused by a ValueError, behind a head of ours too."""
    for head in (b"", encode_state(SECOND)[:HEAD_SIZE]):
        with pytest.raises(ValueError, match=r"it is not|its version|its checksum"):
            decode_state(head + octets)


def sealed(body: bytes) -> bytes:
    """Return a file with this body and its right checksum."""
    digest = hashlib.sha256(body).hexdigest().encode()
    return b"statshard state 1 %b\n%b" % (digest, body)


@given(
    st.one_of(
        st.binary(),
        st.recursive(
            st.none() | st.integers(-1, 1 << 33) | st.floats() | st.binary(),
            lambda inner: st.lists(inner, max_size=3),
        ).map(
            lambda drawn: msgspec.msgpack.encode(
                {"saved_ms": 1, "gauges": drawn, "counters": [drawn]}
            )
        ),
        st.just(msgspec.msgpack.encode({"saved_ms": -1})),
        st.just(msgspec.msgpack.encode({"saved_ms": 1, "timers": []})),
        st.just(msgspec.msgpack.encode({"gauges": [[b"g", 1.0, -1]]})),
        st.just(b"\x81\xa1\xff\x01"),
    )
)
def test_what_has_a_checksum_and_no_sense_is_refused(body: bytes) -> None:
    """Whatever was sealed and is no state is refused by a ValueError that says so."""
    with pytest.raises(ValueError, match="its content is not of this version"):
        decode_state(sealed(body))


# Few names, so that samples meet; whole numbers, so that sums are exact.
LINES = st.builds(
    "{}:{}|{}".format,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["1", "2", "+3", "-4"]),
    st.sampled_from(["c", "c", "g"]),
).map(str.encode)
INTERVALS = st.lists(st.lists(LINES, max_size=4), min_size=1, max_size=8)


class Run:
    """One server from its start to its stop: a store, and how it is filled."""

    def __init__(self) -> None:
        self.store = Store(KEY)
        self.interval = Interval(8 * MIB)
        self.collector = ScriptedCollector(self.interval, KEY)

    def fold(self, lines: list[bytes]) -> None:
        """End an interval of these lines."""
        for line in lines:
            self.collector.take(line)
        self.store.fold([self.interval])


@given(INTERVALS, st.lists(st.sampled_from(["put", "add", ""]), max_size=8))
def test_what_is_put_and_added_is_as_by_the_twin(
    intervals: list[list[bytes]], changes: list[str]
) -> None:
    """Gauges that are put, counters that are added and ages are the twin's."""
    run, twin = Run(), Twin()
    for turn, lines in enumerate(intervals):
        run.fold(lines)
        for key, sample in read_datagram(b"\n".join(lines), "strict").samples:
            twin.take(key, sample)
        twin.fold()
        for store in (run.store, twin):
            if changes[turn : turn + 1] == ["put"]:
                store.put_gauge("b", 7.0, turn)
            if changes[turn : turn + 1] == ["add"]:
                store.add_counter("b", 7.0)
        for type_ in ("counter", "gauge"):
            assert list(twin.idle(type_).items()) == list(run.store.idle(type_).items())
        assert (twin.counters(), twin.gauges()) == (
            run.store.counters(),
            run.store.gauges(),
        )


@given(
    INTERVALS,
    st.sets(st.integers(0, 7)),
    st.builds(IdleRules, gauge=st.integers(0, 4), counter=st.integers(0, 1)),
)
def test_restarts_change_nothing_of_gauges_and_counters(
    intervals: list[list[bytes]], stops: set[int], rules: IdleRules
) -> None:
    """Wherever it is stopped and started, each counter is told in sum once, and in each
    flush each gauge stands, and is gone, as if it had never been.
    """
    run, twin = Run(), Twin()
    carried: dict[str, float] = {}
    told: dict[str, float] = {}
    expected: dict[str, float] = {}
    for turn, lines in enumerate([*intervals, []]):
        for store in (run.store, twin):
            forget_idle(store, rules)
        run.fold(lines)
        for key, sample in read_datagram(b"\n".join(lines), "strict").samples:
            twin.take(key, sample)
        twin.fold()
        add_counters(run.store, carried)
        carried = {}
        assert twin.gauges() == run.store.gauges()
        if turn in stops and turn < len(intervals):
            saved = state_of(run.store, 0.0, open_counters(run.store))
            run, state = Run(), decode_state(encode_state(saved))
            restore_gauges(run.store, state, 0, rules)
            carried = carried_counters(state)
        for sums, store in ((told, run.store), (expected, twin)):
            for key, count in store.counters().items():
                sums[key] = sums.get(key, 0.0) + count
    assert expected == told


@given(
    idle=st.integers(0, 20) | st.integers(0, IDLE_MAX),
    age=st.floats(0, 400) | st.floats(0, 1e12),
    ttl=st.integers(0, 40) | st.integers(0, 1_000_000),
)
@example(idle=2, age=29.0, ttl=5)  # the last flush that would have told of it is over
@example(idle=2, age=29.0, ttl=6)  # the next is that
def test_the_time_away_counts_in_whole_intervals(
    idle: int, age: float, ttl: int
) -> None:
    """A gauge is as many flushes older as whole intervals have passed, and is known
    again where the next flush would tell of it.
    """
    missed = missed_flushes(age, 10.0)
    assert min(int(age / 10.0), IDLE_MAX) == missed
    store = Store(KEY)
    restored = restore_gauges(
        store, State(0, ((b"g", 1.0, idle),)), missed, IdleRules(gauge=ttl)
    )
    is_known = ttl == 0 or idle + missed < ttl - 1
    assert (int(is_known), int(not is_known)) == (restored.gauges, restored.expired)
    expected = {"g": min(idle + missed, IDLE_MAX)} if is_known else {}
    assert expected == store.idle("gauge")


def test_a_clock_before_its_epoch_saves_what_can_be_read() -> None:
    """A host that has no time yet saves a state that is a state."""
    state = state_of(Store(KEY), -5.0, {})
    assert (0, state) == (state.saved_ms, decode_state(encode_state(state)))


def test_a_counter_without_samples_is_not_open() -> None:
    """What came in the open interval is saved, be it 0 in sum; what only stands at 0
    is not.
    """
    run = Run()
    run.fold([b"a:1|c"])
    run.fold([b"b:0|c"])
    assert {"a": 0.0, "b": 0.0} == run.store.counters()
    assert {"b": 0.0} == open_counters(run.store)


def test_the_oldest_gauge_is_saved_again() -> None:
    """One that is as old as a state can say grows older, and can be saved."""
    run = Run()
    run.store.put_gauge("g", 1.0, IDLE_MAX)
    run.fold([])
    state = decode_state(encode_state(state_of(run.store, 0.0, {})))
    assert ((b"g", 1.0, IDLE_MAX),) == state.gauges
