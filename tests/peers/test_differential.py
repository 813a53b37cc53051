"""Two servers get the same datagrams, and their flushes are compared line by line."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.peers.configurations import CONFIGURATIONS, Configuration
from tests.peers.differential import Flush, Run, compare, list_batches, observe
from tests.peers.etsy import etsy_server

LEGACY = CONFIGURATIONS[0]
OTHER = Configuration("other", etsy={"percentThreshold": 91})
Key = tuple[str, str]  # (server, configuration)


def run_etsy(configuration: Configuration) -> Run:
    """Return what runs etsy's server under a configuration."""
    return lambda port, interval_ms: etsy_server(
        graphite_port=port, interval_ms=interval_ms, **configuration.etsy
    )


def list_runs() -> dict[Key, Run]:
    """Return every run that is compared with another."""
    runs = {("etsy", each.name): run_etsy(each) for each in (*CONFIGURATIONS, OTHER)}
    return {**runs, ("etsy again", LEGACY.name): run_etsy(LEGACY)}


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


def test_a_difference_is_found(observed: Mapping[Key, Sequence[Flush]]) -> None:
    """Servers of two percentiles differ where timers are, and in nothing else."""
    differences = compare(observed["etsy", LEGACY.name], observed["etsy", OTHER.name])
    assert [0, 3] == [each.flush for each in differences]
    assert {"90"} == {
        suffix_of(line) for each in differences for line in each.only_in_a
    }
    assert {"91"} == {
        suffix_of(line) for each in differences for line in each.only_in_b
    }


def suffix_of(line: str) -> str:
    """Return what follows the last underscore of a line's path, without tags."""
    return line.partition(" ")[0].partition(";")[0].rpartition("_")[2]
