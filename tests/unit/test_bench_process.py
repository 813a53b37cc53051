"""What the benchmarks read of a program under measurement."""

import sys

from bench.process import Process

ENDED_THREAD = """
import threading, time

def burn():
    until = time.thread_time() + 0.2
    while time.thread_time() < until:
        pass

thread = threading.Thread(target=burn)
thread.start()
thread.join()
print('"event": "started"', flush=True)
time.sleep(60)
"""


def test_a_thread_that_has_ended_counts() -> None:
    """The CPU of a process is that of all its threads, ended ones too."""
    with Process([sys.executable, "-c", ENDED_THREAD]) as process:
        assert process.cpu_s() > 0.2
        assert process.cpu_s(process.threads()) < process.cpu_s() - 0.15
