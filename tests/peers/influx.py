"""InfluxDB 1 (Debian influxdb, influxdb-client) as a process, read by its own client.

influx -execute 'SELECT sum("count") FROM /.*/ GROUP BY *' -format json
"""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
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

DATABASE = "of statsd"
CONF = """\
reporting-disabled = true
bind-address = "{host}:{rpc}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
[http]
bind-address = "{host}:{http}"
log-enabled = false
[monitor]
store-enabled = false
"""
# A measurement and its tags, as JSON: what a value is kept under.
Kept = Mapping[str, float]


@dataclass(frozen=True)
class Influx:
    """One InfluxDB that runs, with an empty database."""

    port: int  # HTTP
    process: Process

    def sums(self, field: str) -> Kept:
        """Return the sum of a field's values, for each series that has it."""
        return self._each(f'SELECT sum("{field}")')

    def lasts(self, field: str) -> Kept:
        """Return the last of a field's values, for each series that has it."""
        return self._each(f'SELECT last("{field}")')

    def execute(self, query: str) -> list[dict[str, Any]]:
        """Return the series that a query gives."""
        words = [require("influx"), "-host", LOOPBACK, "-port", str(self.port)]
        words += ["-database", DATABASE, "-format", "json", "-execute", query]
        told = subprocess.run(words, capture_output=True, check=True, text=True)
        series: list[dict[str, Any]] = []
        for result in json.loads(told.stdout)["results"]:
            series += result.get("series", [])
        return series

    def _each(self, aggregate: str) -> Kept:
        return {
            show(row["name"], row.get("tags", {})): float(row["values"][0][1])
            for row in self.execute(f"{aggregate} FROM /.*/ GROUP BY *")
        }


def show(name: str, tags: Mapping[str, str]) -> str:
    """Return a series as text; tags that it does not have are not shown."""
    own = {key: value for key, value in tags.items() if value}
    return json.dumps([name, own], sort_keys=True)


@contextlib.contextmanager
def influxdb() -> Iterator[Influx]:
    """Run InfluxDB with a folder of its own."""
    http, rpc = find_free_ports(2)
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder("influx"))
        conf = folder / "influx.conf"
        conf.write_text(
            CONF.format(folder=folder, host=LOOPBACK, http=http, rpc=rpc),
            encoding="utf-8",
        )
        process = stack.enter_context(
            running(
                ["influxd", "-config", str(conf)],
                is_ready=lambda _: accepts(http),
                folder=folder,
            )
        )
        influx = Influx(http, process)
        influx.execute(f'CREATE DATABASE "{DATABASE}"')
        yield influx
