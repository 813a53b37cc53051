"""Background: threads that give way to the workers.

A flush of many series is work for seconds. On a host with no CPU to spare its threads
would take turns with the workers, and what is not read meanwhile fills the kernel's
buffer; so they run at a lower priority, which Linux keeps for each thread
(setpriority(2), "C library/kernel differences"). Must not know: what runs in them.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

GIVES_WAY = 10  # more of nice(2) than the process has: a tenth of a worker's share
LAST_NICE = 19


def open_background(threads: int | None = None) -> ThreadPoolExecutor:
    """Return an executor whose threads give way to all others of the process.

    `threads` is how many there are at most; None: what Python thinks right.
    """
    return ThreadPoolExecutor(threads, "flush", initializer=give_way)


def give_way() -> None:
    """Lower the priority of the calling thread, and of no other."""
    thread = threading.get_native_id()
    nice = os.getpriority(os.PRIO_PROCESS, thread) + GIVES_WAY
    os.setpriority(os.PRIO_PROCESS, thread, min(nice, LAST_NICE))
