"""The threads of a flush: the priority that they leave to the workers, and that nobody
waits for them.
"""

import asyncio
import os
import subprocess
import sys
import threading

import pytest

from statshard.daemon.background import GIVES_WAY, LAST_NICE, Background
from tests.support.wait import TIMEOUT_S, wait_until

# A loop whose default executor has a call that never ends.
HANGING = """
import asyncio, sys, threading
from statshard.daemon.background import Background

async def run():
    loop = asyncio.get_running_loop()
    loop.set_default_executor(Background())
    begun = threading.Event()
    def hang():
        begun.set()
        threading.Event().wait()
    loop.run_in_executor(None, hang)
    await asyncio.to_thread(begun.wait)

asyncio.run(run())
sys.exit(7)
"""


def own_nice() -> int:
    """Return the calling thread's nice value."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_only_the_threads_of_a_flush_give_way() -> None:
    """They are nicer than the process is, and this thread stays as it was."""
    before = own_nice()
    inside = Background().submit(own_nice).result(TIMEOUT_S)
    assert min(before + GIVES_WAY, LAST_NICE) == inside
    assert before == own_nice()


def test_a_call_that_never_ends_keeps_no_process() -> None:
    """A process ends with its own exit status, though a thread of its loop hangs."""
    run = subprocess.run(
        [sys.executable, "-c", HANGING], check=False, timeout=TIMEOUT_S
    )
    assert 7 == run.returncode


def test_calls_beyond_the_bound_wait_their_turn() -> None:
    """So many calls run at a time and no more; the others follow in order, and one that
    is given up while it waits is never made.
    """
    executor = Background(2)
    ends = threading.Event()
    begun: list[int] = []

    def call(number: int) -> int:
        begun.append(number)
        ends.wait(TIMEOUT_S)
        return number

    futures = [executor.submit(call, number) for number in range(5)]
    wait_until(lambda: len(begun) == 2)
    assert futures[3].cancel()
    ends.set()
    results = [each.result(TIMEOUT_S) for each in futures if not each.cancelled()]
    assert ([0, 1, 2, 4], [0, 1, 2, 4]) == (results, sorted(begun))


def test_a_fault_is_told_to_the_caller() -> None:
    """What a call raises, its caller has, and the next call is made all the same."""

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(Background(1))
        with pytest.raises(ValueError, match="invalid literal"):
            await asyncio.to_thread(int, "x")
        assert 7 == await asyncio.to_thread(int, "7")

    asyncio.run(run())


@pytest.mark.parametrize("fails", ["start", "setpriority"])
def test_what_the_kernel_refuses_keeps_no_call_waiting(
    monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """Where it gives no thread the call is refused, and the next is made; where it lets
    no priority be lowered, a call is made all the same.
    """
    executor = Background(1)
    with monkeypatch.context() as patch:
        if fails == "start":
            patch.setattr(threading.Thread, "start", no_thread)
            with pytest.raises(MemoryError, match="can't start"):
                executor.submit(int, "7")
        else:
            patch.setattr(os, "setpriority", not_permitted)
            assert 7 == executor.submit(int, "7").result(TIMEOUT_S)
    assert 8 == executor.submit(int, "8").result(TIMEOUT_S)


def no_thread(_: threading.Thread) -> None:
    """Do what the library does where there is no room for a thread."""
    raise RuntimeError("can't start new thread")


def not_permitted(*_: int) -> None:
    """Do what a filter of system calls does."""
    raise PermissionError
