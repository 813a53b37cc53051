"""Etsy: the proxyConfig.js of statsd/statsd's proxy.js, an object literal.

    { nodes: [ {host: '10.0.0.1', port: 8127, adminport: 8128}, ... ],
      host: '0.0.0.0', port: 8125, udp_version: 'udp4',
      forkCount: 0, checkInterval: 1000, cacheSize: 10000, server: './servers/udp' }

Its ring hashes "host:port" of each node, all of one weight; a node given twice is one
(statsd/statsd: proxy.js, servers/udp.js, lib/mgmt_server.js, exampleProxyConfig.js; the
file is evaluated as `config = <text>`). Must not know: how a ring is made.
"""

import re
from collections.abc import Iterator

from statshard.settings.foreign.foreign import (
    LATER_HEALTH,
    LATER_TCP,
    Draft,
    Foreign,
    Item,
    Source,
    last_of_each,
)
from statshard.settings.foreign.object_literal import (
    Literal,
    LiteralError,
    read_literal,
)
from statshard.settings.foreign.program import Program

TITLE = "etsy's statsd proxy"
PORT = 8125
_PREFIX = re.compile(r"(?:module\s*\.\s*exports|config)\s*=(?!=)")
_COMMENTS = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
_START = re.compile(rf"\s*(?:(?:{_PREFIX.pattern})\s*)?\{{")
_NODES = re.compile(r"""[{,\s]['"]?nodes['"]?\s*:""")
KEYS = (
    "nodes",
    "host",
    "port",
    "address",
    "address_ipv6",
    "udp_version",
    "forkCount",
    "server",
)
REASONS = {
    "checkInterval": LATER_HEALTH,
    "cacheSize": "no look-up is kept: one costs less than keeping it",
    "mgmt_port": "this version has no admin port",
    "mgmt_address": "this version has no admin port",
    "log": "the log goes to standard error",
    "title": "the process keeps its name",
    "automaticConfigReload": "this version reads its settings at the start only",
    "resetStats": LATER_HEALTH,
    "healthStatus": LATER_HEALTH,
}
NODE_KEYS = ("host", "port")
NODE_REASONS = {"adminport": LATER_HEALTH}
NOTES = (
    (
        "That proxy takes a node out of its ring while its adminport does not answer; "
        "this version never does."
    ),
)


def is_its(_path: str, text: str) -> bool:
    """Tell whether a text is an object with nodes."""
    plain = _COMMENTS.sub(" ", text)
    return _START.match(plain) is not None and _NODES.search(plain) is not None


def read(source: Source) -> Foreign:
    """Return what a proxyConfig.js says."""
    draft = Draft(source, TITLE)
    found = last_of_each(_items(draft), draft)
    _take_listen(draft, found)
    _take_forks(draft, found.get("forkCount"))
    server = found.get("server")
    if server and str(server.value).rpartition("/")[2] not in ("udp", "udp.js"):
        draft.leave(server, f"{LATER_TCP}; this listens on UDP")
    draft.leave_rest(found, REASONS, KEYS)
    return draft.finish(Foreign("etsy", "raw", (), {}, notes=NOTES))


def _items(draft: Draft) -> Iterator[Item]:
    """Yield the keys of the object; the nodes are taken on the way."""
    try:
        whole = read_literal(draft.source.text, _PREFIX)
    except LiteralError as fault:
        key = f"{fault.key}: " if fault.key else ""
        draft.blame(fault.line, f"{key}{fault}")
        return
    if whole.pairs is None:
        draft.blame(whole.line, "valid: an object, { nodes: [ ... ], port: 8125 }")
        return
    nodes = [value for key, value in whole.pairs if key == "nodes"]
    if not nodes:
        draft.blame(whole.line, "no nodes; valid: nodes: [ {host: '...', port: N} ]")
    for key, value in whole.pairs:
        if key == "nodes" and value is nodes[-1]:
            _take_nodes(draft, value)
        yield Item(value.line, key, value.shown)


def _take_nodes(draft: Draft, nodes: Literal) -> None:
    """Take the backends."""
    seen: dict[str, int] = {}
    for index, node in enumerate(nodes.values or ()):
        where = f"nodes[{index}]"
        if node.pairs is None:
            what = "valid: {host: '...', port: N}"
            draft.refuse(Item(node.line, where, node.shown), what)
            continue
        start = f"{where}."
        items = [Item(one.line, start + key, one.shown) for key, one in node.pairs]
        last = last_of_each(items, draft)
        found = {key.removeprefix(start): item for key, item in last.items()}
        host, port = (found.get(key) for key in NODE_KEYS)
        draft.leave_rest(found, NODE_REASONS, NODE_KEYS)
        if host is None or port is None:
            draft.blame(node.line, f"{where}: valid: {{host: '...', port: N}}")
            continue
        _take_node(draft, Item(node.line, where, node.shown), host, port, seen)
    if not nodes.values:
        draft.refuse(Item(nodes.line, "nodes", nodes.shown), "valid: one or more")


def _take_node(
    draft: Draft, whole: Item, host: Item, port: Item, seen: dict[str, int]
) -> None:
    """Take one backend."""
    if not isinstance(host.value, str):
        draft.refuse(host, "valid: an address or name, in quotes")
        return
    identity = f"{host.value}:{port.value}"
    if identity in seen:
        why = f"stands on line {seen[identity]} already; that ring has it once"
        draft.leave(whole, why)
        return
    seen[identity] = whole.line
    draft.add(port, host.value, port.value, node=identity)


def _take_listen(draft: Draft, found: dict[str, Item]) -> None:
    """Take the listener: newer versions read `address`, older ones `host`."""
    version, ipv6 = found.get("udp_version"), found.get("address_ipv6")
    is_ipv6 = bool(ipv6 and ipv6.value) or bool(version and version.value == "udp6")
    nowhere = "::" if is_ipv6 else "0.0.0.0"  # noqa: S104 -- that proxy's default
    named = found.get("address") or found.get("host") or Item(0, "host", nowhere)
    if found.get("address") and found.get("host"):
        draft.leave(found["host"], "address is given too, and newer versions read that")
    elif named.key == "host" and named.line and named.value != nowhere:
        draft.leave(
            named,
            "listened to, as older versions do; newer ones read address in its place, "
            "and listen on every address",
        )
    if not isinstance(named.value, str):
        draft.refuse(named, "valid: an address, in quotes")
        return
    port = found.get("port") or Item(0, "port", PORT)
    draft.listen(port, named.value or nowhere, port.value or PORT)


def _take_forks(draft: Draft, forks: Item | None) -> None:
    """Take how many processes there are, as threads."""
    if forks is None or forks.value == "auto":  # one for each CPU, as here
        return
    draft.offer("workers", forks, forks.value or 1)


PROGRAM = Program("etsy", TITLE, is_its, read)
