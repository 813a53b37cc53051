"""The pipeline that docs/pipeline.md shows, with its own files: proxy, servers, store.

Of each file only addresses are others; intervals are shorter, by a flag above it.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.peers.influx import influxdb
from tests.peers.process import LOOPBACK, require, running
from tests.peers.serve import has_started, list_events
from tests.peers.udp_queue import send_paced
from tests.peers.victoria import victoria_metrics
from tests.support.pages import read_blocks
from tests.support.proxy import Proxy, split_url
from tests.support.senders import Address
from tests.support.wait import wait_until

PAGE = "docs/pipeline.md"
FILES = {block.file: block.text for block in read_blocks(PAGE) if block.file}
STORE = re.compile(r"influxdb://[\d.]+:\d+/(\w+)")
SERVER = re.compile(r"10\.0\.0\.1\d:8125")
SENT = {"page.views": 100, "page.time": 20, "users.logins": 3}
SENDINGS = [f"{name}:1|c".encode() for name in SENT for _ in range(SENT[name])]

Fetch = Callable[[str], float]  # what a store has of a counter, over all flushes
Store = Callable[[], AbstractContextManager[tuple[int, Fetch]]]  # its port, and that


@contextmanager
def influx_store() -> Iterator[tuple[int, Fetch]]:
    """Run InfluxDB; give its port, and what it has of a counter."""
    with influxdb() as store:
        store.execute("CREATE DATABASE metrics")

        def fetch(name: str) -> float:
            asked = f'SELECT sum("count") FROM "metrics".."{name}"'  # noqa: S608 -- of SENT
            return sum(float(s["values"][0][1]) for s in store.execute(asked))

        yield store.port, fetch


@contextmanager
def victoria_store() -> Iterator[tuple[int, Fetch]]:
    """Run VictoriaMetrics; give its port, and what it has of a counter."""
    with victoria_metrics() as store:

        def fetch(name: str) -> float:
            kept = {"__name__": f"{name}_count", "db": "metrics", "type": "counter"}
            return store.sums().get(json.dumps(kept, sort_keys=True), 0.0)

        yield store.http_port, fetch


@contextmanager
def server(folder: Path, number: int, store_port: int) -> Iterator[Address]:
    """Run a server with the page's file; give its address."""
    path = folder / f"serve-{number}.toml"
    place = rf"influxdb://{LOOPBACK}:{store_port}/\1"
    text = STORE.sub(place, FILES["serve.toml"])
    path.write_text(text.replace("shard-1", f"shard-{number}"), encoding="utf-8")
    words = [sys.executable, "-m", "statshard", "serve", "-c", str(path)]
    words += ["--listen", f"udp://{LOOPBACK}:0", "--text-port", f"{LOOPBACK}:0"]
    words += ["--flush-interval", "250ms", "--log-format", "json"]
    home = folder / f"home-{number}"
    home.mkdir()
    with running(words, is_ready=has_started, folder=home) as process:
        (listening,) = list_events(process.log, "listening")
        yield split_url(listening["listener"])


@pytest.mark.parametrize("run_store", [influx_store, victoria_store])
def test_the_pipeline_of_the_page_is_whole(run_store: Store, tmp_path: Path) -> None:
    """Each counter that is sent to the proxy is whole in the store, and each of the
    servers had some.
    """
    with ExitStack() as stack:
        port, fetch = stack.enter_context(run_store())
        addresses = [
            stack.enter_context(server(tmp_path, number, port)) for number in (1, 2)
        ]
        there = iter(f"{host}:{port}" for host, port in addresses)
        path = tmp_path / "proxy.toml"
        path.write_text(SERVER.sub(lambda _: next(there), FILES["proxy.toml"]), "utf-8")
        proxy = stack.enter_context(Proxy("-c", str(path)))
        send_paced(proxy.address[1], SENDINGS)
        kept: dict[str, float] = {}

        def is_whole() -> bool:
            kept.update((name, fetch(name)) for name in SENT)
            return kept == SENT

        wait_until(is_whole, blame=lambda: f"the store has {kept}, not {SENT}")
        assert all(each["forwarded_lines"] for each in proxy.stop().backends.values())


def test_prometheus_takes_its_file(tmp_path: Path) -> None:
    """Its own tool finds no fault with the file that the page shows for it."""
    (shown,) = (b.text for b in read_blocks(PAGE) if b.needs == "prometheus")
    path = tmp_path / "prometheus.yml"
    path.write_text(shown, encoding="utf-8")
    command = [require("promtool"), "check", "config", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
