"""A sink that goes away and comes back, while a server counts: what arrives of it all.

    present         away                present
    ---------------|-------------------|---------->
    counts go in all the time, one in a datagram; what comes out is summed over all

The sum that arrives is what was sent, less what was lost. How many lines a flush has is
told by its time, as one flush may come in several pieces when the sink is back.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.peers.differential import INTERVAL_MS, Run
from tests.peers.graphite_receiver import GraphiteReceiver
from tests.peers.udp_queue import send_paced
from tests.support.wait import TIMEOUT_S, wait_until

# A minute, as the issue has it: STATSHARD_OUTAGE_S=60 make peers-test ARGS="-k outage"
AWAY_S = float(os.environ.get("STATSHARD_OUTAGE_S", "3"))
SENDING = b"outage:1|c"
PATH = "stats.counters.outage.count"


@dataclass(frozen=True)
class Outage:
    """What was seen of a server whose sink was away for a while."""

    sent: int  # counts
    arrived: float  # the sum of what was flushed
    lines_by_time: Mapping[int, int]  # of each flush: its time -> its lines
    away: range  # the times, in whole seconds, at which the sink was surely away


def observe_outage(run: Run, away_s: float = AWAY_S) -> Outage:
    """Run a server through an outage of its sink."""
    with GraphiteReceiver() as receiver, run(receiver.port, INTERVAL_MS) as server:
        sent = _count(server.port, lambda: len(receiver.flushes) >= 3)
        receiver.leave()
        began = time.time()
        ends = time.monotonic() + away_s
        sent += _count(server.port, lambda: time.monotonic() > ends, away_s)
        ended = time.time()
        receiver.come_back()
        # All counts are in flushes before the second one that begins after `quiet`.
        sent += _count(server.port, lambda: _last_time(receiver) > ended)
        quiet = _last_time(receiver)
        wait_until(lambda: _last_time(receiver) >= quiet + 2)
        lines = list(receiver.lines)
    return Outage(
        sent=sent,
        arrived=sum(float(line.value) for line in lines if line.path == PATH),
        lines_by_time=Counter(int(line.time) for line in lines),
        away=range(int(began) + 2, int(ended)),
    )


def _count(port: int, is_enough: Callable[[], bool], least_s: float = 0) -> int:
    """Send counts until it is enough; return how many."""
    sent = 0

    def send_one() -> bool:
        nonlocal sent
        send_paced(port, [SENDING])
        sent += 1
        return is_enough()

    wait_until(send_one, least_s + TIMEOUT_S)
    return sent


def _last_time(receiver: GraphiteReceiver) -> int:
    """Return the time of the flush that came last."""
    return int(receiver.lines[-1].time)
