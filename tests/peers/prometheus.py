"""Prometheus (Debian prometheus) as a process that scrapes a port, read by its API."""

import contextlib
import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from tests.peers.process import (
    LOOPBACK,
    Process,
    accepts,
    find_free_ports,
    new_folder,
    require,
    running,
)
from tests.support.wait import TIMEOUT_S

CONF = """\
global:
  scrape_interval: 250ms
  scrape_timeout: 250ms
scrape_configs:
  - job_name: statshard
    static_configs:
      - targets: ["{host}:{port}"]
"""
OF_TARGET = {"job", "instance"}


@dataclass(frozen=True)
class Prometheus:
    """One Prometheus that runs."""

    port: int
    process: Process

    def query(self, expression: str) -> dict[str, float]:
        """Return the value of each series, under its own labels as JSON."""
        words = urllib.parse.urlencode({"query": expression})
        return {
            json.dumps(own_labels(each["metric"]), sort_keys=True): float(
                each["value"][1]
            )
            for each in self._ask(f"/api/v1/query?{words}")["result"]
        }

    def types(self) -> dict[str, str]:
        """Return the type of each family."""
        told = self._ask("/api/v1/metadata")
        return {name: each[0]["type"] for name, each in told.items()}

    def _ask(self, path: str) -> Any:  # noqa: ANN401 -- JSON, by path
        url = f"http://{LOOPBACK}:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            return json.load(answer)["data"]


def own_labels(metric: dict[str, str]) -> dict[str, str]:
    """Return labels without those of the target."""
    return {key: value for key, value in metric.items() if key not in OF_TARGET}


def check_metrics(text: bytes) -> str:
    """Return what promtool complains about of a page; nothing is good."""
    told = subprocess.run(
        [require("promtool"), "check", "metrics"],
        input=text,
        capture_output=True,
        check=False,
    )
    return (told.stdout + told.stderr).decode()


def is_ready(port: int) -> bool:
    """Tell whether a Prometheus answers queries."""
    try:
        urllib.request.urlopen(f"http://{LOOPBACK}:{port}/-/ready").close()
    except urllib.error.HTTPError as fault:  # 503
        fault.close()
        return False
    return True


@contextlib.contextmanager
def prometheus(target_port: int) -> Iterator[Prometheus]:
    """Run Prometheus with a folder of its own, scraping a port of loopback."""
    (port,) = find_free_ports(1)
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder("prometheus"))
        conf = folder / "prometheus.yml"
        conf.write_text(CONF.format(host=LOOPBACK, port=target_port), encoding="utf-8")
        words = [
            "prometheus",
            f"--config.file={conf}",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address={LOOPBACK}:{port}",
        ]
        process = stack.enter_context(
            running(
                words,
                is_ready=lambda _: accepts(port) and is_ready(port),
                folder=folder,
            )
        )
        yield Prometheus(port, process)
