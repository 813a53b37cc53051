"""The nap: compiled = plain twin, and its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from statshard.plane import _testing
from tests.model import nap as model

MS = 1_000_000
SECOND = 1_000_000_000

cycles = st.lists(
    st.tuples(
        st.integers(0, 50_000),  # datagrams found
        st.integers(0, 2 * SECOND),  # asleep before
        st.integers(0, 20 * MS),  # at work
    ),
    max_size=80,
)


@given(
    cycles,
    st.integers(0, 1000 * MS),
    st.integers(2304, 1 << 30),
    st.integers(0, 1 << 50),
)
def test_compiled_and_plain_nap_agree(
    rows: list[tuple[int, int, int]], max_delay: int, buffer_bytes: int, start: int
) -> None:
    """After any cycles, both twins sleep equally long and are equally busy."""
    compiled = _testing.NapDoor(max_delay, buffer_bytes, start)
    plain = model.Nap(max_delay, buffer_bytes, start)
    now = start
    for datagrams, asleep, work in rows:
        woken = now + asleep
        now = woken + work
        compiled.note_cycle(datagrams, woken, now)
        plain.note_cycle(datagrams, woken, now)
        assert plain.nap_ns() == compiled.nap_ns()
        assert plain.is_busy() == compiled.is_busy()


@given(cycles, st.integers(0, 1000 * MS), st.integers(2304, 1 << 30))
def test_nap_and_work_stay_within_the_delay_and_the_buffer(
    rows: list[tuple[int, int, int]], max_delay: int, buffer_bytes: int
) -> None:
    """No nap is longer than the delay less the work, or a quarter of the buffer."""
    nap = _testing.NapDoor(max_delay, buffer_bytes, 0)
    now = 0
    for datagrams, asleep, work in rows:
        nap.note_cycle(datagrams, now + asleep, now + asleep + work)
        now += asleep + work
        assert nap.nap_ns() <= max(0, max_delay - work)
        assert nap.nap_ns() * 832 * 200_000 <= buffer_bytes * SECOND / 4


def steady(rate: int, *, buffer_bytes: int = 16 << 20) -> _testing.NapDoor:
    """Return a nap after 5 s at a rate, in cycles of 2 ms with 0.2 ms of work."""
    nap = _testing.NapDoor(5 * MS, buffer_bytes, 0)
    for cycle in range(2500):
        end = (cycle + 1) * 2 * MS
        nap.note_cycle(rate // 500, end - MS // 5, end)
    return nap


def test_at_200_000_a_second_a_nap_finds_four_hundred() -> None:
    """At 200 000 datagrams/s the nap is 2 ms."""
    assert abs(steady(200_000).nap_ns() - 2 * MS) < MS // 100


def test_at_20_000_a_second_a_nap_is_as_long_as_the_delay_allows() -> None:
    """At 20 000 datagrams/s the nap is what the work leaves of 5 ms."""
    assert steady(20_000).nap_ns() == 5 * MS - MS // 5


def test_a_small_buffer_shortens_the_nap() -> None:
    """With the kernel's default of 212 992 bytes a nap is at most 0.32 ms."""
    assert steady(20_000, buffer_bytes=212_992).nap_ns() == 212_992 * SECOND // (
        4 * 832 * 200_000
    )


def test_an_idle_worker_waits_for_the_first_datagram() -> None:
    """Without traffic a worker is not busy, at 200 000/s it is."""
    assert (False, True) == (steady(500).is_busy(), steady(200_000).is_busy())


def test_a_burst_is_remembered_through_the_idle_time_behind_it() -> None:
    """After 0.2 s at 1 000 000/s every 10 s, the nap leaves a small buffer its room."""
    buffer_bytes = 425_984
    nap = _testing.NapDoor(5 * MS, buffer_bytes, 0)
    now = 0
    for _ in range(3):
        for _ in range(200):
            now += MS
            nap.note_cycle(1000, now - MS // 10, now)
        now += 10 * SECOND
    assert nap.nap_ns() <= buffer_bytes * SECOND // (4 * 832 * 900_000)
