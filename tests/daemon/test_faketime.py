"""Jumps of the wall clock under real processes: faketime(1)'s library tells them a time
that a file says.

Their monotonic clock stays the real one, as it does when an administrator or NTP sets a
wall clock. tests/daemon/test_clock_jump.py hands the same jumps in.
"""

import time
from pathlib import Path

import pytest

from tests.daemon.test_serve import send
from tests.daemon.test_serve_limits import wait_for_samples
from tests.support.build import SANITIZER
from tests.support.serve import Serve
from tests.support.wait import wait_until

NOON = 1_700_006_400  # a multiple of an hour
HOUR_S = 3600
LATE_S = 60  # what a stamp may be behind the time that was set: of a busy machine
LIBRARIES = sorted(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"))


def why_not() -> str:
    """Return why no clock can be faked, or nothing."""
    if SANITIZER:
        return "a sanitizer must be the first library that is loaded"
    if not LIBRARIES:
        return "faketime(1) is missing: apt-get install faketime"
    return ""


pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "nothing missing")


class WallClock:
    """The wall clock of processes that are started after it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = folder / "offset"
        for name, value in {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self.path),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }.items():
            monkeypatch.setenv(name, value)

    def set_to(self, wall_s: int) -> None:
        """Set it; from there it goes on."""
        half = self.path.with_suffix(".new")
        half.write_text(f"{wall_s - time.time():+.3f}\n", encoding="utf-8")
        half.replace(self.path)


def stamps(serve: Serve) -> list[int]:
    """Return the times of the flushes so far."""
    return [flush["timestamp"] for flush in serve.flushes()]


def is_soon_after(stamp: int, wall_s: int) -> bool:
    """Tell whether a stamp is of the time that was set."""
    return wall_s <= stamp <= wall_s + LATE_S


def wait_for_flush_after(serve: Serve, wall_s: int) -> None:
    """Wait until the newest flush is stamped with the time that was set."""
    wait_until(lambda: any(is_soon_after(x, wall_s) for x in stamps(serve)[-1:]))


def test_an_aligned_server_follows_the_wall_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set forward over five hours, the clock ends the interval once, at once; set back,
    it ends the next at the first full hour that it meets; what was counted meanwhile is
    told once.
    """
    clock = WallClock(tmp_path, monkeypatch)
    clock.set_to(NOON + 100)
    with Serve(tmp_path, "--aligned", "--flush-interval", "1h") as serve:
        send(serve, b"a:1|c")
        wait_for_samples(serve, 1)
        clock.set_to(NOON + 5 * HOUR_S + 7)
        wait_until(lambda: len(stamps(serve)) == 1)
        send(serve, b"a:2|c")
        wait_for_samples(serve, 2)
        clock.set_to(NOON - 5 * HOUR_S - 3)
        wait_until(lambda: len(stamps(serve)) == 2)
        send(serve, b"a:4|c")
        ending = serve.stop()
    forward, back, last = stamps(serve)
    assert is_soon_after(forward, NOON + 5 * HOUR_S + 7)
    assert is_soon_after(back, NOON - 5 * HOUR_S)
    assert is_soon_after(last, back)
    assert (0, "yes") == (ending.status, ending.balance["closes"])
    assert [1, 2, 4] == [flush["counters"]["a"] for flush in serve.flushes()]


def test_a_plain_server_only_stamps_by_the_wall_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that is set forward or back by a day neither stops flushes nor makes up
    for any: their times jump, and what came is told once.
    """
    clock = WallClock(tmp_path, monkeypatch)
    clock.set_to(NOON)
    with Serve(tmp_path, "--flush-interval", "1s") as serve:
        for day in (1, -1, 0):
            wall_s = NOON + day * 24 * HOUR_S
            clock.set_to(wall_s)
            send(serve, b"a:1|c")
            wait_for_flush_after(serve, wall_s)
        ending = serve.stop()
    assert (0, "yes") == (ending.status, ending.balance["closes"])
    assert 3 == sum(flush["counters"].get("a", 0) for flush in serve.flushes())
