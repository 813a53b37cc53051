"""Etsy: what a proxyConfig.js means is what ours says.

Source: statsd/statsd (proxy.js, servers/udp.js, lib/config.js, exampleProxyConfig.js).
"""

from typing import Any

import pytest

from tests.support.foreign import backends, left, proxy, told, why

ANY = "udp://0.0.0.0"
HEALTH = "health checks are not supported by this version"
TCP = "TCP is not supported by this version"


NODES = "nodes: [{host: 'a', port: 1}, {host: 'b', port: 2}]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"listen": [f"{ANY}:8125"]}),
        (", port: 0", {"listen": [f"{ANY}:8125"]}),
        (", port: 9", {"listen": [f"{ANY}:9"]}),
        (", host: '127.0.0.1'", {"listen": ["udp://127.0.0.1:8125"]}),
        (", host: 'x', address: 'h'", {"listen": ["udp://h:8125"]}),
        (", udp_version: 'udp6'", {"listen": ["udp://[::]:8125"]}),
        (", address_ipv6: true, address: '::1'", {"listen": ["udp://[::1]:8125"]}),
        (", forkCount: 'auto'", {"listen": [f"{ANY}:8125"]}),
        (", forkCount: 0", {"listen": [f"{ANY}:8125"], "workers": 1}),
        (", forkCount: 4", {"listen": [f"{ANY}:8125"], "workers": 4}),
    ],
)
def test_etsy_listens_where_it_did(text: str, expected: dict[str, Any]) -> None:
    """Address, port and processes of etsy's proxy are ours, its defaults too."""
    found = proxy("etsy", f"{{{NODES}{text}}}")
    assert {"hash": "etsy", "shard_by": "raw"} | expected == found


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ("{host: 'h', port: 1}", [{"address": "h:1"}]),
        ("{host: 'h', port: '1'}", [{"address": "h:1"}]),
        (
            "{host: 'b', port: 1}, {host: 'a', port: 1}, {host: 'b', port: 1}",
            [{"address": "b:1"}, {"address": "a:1"}],
        ),
        ("{host: '::1', port: 1}", [{"address": "[::1]:1", "node": "::1:1"}]),
    ],
)
def test_etsy_nodes_are_what_its_ring_hashes(
    nodes: str, expected: list[dict[str, Any]]
) -> None:
    """A node is host:port as that proxy writes it, in its order, once."""
    assert expected == backends("etsy", f"module.exports = {{nodes: [{nodes}]}};")


@pytest.mark.parametrize(
    ("text", "expected", "because"),
    [
        ("cacheSize: 1", "1 cacheSize = 1", "no look-up is kept"),
        ("checkInterval: 1", "1 checkInterval = 1", HEALTH),
        ("server: './servers/tcp'", '1 server = "./servers/tcp"', TCP),
        ("log: {level: 'x'}", '1 log = {"level": "x"}', "standard error"),
        ("forkCount: 65", "1 forkCount = 65", "1 to 64"),
        ("host: 'a'", '1 host = "a"', "newer ones read address"),
        ("cacheSiz: 1", "1 cacheSiz = 1", "did you mean cacheSize?"),
        ("'a\\nb': 1", "1 a\\nb = 1", "no key of etsy's statsd proxy"),
        ("port: 1, port: 2", "1 port = 1", "given again, which holds: line 1"),
    ],
)
def test_etsy_leaves_nothing_out_in_silence(
    text: str, expected: str, because: str
) -> None:
    """What has no counterpart is left over with its line, key, value and reason."""
    whole = f"{{{NODES}, {text}}}"
    assert [expected] == left("etsy", whole)
    assert because in why("etsy", whole)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{port: 1}", "F:1: no nodes; valid: nodes: [ {host: '...', port: N} ]"),
        ("{nodes: []}", "F:1: nodes = []: valid: one or more"),
        ("[]", "F:1: valid: an object, { nodes: [ ... ], port: 8125 }"),
        ("{nodes:\n[1]}", "F:2: nodes[0] = 1: valid: {host: '...', port: N}"),
        ("{nodes: [\n{}]}", "F:2: nodes[0]: valid: {host: '...', port: N}"),
        (
            "{nodes: [{host: 1, port: 1}]}",
            "F:1: nodes[0].host = 1: valid: an address or name, in quotes",
        ),
        (
            "{nodes: [{host: 'a',\nport: 70000}]}",
            "F:2: nodes[0].port = 70000: port '70000' is not 1 to 65535",
        ),
        (
            "{nodes: [{host: process.env.A, port: 1}]}",
            "F:1: nodes[0].host: 'process.env.A, port: 1}]}' is no literal; valid: a",
        ),
        (f"{{{NODES},\nhost: 7}}", "F:2: host = 7: valid: an address, in quotes"),
        (f"{{{NODES},\nport: 'x'}}", "F:2: port = \"x\": port 'x' is not 0 to 65535"),
    ],
)
def test_etsy_that_cannot_be_placed_is_refused(text: str, expected: str) -> None:
    """What places keys, or says where lines go, is read or refused by line and key."""
    assert [expected] == [line[: len(expected)] for line in told("etsy", text)]
