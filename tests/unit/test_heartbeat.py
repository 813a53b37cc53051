"""The heartbeat of workers, on a clock that is handed in."""

from statshard.daemon.heartbeat import Heartbeat


def stalled(looks: list[tuple[float, int, int]]) -> list[list[int]]:
    """Return who is stalled at each of some looks: (time, beats of two workers)."""
    heartbeat = Heartbeat()
    return [list(heartbeat.look(beats, at_s)) for at_s, *beats in looks]


def test_a_worker_that_moves_is_well() -> None:
    """However far apart the looks are, who has moved since the last is not stalled."""
    assert [[], [], [], []] == stalled([(0, 1, 1), (9, 2, 3), (99, 4, 5), (999, 6, 7)])


def test_a_worker_that_stands_for_three_seconds_is_stalled() -> None:
    """Only the one that stands still is told, after 3 s and at three looks."""
    looks = [(0.0, 1, 1), (1.0, 2, 1), (2.0, 3, 1), (2.9, 4, 1), (3.0, 5, 1)]
    assert [[], [], [], [], [1]] == stalled(looks)


def test_a_process_that_was_stopped_is_no_stall() -> None:
    """After a pause of everybody a worker has the looks of a second each to move."""
    assert [[], [], [], []] == stalled([(0, 1, 1), (60, 1, 1), (61, 1, 1), (62, 2, 2)])


def test_a_worker_that_moves_again_begins_anew() -> None:
    """One beat in between is enough."""
    looks = [(0.0, 1, 1), (2.0, 2, 1), (2.5, 3, 2), (3.0, 4, 2), (5.0, 5, 2)]
    assert [[], [], [], [], []] == stalled(looks)
