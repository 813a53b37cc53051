"""The servers that a test is tried on: each by name, with what runs it.

A test that takes `run` is made for every entry of SERVERS. All of them are configured
alike: Graphite's new namespace, one percentile.
"""

from collections.abc import Mapping

from tests.peers.configurations import NEW
from tests.peers.differential import Run
from tests.peers.etsy import etsy_server
from tests.peers.serve import statshard_server

SERVERS: Mapping[str, Run] = {
    "etsy": lambda port, interval_ms: etsy_server(
        graphite_port=port, interval_ms=interval_ms, graphite=NEW
    ),
    "statshard": lambda port, interval_ms: statshard_server(
        graphite_port=port, interval_ms=interval_ms
    ),
}
