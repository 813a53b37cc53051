"""Real clients, as applications use them, against `statshard serve` as a process."""

import asyncio
from pathlib import Path
from typing import Any

import aiodogstatsd
import statsd
from datadog.dogstatsd.base import DogStatsd

from tests.support.serve import Serve

HOUR = ("--flush-interval", "3600")


def flush_of(serve: Serve) -> dict[str, Any]:
    """Return what the last flush tells, once all is in order."""
    ending = serve.stop()
    assert (0, "yes") == (ending.status, ending.balance["closes"])
    assert ending.dropped == {}
    (flush,) = serve.flushes()
    return flush


def test_pystatsd(tmp_path: Path) -> None:
    """PyPI statsd: counts, timings, gauges below 0 in two lines, deltas and sets."""
    with Serve(tmp_path, *HOUR) as serve:
        client = statsd.StatsClient(*serve.address, prefix="py")
        client.incr("count")
        client.decr("count", 5)
        client.timing("time", 320)
        client.gauge("level", -5)
        client.gauge("level", 2, delta=True)
        client.set("users", "a:b")
        with client.pipeline() as pipe:
            pipe.incr("count", 10)
            pipe.timing("time", 100)
        client.close()
        flush = flush_of(serve)
    assert flush["counters"]["py.count"] == 6
    assert flush["gauges"] == {"py.level": -3}
    assert flush["sets"] == {"py.users": 1}
    assert (2, 420) == (
        flush["timers"]["py.time"]["count"],
        flush["timers"]["py.time"]["sum"],
    )


def test_datadog(tmp_path: Path) -> None:
    """PyPI datadog: tags, histograms, distributions, sample rates, events, checks."""
    with Serve(tmp_path, *HOUR) as serve:
        host, port = serve.address[:2]
        client = DogStatsd(
            host=host, port=port, disable_telemetry=True, disable_buffering=True
        )
        client.increment("hits", 3, tags=["env:prod", "az:1"])
        client.increment("hits", 2, tags=["az:1", "env:prod"])
        client.histogram("size", 7)
        client.distribution("spread", 8)
        client.timing("time", 12.5)
        client.gauge("level", -4.5)
        client.set("users", "x")
        client.event("title", "several\nlines")
        client.service_check("db.up", 0, message="fine")
        client.close_socket()
        flush = flush_of(serve)
    assert flush["counters"]["hits;az=1;env=prod"] == 5
    assert flush["gauges"] == {"level": -4.5}
    assert flush["sets"] == {"users": 1}
    assert {"size": 7, "spread": 8, "time": 12.5} == {
        key: figures["sum"] for key, figures in flush["timers"].items()
    }
    assert ["_e{5,14}:title|several\\nlines"] == flush["events"]
    assert len(flush["checks"]) == 1


def test_aiodogstatsd(tmp_path: Path) -> None:
    """PyPI aiodogstatsd: its kinds, from an event loop."""

    async def send(host: str, port: int) -> None:
        async with aiodogstatsd.Client(host=host, port=port) as client:
            client.increment("hits", value=2, tags={"env": "prod"})
            client.decrement("hits", value=1, tags={"env": "prod"})
            client.gauge("level", value=9)
            client.histogram("size", value=21)
            client.distribution("spread", value=84)
            client.timing("time", value=42)

    with Serve(tmp_path, *HOUR) as serve:
        host, port = serve.address[:2]
        asyncio.run(send(str(host), int(port)))
        flush = flush_of(serve)
    assert flush["counters"]["hits;env=prod"] == 1
    assert flush["gauges"] == {"level": 9}
    assert {"size": 21, "spread": 84, "time": 42} == {
        key: figures["sum"] for key, figures in flush["timers"].items()
    }
