"""The threads of a flush, and the priority that they leave to the workers."""

import os
import threading

from statshard.daemon.background import GIVES_WAY, LAST_NICE, open_background


def own_nice() -> int:
    """Return the calling thread's nice value."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_only_the_threads_of_a_flush_give_way() -> None:
    """They are nicer than the process is, and this thread stays as it was."""
    before = own_nice()
    with open_background() as executor:
        inside = executor.submit(own_nice).result()
    assert min(before + GIVES_WAY, LAST_NICE) == inside
    assert before == own_nice()
