"""Watch: changes of state, each told once, and only when they are sure."""

import pytest

from statshard.daemon.balance import BackendCounts, Balance
from statshard.daemon.watch import (
    KERNEL_DROPS_ADVICE,
    KERNEL_DROPS_S,
    QUIET_LOOKS,
    Event,
    Watch,
)

LISTENERS = ["udp://127.0.0.1:1", "udp://127.0.0.1:2"]
LISTENER = {"received_datagrams": 0, "received_lines": 0, "truncated_datagrams": 0}


class Story:
    """A watch and the counts of one backend, which looks advance by a second."""

    def __init__(self) -> None:
        self.watch = Watch(LISTENERS)
        self.now_s = 0.0
        self.forwarded = 0
        self.refused = 0
        self.drops = [0, 0]

    def look(
        self,
        *,
        sent: int = 0,
        refused: int = 0,
        waiting: int = 0,
        packed: int = 0,
        name: str = "a",
    ) -> list[Event]:
        """Let a second pass in which this happened, and return what is told."""
        self.now_s += 1
        self.forwarded += sent
        self.refused += refused
        counts = BackendCounts(
            forwarded_lines=self.forwarded,
            forwarded_datagrams=self.forwarded,
            forwarded_bytes=self.forwarded,
            refused_datagrams=self.refused,
            waiting_lines=packed + waiting,
            queued_lines=waiting,
            dropped={},
        )
        balance = Balance((LISTENER,), tuple(self.drops), {name: counts}, {}, ())
        return list(self.watch.look(balance, self.now_s))


def test_quiet_is_not_told() -> None:
    """Where nothing happens, and where all goes well, nothing is told."""
    story = Story()
    assert [story.look(sent=sent) for sent in (0, 1, 0, 99)] == [[]] * 4


def test_refusals_are_told_once() -> None:
    """The first look with refusals tells of them, the following ones do not."""
    story = Story()
    story.look(sent=5)
    assert story.look(sent=5, refused=2) == [
        ("backend_refuses", {"backend": "a", "datagrams": 2}),
    ]
    assert [story.look(sent=5, refused=1) for _ in range(9)] == [[]] * 9


def test_refusals_before_the_first_look_are_told() -> None:
    """What was refused between the start and the first look is told then."""
    assert Story().look(sent=9, refused=3) == [
        ("backend_refuses", {"backend": "a", "datagrams": 3}),
    ]


def test_a_backend_takes_again_after_some_quiet() -> None:
    """Only several looks in a row without a refusal, while datagrams go out, are a
    return, and it is told once.
    """
    story = Story()
    story.look()
    story.look(sent=9, refused=4)
    early = [story.look(sent=1) for _ in range(QUIET_LOOKS - 1)]
    assert early == [[]] * (QUIET_LOOKS - 1)
    assert story.look(sent=1) == [
        ("backend_takes", {"backend": "a", "refused_datagrams": 4}),
    ]
    assert [story.look(sent=1) for _ in range(9)] == [[]] * 9


def test_silence_is_no_return() -> None:
    """A backend to which nothing is sent is not said to take anything again."""
    story = Story()
    story.look()
    story.look(sent=1, refused=1)
    assert [story.look() for _ in range(99)] == [[]] * 99


def test_a_refusal_begins_the_quiet_anew() -> None:
    """A refusal among quiet looks is neither told again nor forgotten."""
    story = Story()
    story.look()
    story.look(sent=1, refused=1)
    for _ in range(9):
        assert [story.look(sent=1) for _ in range(QUIET_LOOKS - 1)] == [[], []]
        assert story.look(sent=1, refused=1) == []


def test_a_second_time_is_told_again() -> None:
    """Who goes, comes back and goes again is told of three times."""
    story = Story()
    story.look()
    looks = [story.look(sent=1, refused=1)]
    looks += [story.look(sent=1) for _ in range(QUIET_LOOKS)]
    looks += [story.look(sent=1, refused=1)]
    assert [event for told in looks for event, _ in told] == [
        "backend_refuses",
        "backend_takes",
        "backend_refuses",
    ]


def test_lines_that_are_only_packed_do_not_wait() -> None:
    """Lines that every look finds in an open datagram are not told of."""
    story = Story()
    looks = [story.look(packed=packed) for packed in (5, 9, 7, 1)]
    assert looks == [[]] * 4


def test_waiting_is_told_once_and_so_is_its_end() -> None:
    """Lines that a backend could not take are told of once, and when none is left."""
    story = Story()
    looks = [story.look(waiting=waiting, packed=3) for waiting in (0, 5, 6, 1, 0, 0)]
    assert [
        [],
        [("backend_waits", {"backend": "a", "lines": 5})],
        [],
        [],
        [("backend_flows", {"backend": "a"})],
        [],
    ] == looks


def test_backends_are_watched_apart() -> None:
    """What one backend does is told of that one only."""
    story = Story()
    story.look(name="a")
    story.look(name="b")
    assert story.look(sent=1, refused=1, name="b") == [
        ("backend_refuses", {"backend": "b", "datagrams": 1}),
    ]


def dropped(listener: int, datagrams: int) -> Event:
    """Return what is told of datagrams that the kernel dropped."""
    return "kernel_dropped", {
        "listener": LISTENERS[listener],
        "datagrams": datagrams,
        "advice": KERNEL_DROPS_ADVICE,
    }


def test_kernel_drops_are_told_at_most_once_a_minute() -> None:
    """The first drops are told at once, later ones together after a minute."""
    story = Story()
    assert story.look() == []
    story.drops[1] = 5
    assert [dropped(1, 5)] == story.look()
    told = []
    for _ in range(int(KERNEL_DROPS_S)):
        story.drops[1] += 1
        told += story.look()
    assert [dropped(1, int(KERNEL_DROPS_S))] == told


def test_kernel_drops_of_all_listeners_are_told_together() -> None:
    """Listeners that drop at the same time do not hide one another."""
    story = Story()
    story.drops = [3, 4]
    assert [dropped(0, 3), dropped(1, 4)] == story.look()


@pytest.mark.parametrize("looks", [1, 99])
def test_old_kernel_drops_are_not_told_again(looks: int) -> None:
    """Drops that have been told are not told again, however much time passes."""
    story = Story()
    story.drops = [3, 0]
    assert [dropped(0, 3)] == story.look()
    assert [story.look() for _ in range(looks)] == [[]] * looks
