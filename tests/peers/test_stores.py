"""Real stores behind a server: what was sent is what is read back."""

from collections.abc import Callable

from tests.peers.carbon import carbon_cache
from tests.peers.differential import INTERVAL_MS, Run
from tests.peers.serve import statshard_server
from tests.peers.udp_queue import send_paced
from tests.peers.victoria import victoria_metrics
from tests.support.wait import wait_until

SENDINGS = (
    b"gorets:1|c\ngorets:1|c|@0.1",
    b"gaugor:333|g\ngaugor:-10|g\ngaugor:+4|g",
    b"glork:320|ms\nglork:100|ms",
    b"uniques:765|s\nuniques:765|s\nuniques:42|s",
    b"tagged:3|c|#env:prod,az:1",
)


def wait_for_sum(expected: float, fetch: Callable[[], list[float]]) -> None:
    """Wait until the values of a series, over all flushes, have this sum."""
    wait_until(lambda: expected == sum(fetch()), blame=lambda: f"kept was {fetch()}")


def wait_for_last(expected: float, fetch: Callable[[], list[float]]) -> None:
    """Wait until the last value of a series is this one."""
    wait_until(lambda: [expected] == fetch()[-1:], blame=lambda: f"kept was {fetch()}")


def test_carbon_keeps_what_was_sent(run: Run) -> None:
    """whisper-fetch reads each figure from carbon's files."""
    with carbon_cache() as carbon, run(carbon.port, INTERVAL_MS) as server:
        send_paced(server.port, SENDINGS)
        wait_for_sum(11, lambda: carbon.fetch("stats.counters.gorets.count"))
        wait_for_last(327, lambda: carbon.fetch("stats.gauges.gaugor"))
        wait_for_sum(420, lambda: carbon.fetch("stats.timers.glork.sum"))
        wait_for_sum(320, lambda: carbon.fetch("stats.timers.glork.upper_90"))
        wait_for_sum(2, lambda: carbon.fetch("stats.sets.uniques.count"))


def test_carbon_keeps_what_came_as_pickles() -> None:
    """It keeps the same of what it is sent as pickles."""
    with (
        carbon_cache() as carbon,
        statshard_server(
            graphite_port=carbon.pickle_port,
            interval_ms=INTERVAL_MS,
            scheme="graphite+pickle",
        ) as server,
    ):
        send_paced(server.port, SENDINGS)
        wait_for_sum(11, lambda: carbon.fetch("stats.counters.gorets.count"))
        wait_for_last(327, lambda: carbon.fetch("stats.gauges.gaugor"))
        wait_for_sum(420, lambda: carbon.fetch("stats.timers.glork.sum"))
        wait_for_sum(2, lambda: carbon.fetch("stats.sets.uniques.count"))


def test_victoria_metrics_keeps_what_was_sent(run: Run) -> None:
    """The export has each figure, and the tags as labels."""
    with victoria_metrics() as victoria, run(victoria.port, INTERVAL_MS) as server:
        send_paced(server.port, SENDINGS)
        wait_for_sum(11, lambda: victoria.fetch("stats.counters.gorets.count"))
        wait_for_last(327, lambda: victoria.fetch("stats.gauges.gaugor"))
        wait_for_sum(420, lambda: victoria.fetch("stats.timers.glork.sum"))
        wait_for_sum(2, lambda: victoria.fetch("stats.sets.uniques.count"))
        wait_for_sum(
            3,
            lambda: victoria.fetch("stats.counters.tagged.count", env="prod", az="1"),
        )
