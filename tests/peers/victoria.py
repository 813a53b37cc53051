"""VictoriaMetrics (Debian victoria-metrics) as a process, read by its export.

stats.counters.a.count;env=prod 3 1795173794    Graphite's plaintext, by TCP

GET /api/v1/export?match[]=...                   a JSON object for each series:
{"metric": {"__name__": "stats.counters.a.count", "env": "prod"},
 "values": [3], "timestamps": [1795173794000]}
"""

import contextlib
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from tests.peers.process import (
    LOOPBACK,
    Process,
    accepts,
    find_free_ports,
    new_folder,
    running,
)
from tests.support.wait import TIMEOUT_S

MEMORY = "64MB"


@dataclass(frozen=True)
class Victoria:
    """One VictoriaMetrics that runs."""

    port: int  # of Graphite's plaintext, TCP
    http_port: int
    process: Process

    def fetch(self, name: str, **tags: str) -> list[float]:
        """Return the values of the series with this name and exactly these tags."""
        self._get("/internal/force_flush")  # else new values show after a second or so
        query = urllib.parse.urlencode({"match[]": f'{{__name__="{name}"}}'})
        for row in self._get(f"/api/v1/export?{query}").splitlines():
            series = json.loads(row)
            if series["metric"] == {"__name__": name, **tags}:
                return [float(value) for value in series["values"]]
        return []

    def sums(self) -> dict[str, float]:
        """Return the sum of each series' values, under its labels as JSON."""
        self._get("/internal/force_flush")
        query = urllib.parse.urlencode({"match[]": '{__name__!=""}'})
        rows = map(json.loads, self._get(f"/api/v1/export?{query}").splitlines())
        return {
            json.dumps(row["metric"], sort_keys=True): sum(map(float, row["values"]))
            for row in rows
        }

    def _get(self, path: str) -> str:
        url = f"http://{LOOPBACK}:{self.http_port}{path}"
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            return str(answer.read().decode())


@contextlib.contextmanager
def victoria_metrics() -> Iterator[Victoria]:
    """Run VictoriaMetrics with a folder of its own."""
    port, http_port = find_free_ports(2)
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder("victoria"))
        words = [
            "victoria-metrics",
            f"-storageDataPath={folder}/data",
            f"-httpListenAddr={LOOPBACK}:{http_port}",
            f"-graphiteListenAddr={LOOPBACK}:{port}",
            f"-memory.allowedBytes={MEMORY}",
        ]
        process = stack.enter_context(
            running(
                words,
                is_ready=lambda _: accepts(port) and accepts(http_port),
                folder=folder,
            )
        )
        yield Victoria(port, http_port, process)
