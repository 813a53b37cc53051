"""Limit: the search for the highest rate at which nothing goes wrong. Pure.

    rate x 1, x 2, x 4, ... until a step fails, then halves of what is between

A step is good where no line is lost or otherwise wrong and the generator reached the
rate. One that fails is made once more, for it may have been by chance. The search ends
where good and bad are within 5 %, or where nothing arrives at the first rate.
"""

from collections.abc import Callable
from dataclasses import dataclass

from statshard.load.step import Step

HIGHEST = 10_000_000  # datagrams/s
CLOSE = 0.05
LEAST = 100  # datagrams/s: nearer than this is not looked at
STOPPED = "; the search was stopped before its end"


@dataclass(frozen=True, slots=True)
class Limit:
    """What the search found: the highest good rate, 0 for none, and its steps."""

    rate: int  # datagrams/s
    steps: tuple[Step, ...]
    bound: str  # what bounded it, a sentence


def find_limit(run: Callable[[int], Step | None], first: int) -> Limit:
    """Search from a rate on; `run` makes a step, or returns None to end the search."""
    steps: list[Step] = []
    good, bad = 0, HIGHEST + 1
    failed: Step | None = None
    doubted: Step | None = None  # failed, and is being made once more
    is_stopped = False
    rate = min(first, HIGHEST)
    while bad - good > max(LEAST, CLOSE * good) and good < HIGHEST:
        step = run(rate)
        if step is None:
            is_stopped = True
            break
        steps.append(step)
        if step.is_reached and not step.faults:
            good, doubted = rate, None
        elif good == 0 and not step.has_arrivals:
            failed = step
            break
        elif doubted is None:
            doubted = step
            continue
        else:
            bad, failed, doubted = rate, step, None
        rate = min(good * 2, HIGHEST) if failed is None else (good + bad) // 2
    bound = name_bound(failed or doubted)
    return Limit(good, tuple(steps), f"{bound}{STOPPED if is_stopped else ''}")


def name_bound(failed: Step | None) -> str:
    """Return the sentence that says why a step failed."""
    if failed is None:
        return "nothing: no step failed"
    at = f"at {failed.sent.rate} datagrams/s"
    if failed.sent.refused:
        return (
            f"the target: {at} the host answered {failed.sent.refused} of them with an "
            "ICMP error; nobody listens there, at least not all the time"
        )
    if failed.target_drops:
        return (
            f"the target's socket: {at} the kernel dropped {failed.target_drops} "
            "datagrams there; it was not read fast enough, or its receive buffer is "
            "small"
        )
    if failed.receiver_drops:
        return (
            f"the receivers here: {at} the kernel dropped {failed.receiver_drops} "
            "datagrams at --receive; this machine is too busy to check more"
        )
    if failed.faults:
        what = ", ".join(f"{count} {name}" for name, count in failed.faults.items())
        return (
            f"the target, or what is behind its socket: {at} {what}, and the kernel "
            "dropped nothing at the sockets that are seen from here"
        )
    return (
        f"the generator: {at} it sent {failed.sent.datagrams_per_s:.0f} in a second; "
        "this machine is too busy to send more, unless more --processes can"
    )
