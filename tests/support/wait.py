"""Waiting for a condition: what tests do instead of sleeping."""

import time
from collections.abc import Callable

TIMEOUT_S = 20.0
STEP_S = 0.001


def wait_until(
    predicate: Callable[[], object],
    timeout_s: float = TIMEOUT_S,
    blame: Callable[[], str] = lambda: "the condition did not come true",
) -> None:
    """Return once ``predicate`` is true; after the timeout fail with ``blame``."""
    deadline = time.monotonic() + timeout_s
    while not predicate():
        if time.monotonic() > deadline:
            raise AssertionError(f"{blame()} (waited {timeout_s:g} s)")
        time.sleep(STEP_S)
