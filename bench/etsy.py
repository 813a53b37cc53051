"""Etsy: npm's statsd under the same stream, where `make peers` has installed it.

As serving.py measures `statshard serve`, with the same load and store, but for what was
lost: that server has no account of lines, so what the kernel dropped before it is told.
"""

import json
import tempfile
from pathlib import Path

from bench.forwarder import free_ports
from bench.machine import ROOT
from bench.process import Process
from bench.rows import HERE
from bench.server_rows import Stream
from bench.serving import ARRIVED_S, Served, send
from bench.store import Store
from statshard.load.proc import read_drops

PROGRAM = ROOT / "build" / "peers" / "node_modules" / "statsd" / "stats.js"


class EtsyServer(Process):
    """The server as a process, with one Graphite backend."""

    def __init__(self, stream: Stream, ports: tuple[int, int], config: Path) -> None:
        port, store_port = ports
        (admin_port,) = free_ports(HERE, 1)
        settings = {"port": port, "mgmt_port": admin_port, "address": HERE}
        settings |= {"mgmt_address": HERE, "flushInterval": 1000 * stream.interval_s}
        settings |= {"backends": ["./backends/graphite"], "graphiteHost": HERE}
        settings |= {"graphitePort": store_port, "automaticConfigReload": False}
        config.write_text(json.dumps(settings), encoding="utf-8")
        self.port = port
        super().__init__(["node", str(PROGRAM), str(config)])

    def is_ready(self) -> bool:
        """Tell whether its port is bound."""
        return self.port in read_drops()


def is_installed() -> bool:
    """Tell whether `make peers` has been run."""
    return PROGRAM.exists()


def run_etsy(stream: Stream) -> Served:
    """Run the stream through a server of its own."""
    (port,) = free_ports(HERE, 1)
    with Store() as store, tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        with EtsyServer(stream, (port, store.port), config) as server:
            before_s = server.cpu_s()
            sent, _ = send(stream, port, looks=False)
            store.wait_for(len(store.arrived) + 1, stream.interval_s + ARRIVED_S)
            cpu_s = server.cpu_s() - before_s
            lost = stream.lines * read_drops()[port]
            flushes, rss_mib = tuple(store.arrived), server.peak_rss_mib()
    us = 1e6 * cpu_s / max(1, sent["lines"] - lost)
    return Served(
        us_per_line=us,
        worker_us=us,
        rate=sent["datagrams_per_s"],
        lost=lost,
        lost_points=0,
        rss_mib=rss_mib,
        flushes=flushes,
        began_s=0.0,
        lines=sent["lines"],
    )
