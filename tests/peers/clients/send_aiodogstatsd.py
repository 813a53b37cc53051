"""What PyPI's `aiodogstatsd` sends for each of its calls."""

import asyncio
import random
import sys

# Before the client looks at it: each sample is sent.
random.random = lambda: 0.0

from aiodogstatsd import Client  # noqa: E402 - see above


async def send_all(port: int) -> None:
    """Make each call of the client once or more."""
    async with Client(
        host="127.0.0.1",
        port=port,
        namespace="aio",
        constant_tags={"env": "prod"},
        read_timeout=0.05,
    ) as client:
        client.increment("count")
        client.increment("count", value=4)
        client.decrement("count", value=2)
        client.increment("sampled", value=3, sample_rate=0.5)
        client.gauge("gauge", value=333)
        client.gauge("gauge", value=-5, tags={"az": 1})
        client.histogram("histogram", value=5)
        client.distribution("distribution", value=6.5)
        client.timing("timing", value=320, sample_rate=0.1, tags={"url": "http://a:8"})


if __name__ == "__main__":
    asyncio.run(send_all(int(sys.argv[1])))
