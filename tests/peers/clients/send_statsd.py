"""What PyPI's `statsd` sends for each of its calls."""

import random
import sys
from datetime import timedelta

# Before the client looks at it: each sample is sent.
random.random = lambda: 0.0

from statsd import StatsClient  # noqa: E402 - see above


def send_all(client: StatsClient) -> None:
    """Make each call of the client once or more."""
    client.incr("incr")
    client.incr("incr", 3)
    client.decr("decr", 2)
    client.incr("fraction", 0.1)
    client.incr("sampled", 2, rate=0.5)
    client.gauge("gauge", 333)
    client.gauge("gauge", -10, delta=True)
    client.gauge("gauge", 4, delta=True)
    client.gauge("negative", -5)
    client.timing("timing", 320)
    client.timing("timing", timedelta(milliseconds=100), rate=0.1)
    client.set("set", "alice")
    client.set("set", 42)
    with client.pipeline() as pipe:
        for number in range(60):
            pipe.incr(f"pipe.{number % 3}")
        pipe.gauge("pipe.negative", -7)
        pipe.timing("pipe.timing", 1.5)


if __name__ == "__main__":
    send_all(StatsClient("127.0.0.1", int(sys.argv[1]), prefix="py"))
