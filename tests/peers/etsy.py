"""etsy's statsd (npm statsd 0.9.0) as a process: the server, and the proxy before it.

Its configuration is a JavaScript object literal, of which JSON is a part. The server
flushes at whole multiples of the interval after its start, rounded to a second; its
Graphite connection lasts for one flush. Either has a text port, which a health check
asks: `health` is answered by `health: up`.
"""

import base64
import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import (
    LOOPBACK,
    MODULES,
    Process,
    accepts,
    ask,
    find_free_ports,
    new_folder,
    require_file,
    running,
)
from tests.peers.udp_queue import is_bound, send_paced
from tests.support.wait import wait_until

PROGRAM = MODULES / "statsd"
RECORDED_SENDS = Path(__file__).with_name("recorded_sends.js")
# No look at the file's changes, and no title that hides the command line from ps(1).
QUIET = {"automaticConfigReload": False, "title": False}


@dataclass(frozen=True)
class Etsy:
    """One etsy server or proxy that runs."""

    port: int  # UDP
    admin_port: int  # TCP
    process: Process

    def ask(self, command: str, end: str = "END\n") -> str:
        """Ask the text port, and return the answer up to its end."""
        return ask(self.admin_port, command.encode() + b"\n", end.encode()).decode()


@contextlib.contextmanager
def etsy_server(
    *, graphite_port: int | None = None, interval_ms: int = 1000, **options: object
) -> Iterator[Etsy]:
    """Run etsy's server; ``options`` are those of its exampleConfig.js."""
    backends = [] if graphite_port is None else ["./backends/graphite"]
    settings = {
        "flushInterval": interval_ms,
        "backends": backends,
        "graphiteHost": LOOPBACK,
        "graphitePort": graphite_port,
        **options,
    }
    with _run(["stats.js"], settings) as server:
        yield server


@contextlib.contextmanager
def etsy_proxy(servers: Sequence[Etsy]) -> Iterator[Etsy]:
    """Run etsy's proxy in front of servers, as docs/cluster_proxy.md has it."""
    nodes = [
        {"host": LOOPBACK, "port": each.port, "adminport": each.admin_port}
        for each in servers
    ]
    with _run(["proxy.js"], {"nodes": nodes}) as proxy:
        yield proxy


def place_by_etsy_proxy(nodes: Sequence[str], keys: Iterable[str]) -> dict[str, str]:
    """Return the node, HOST:PORT, that etsy's proxy sends each key to.

    The proxy is the real one; only its last step is replaced: it says where a datagram
    would go (recorded_sends.js), so that the nodes need not exist.
    """
    lines = {f"{key}:1|c".encode(): key for key in keys}
    pairs = [node.rsplit(":", 1) for node in nodes]
    settings = {
        "nodes": [{"host": host, "port": int(port)} for host, port in pairs],
    }
    words = ["--require", str(RECORDED_SENDS), "proxy.js"]
    with _run(words, settings) as proxy:
        send_paced(proxy.port, lines)
        wait_until(
            lambda: len(_read_sent(proxy.process.log)) == len(lines),
            blame=lambda: f"not all were sent on; the proxy said {proxy.process.log}",
        )
        sent = _read_sent(proxy.process.log)
    return {key: sent[line] for line, key in lines.items()}


def _read_sent(log: str) -> dict[bytes, str]:
    """Return (datagram -> node) of what a program with recorded_sends.js has said."""
    whole = log.rpartition("\n")[0].splitlines()
    rows = [row.split(" ") for row in whole if row.startswith("SENT ")]
    return {base64.b64decode(line): node for _, node, line in rows}


@contextlib.contextmanager
def _run(words: Sequence[str], settings: Mapping[str, object]) -> Iterator[Etsy]:
    """Run a script of the package (the last word) with ports of its own."""
    port, admin_port = find_free_ports(2)
    own = {
        "port": port,
        "mgmt_port": admin_port,
        "address": LOOPBACK,
        "mgmt_address": LOOPBACK,
    }
    script = require_file(PROGRAM / words[-1])
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder("etsy"))
        config = folder / "config.js"
        config.write_text(json.dumps({**QUIET, **settings, **own}), encoding="utf-8")
        process = stack.enter_context(
            running(
                ["node", *words[:-1], script, str(config)],
                is_ready=lambda _: is_bound(port) and accepts(admin_port),
                folder=folder,
            )
        )
        yield Etsy(port, admin_port, process)
