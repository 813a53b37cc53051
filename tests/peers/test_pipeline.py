"""`statshard run` before real servers: each key is whole on one of them."""

from contextlib import AbstractContextManager, ExitStack

import pytest

from tests.peers.differential import INTERVAL_MS, Run, Server
from tests.peers.etsy import etsy_server
from tests.peers.graphite_receiver import GraphiteReceiver
from tests.peers.pipeline import COUNTED, SENDINGS, sum_counts, wait_for_counts
from tests.peers.serve import statshard_server
from tests.peers.udp_queue import send_paced
from tests.support.proxy import Proxy


def run_etsy(port: int, interval_ms: int) -> AbstractContextManager[Server]:
    """Run etsy's server under its defaults."""
    return etsy_server(graphite_port=port, interval_ms=interval_ms)


def run_serve(port: int, interval_ms: int) -> AbstractContextManager[Server]:
    """Run our server under the same."""
    return statshard_server(
        graphite_port=port, interval_ms=interval_ms, sink="namespace=legacy"
    )


@pytest.mark.parametrize("run", [run_etsy, run_serve])
def test_each_key_is_whole_on_one_server(run: Run) -> None:
    """Behind the proxy no key is on both servers, and every sum is exact."""
    with ExitStack() as stack:
        receivers = [stack.enter_context(GraphiteReceiver()) for _ in range(2)]
        backends = []
        for number, receiver in enumerate(receivers):
            server = stack.enter_context(run(receiver.port, INTERVAL_MS))
            backends += ["--backend", f"shard-{number}=127.0.0.1:{server.port}"]
        proxy = stack.enter_context(Proxy(*backends))
        send_paced(proxy.address[1], SENDINGS)
        wait_for_counts(receivers)
        left, right = (sum_counts(each) for each in receivers)
    assert set() == left.keys() & right.keys()
    assert COUNTED == {**left, **right}
    assert left
    assert right
