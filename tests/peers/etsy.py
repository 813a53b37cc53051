"""etsy's statsd (npm statsd 0.9.0) as a process: the server, and the proxy before it.

Its configuration is a JavaScript object literal, of which JSON is a part. The server
flushes at whole multiples of the interval after its start, rounded to a second; its
Graphite connection lasts for one flush. Either has a text port, which a health check
asks: `health` is answered by `health: up`.
"""

import contextlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

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
from tests.peers.udp_queue import is_bound

PROGRAM = MODULES / "statsd"
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
    with _run("stats.js", settings) as server:
        yield server


@contextlib.contextmanager
def etsy_proxy(nodes: Sequence[Etsy]) -> Iterator[Etsy]:
    """Run etsy's proxy in front of servers, as docs/cluster_proxy.md has it."""
    settings = {
        "nodes": [
            {"host": LOOPBACK, "port": node.port, "adminport": node.admin_port}
            for node in nodes
        ],
        "udp_version": "udp4",
        "host": LOOPBACK,
        "checkInterval": 1000,
        "cacheSize": 10000,
    }
    with _run("proxy.js", settings) as proxy:
        yield proxy


@contextlib.contextmanager
def _run(script: str, settings: dict[str, object]) -> Iterator[Etsy]:
    """Run a script of the package with these settings and ports of its own."""
    port, admin_port = find_free_ports(2)
    own = {
        "port": port,
        "mgmt_port": admin_port,
        "address": LOOPBACK,
        "mgmt_address": LOOPBACK,
    }
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder("etsy"))
        config = folder / "config.js"
        config.write_text(json.dumps({**QUIET, **settings, **own}), encoding="utf-8")
        process = stack.enter_context(
            running(
                ["node", require_file(PROGRAM / script), str(config)],
                is_ready=lambda: is_bound(port) and accepts(admin_port),
                folder=folder,
            )
        )
        yield Etsy(port, admin_port, process)
