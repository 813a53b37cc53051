"""etsy's own proxy: where it sends keys to, which `hash = "etsy"` has to match."""

import json
from contextlib import ExitStack
from typing import Any

import pytest

from tests.peers.etsy import etsy_proxy, etsy_server, place_by_etsy_proxy
from tests.peers.graphite_receiver import GraphiteReceiver
from tests.peers.pipeline import COUNTED, SENDINGS, sum_counts, wait_for_counts
from tests.peers.udp_queue import send_paced
from tests.support.tree import ROOT

VECTORS = json.loads(
    (ROOT / "tests" / "vectors" / "sharding.json").read_text(encoding="utf-8")
)["etsy"]


@pytest.mark.parametrize("name", VECTORS)
def test_the_vectors_are_what_the_proxy_does(name: str) -> None:
    """The real proxy sends each key of a vector to the node that the vector names."""
    vector: dict[str, Any] = VECTORS[name]
    assert vector["keys"] == place_by_etsy_proxy(vector["nodes"], vector["keys"])


def test_what_the_proxy_says_is_what_it_does() -> None:
    """With real servers behind, keys arrive where the proxy said it would send them."""
    with ExitStack() as stack:
        receivers = [stack.enter_context(GraphiteReceiver()) for _ in range(2)]
        servers = [
            stack.enter_context(etsy_server(graphite_port=each.port))
            for each in receivers
        ]
        proxy = stack.enter_context(etsy_proxy(servers))
        send_paced(proxy.port, SENDINGS)
        wait_for_counts(receivers)
        arrived = {
            key: f"127.0.0.1:{server.port}"
            for server, receiver in zip(servers, receivers, strict=True)
            for key in sum_counts(receiver)
        }
        nodes = [f"127.0.0.1:{server.port}" for server in servers]
    assert place_by_etsy_proxy(nodes, COUNTED) == arrived
