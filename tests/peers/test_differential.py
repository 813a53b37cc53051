"""Two servers get the same datagrams, and their flushes are compared line by line."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.peers.configurations import CONFIGURATIONS, Configuration
from tests.peers.differences import DIFFERENCES, Allowed, split_allowed
from tests.peers.differential import (
    INTERVAL_MS,
    Flush,
    Run,
    compare,
    list_batches,
    observe,
    observe_twin,
)
from tests.peers.etsy import etsy_server
from tests.peers.graphite_receiver import GraphiteReceiver
from tests.peers.rows import FATAL
from tests.peers.serve import statshard_server
from tests.peers.udp_queue import send_paced
from tests.support.tree import ROOT
from tests.support.wait import wait_until

LEGACY = CONFIGURATIONS[0]
OTHER = Configuration("other", etsy={"percentThreshold": 91})
Key = tuple[str, str]  # (server, configuration)


def run_etsy(configuration: Configuration) -> Run:
    """Return what runs etsy's server under a configuration."""
    return lambda port, interval_ms: etsy_server(
        graphite_port=port, interval_ms=interval_ms, **configuration.etsy
    )


def run_serve(configuration: Configuration) -> Run:
    """Return what runs our server under a configuration."""
    return lambda port, interval_ms: statshard_server(
        "--compat=etsy",
        *configuration.flags,
        graphite_port=port,
        interval_ms=interval_ms,
        sink=configuration.sink,
    )


def list_runs() -> dict[Key, Run]:
    """Return every run that is compared with another."""
    runs = {("etsy", each.name): run_etsy(each) for each in (*CONFIGURATIONS, OTHER)}
    ours = {("statshard", each.name): run_serve(each) for each in CONFIGURATIONS}
    return {**runs, **ours, ("etsy again", LEGACY.name): run_etsy(LEGACY)}


@pytest.fixture(scope="module")
def observed() -> Mapping[Key, Sequence[Flush]]:
    """Give what each server flushes; all run at a time, as they mostly wait."""
    runs = list_runs()
    batches = list_batches()
    with ThreadPoolExecutor(len(runs)) as pool:
        flushes = pool.map(lambda run: observe(run, batches), runs.values())
        return dict(zip(runs, flushes, strict=True))


def test_equal_servers_do_not_differ(
    observed: Mapping[Key, Sequence[Flush]],
) -> None:
    """Two servers of one program and configuration flush the same lines."""
    a, b = (observed[server, LEGACY.name] for server in ("etsy", "etsy again"))
    assert [] == compare(a, b)


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda each: each.name)
def test_the_twin_does_as_etsy(
    observed: Mapping[Key, Sequence[Flush]], configuration: Configuration
) -> None:
    """Our plain twin flushes what etsy's server does, but for the known differences."""
    twin = observe_twin(configuration.twin, list_batches())
    differences = compare(observed["etsy", configuration.name], twin)
    assert [] == split_allowed(differences)[0]


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda each: each.name)
def test_our_server_does_as_etsy(
    observed: Mapping[Key, Sequence[Flush]], configuration: Configuration
) -> None:
    """`statshard serve` flushes what etsy's server does, but for known differences."""
    a, b = (observed[server, configuration.name] for server in ("etsy", "statshard"))
    assert [] == split_allowed(compare(a, b))[0]


def test_each_known_difference_is_one(
    observed: Mapping[Key, Sequence[Flush]],
) -> None:
    """No difference is allowed that our server and etsy's do not have."""
    used: set[Allowed] = set()
    for each in CONFIGURATIONS:
        a, b = (observed[server, each.name] for server in ("etsy", "statshard"))
        used |= split_allowed(compare(a, b))[1]
    assert set(DIFFERENCES) == used


@pytest.mark.parametrize("allowed", DIFFERENCES, ids=lambda each: each.lines)
def test_each_known_difference_is_documented(allowed: Allowed) -> None:
    """docs/etsy.md has a heading for each difference that is allowed."""
    page = (ROOT / "docs" / "etsy.md").read_text(encoding="utf-8")
    assert f"\n## {allowed.title}\n" in page


@pytest.mark.parametrize("datagram", FATAL, ids=repr)
def test_etsy_is_ended_by_a_line(datagram: bytes) -> None:
    """Each of these datagrams ends etsy's server, which is why none is compared."""
    with etsy_server() as server:
        send_paced(server.port, [datagram])
        wait_until(server.process.has_ended)
        assert "TypeError" in server.process.log


@pytest.mark.parametrize("compat", ["etsy", "strict"])
def test_our_server_outlives_each_of_them(compat: str) -> None:
    """What ends etsy's server does not end ours, in either mode."""
    with (
        GraphiteReceiver() as receiver,
        statshard_server(
            f"--compat={compat}", graphite_port=receiver.port, interval_ms=INTERVAL_MS
        ) as server,
    ):
        send_paced(server.port, [*FATAL, b"last:1|c"])
        last = "stats.counters.last.count"
        wait_until(lambda: last in {line.path for line in list(receiver.lines)})
        assert not server.process.has_ended()


def test_a_difference_is_found(observed: Mapping[Key, Sequence[Flush]]) -> None:
    """Servers of two percentiles differ where timers are, and in nothing else."""
    differences = compare(observed["etsy", LEGACY.name], observed["etsy", OTHER.name])
    assert [0, 3, 6] == [each.flush for each in differences]
    assert {"90"} == {
        suffix_of(line) for each in differences for line in each.only_in_a
    }
    assert {"91"} == {
        suffix_of(line) for each in differences for line in each.only_in_b
    }


def suffix_of(line: str) -> str:
    """Return what follows the last underscore of a line's path, without tags."""
    return line.partition(" ")[0].partition(";")[0].rpartition("_")[2]
