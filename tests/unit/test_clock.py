"""The flush clock: when intervals end, on clocks that are handed in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statshard.flush.clock import FlushClock, Moment

WALL = 1_700_000_000.0


def plain(interval_s: float = 10.0) -> FlushClock:
    """Return a clock that was started at (1000, WALL)."""
    return FlushClock(interval_s, Moment(1000.0, WALL), is_aligned=False)


@given(
    st.sampled_from([0.1, 1.0, 3.3, 10.0]),
    st.lists(st.floats(0, 0.9), min_size=1, max_size=50),
)
def test_lateness_does_not_add_up(interval_s: float, lates: list[float]) -> None:
    """However late each flush is, within an interval, the k-th is due at its time."""
    clock = plain(interval_s)
    for turn, late in enumerate(lates, 1):
        due_s = 1000.0 + turn * interval_s
        assert clock.wait_s(Moment(due_s - interval_s / 2, WALL)) > 0
        assert clock.wait_s(Moment(due_s, WALL)) == 0
        clock.end(Moment(due_s + late * interval_s, WALL))


def test_a_time_stamp_is_rounded_half_up() -> None:
    """The stamp is the wall clock's second, from .5 the next one."""
    stamps = [
        plain().end(Moment(1010.0, WALL + part)).timestamp - int(WALL)
        for part in (0.0, 0.49, 0.5, 1.5)
    ]
    assert [0, 0, 1, 2] == stamps


def test_flushes_that_were_missed_are_not_made_up_for() -> None:
    """After a stall over three intervals there is one long interval and no burst."""
    clock = plain()
    late = clock.end(Moment(1035.0, WALL + 35))
    assert (True, 35.0) == (late.is_irregular, late.elapsed_s)
    assert clock.wait_s(Moment(1035.0, WALL + 35)) == 5.0


def test_a_flush_before_it_is_due_moves_none() -> None:
    """The end of a shortened interval leaves the next flush where it was."""
    clock = plain()
    early = clock.end(Moment(1003.0, WALL))
    assert (True, 3.0) == (early.is_irregular, early.elapsed_s)
    assert clock.wait_s(Moment(1003.0, WALL)) == 7.0


def test_intervals_that_go_on_are_one_with_the_next() -> None:
    """An interval that could not be told, and the next again, are one, irregular, with
    the third; flushes are due when they would have been, and the fourth is regular.
    """
    clock = plain()
    for turn in (1, 2):
        clock.reopen(clock.end(Moment(1000.0 + 10 * turn, WALL)))
        assert clock.wait_s(Moment(1000.0 + 10 * turn, WALL)) == 10.0
    third, fourth = clock.end(Moment(1030.0, WALL)), clock.end(Moment(1040.0, WALL))
    assert (30.0, True) == (third.elapsed_s, third.is_irregular)
    assert (10.0, False) == (fourth.elapsed_s, fourth.is_irregular)


@pytest.mark.parametrize("jump_s", [-86_400.0, -25.0, 25.0, 86_400.0])
def test_the_wall_clock_does_not_move_a_plain_clock(jump_s: float) -> None:
    """A jump of the wall clock changes the stamp and nothing else."""
    clock = plain()
    assert clock.wait_s(Moment(1004.0, WALL + jump_s)) == 6.0
    ended = clock.end(Moment(1010.0, WALL + 10 + jump_s))
    assert (False, int(WALL + 10 + jump_s)) == (ended.is_irregular, ended.timestamp)


def aligned(wall_s: float) -> FlushClock:
    """Return a clock of 10 s, aligned, that was started at (1000, wall_s)."""
    return FlushClock(10.0, Moment(1000.0, wall_s), is_aligned=True)


def test_an_aligned_clock_goes_by_multiples() -> None:
    """The first flush is at the next multiple, and irregular; the next is not."""
    clock = aligned(WALL + 3)
    assert clock.wait_s(Moment(1000.0, WALL + 3)) == 7.0
    first = clock.end(Moment(1007.0, WALL + 10))
    assert (True, int(WALL) + 10) == (first.is_irregular, first.timestamp)
    assert clock.wait_s(Moment(1007.0, WALL + 10)) == 10.0
    second = clock.end(Moment(1017.01, WALL + 20.01))
    assert (False, int(WALL) + 20) == (second.is_irregular, second.timestamp)


def test_a_jump_forward_ends_an_aligned_interval() -> None:
    """Set forward over a multiple, it flushes at once, and then at multiples."""
    clock = aligned(WALL)
    assert clock.wait_s(Moment(1002.0, WALL + 3602)) == 0.0
    assert clock.end(Moment(1002.0, WALL + 3602)).is_irregular
    assert clock.wait_s(Moment(1002.0, WALL + 3602)) == 8.0


def test_a_jump_back_makes_no_long_interval() -> None:
    """Set back by an hour, it flushes at the next multiple of the new time."""
    clock = aligned(WALL)
    assert clock.wait_s(Moment(1002.0, WALL - 3598)) == 8.0
    assert clock.wait_s(Moment(1010.0, WALL - 3590)) == 0.0
    ended = clock.end(Moment(1010.0, WALL - 3590))
    assert (False, int(WALL) - 3590) == (ended.is_irregular, ended.timestamp)


@given(
    st.sampled_from([0.1, 0.7, 1.0, 10.0]),
    st.floats(0, 1e10, allow_nan=False),
    st.lists(st.floats(-100, 100), max_size=20),
)
def test_an_aligned_interval_is_never_longer_than_it_should_be(
    interval_s: float, wall_s: float, jumps: list[float]
) -> None:
    """Whatever the wall clock does, the next flush is at most one interval away, and
    after a flush never right now.
    """
    clock = FlushClock(interval_s, Moment(0.0, wall_s), is_aligned=True)
    for jump in jumps:
        wall_s = max(0.0, wall_s + jump)
        wait_s = clock.wait_s(Moment(0.0, wall_s))
        assert 0 <= wait_s <= interval_s * 1.000001 + 1e-5
        if wait_s == 0:
            clock.end(Moment(0.0, wall_s))
            assert clock.wait_s(Moment(0.0, wall_s)) > 0
