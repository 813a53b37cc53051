"""Counters through a proxy and two servers: what is sent, and what must be flushed.

Key number n is counted n + 1 times, one line each. What arrived is summed over all
flushes, so that no flush boundary matters.
"""

from collections.abc import Mapping, Sequence

from tests.peers.graphite_receiver import GraphiteReceiver
from tests.support.wait import wait_until

COUNTED: Mapping[str, int] = {f"page.{n:02d}.views": n + 1 for n in range(20)}
SENDINGS = [f"{key}:1|c".encode() for key in COUNTED for _ in range(COUNTED[key])]
COUNTS = "stats_counts."  # before the key, in etsy's legacy namespace


def sum_counts(receiver: GraphiteReceiver) -> dict[str, float]:
    """Return what came in of each key of ours, over all flushes."""
    sums: dict[str, float] = {}
    for line in list(receiver.lines):
        key = line.path.removeprefix(COUNTS)
        if line.path.startswith(COUNTS) and key in COUNTED:
            sums[key] = sums.get(key, 0) + float(line.value)
    return sums


def wait_for_counts(receivers: Sequence[GraphiteReceiver]) -> None:
    """Wait until as much has been flushed, in all, as was sent."""
    wait_until(
        lambda: (
            sum(sum(sum_counts(each).values()) for each in receivers)
            >= sum(COUNTED.values())
        ),
        blame=lambda: f"flushed were {[sum_counts(each) for each in receivers]}",
    )
