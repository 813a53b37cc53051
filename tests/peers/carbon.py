"""Graphite's carbon-cache (Debian graphite-carbon) as a process, read by whisper-fetch.

    stats.counters.a.count 3 1795173794  -->  whisper/stats/counters/a/count.wsp

Every series keeps one value a second, for an hour; there is no limit on new files.
"""

import contextlib
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.peers.process import (
    LOOPBACK,
    Process,
    accepts,
    find_free_ports,
    new_folder,
    require,
    running,
)

CONF = """\
[cache]
STORAGE_DIR = {folder}
LOCAL_DATA_DIR = {folder}/whisper/
CONF_DIR = {folder}
LOG_DIR = {folder}
PID_DIR = {folder}
USER =
LINE_RECEIVER_INTERFACE = {host}
LINE_RECEIVER_PORT = {line}
PICKLE_RECEIVER_INTERFACE = {host}
PICKLE_RECEIVER_PORT = {pickle}
CACHE_QUERY_INTERFACE = {host}
CACHE_QUERY_PORT = {query}
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = inf
ENABLE_TAGS = False
CARBON_METRIC_INTERVAL = 0
"""
SCHEMAS = "[all]\npattern = .*\nretentions = 1s:1h\n"


@dataclass(frozen=True)
class Carbon:
    """One carbon-cache that runs."""

    port: int  # of Graphite's plaintext, TCP
    pickle_port: int
    folder: Path
    process: Process

    def fetch(self, path: str) -> list[float]:
        """Return the values of a series in their order; none before it has a file."""
        file = self.folder / "whisper" / (path.replace(".", "/") + ".wsp")
        if not file.exists():
            return []
        words = [require("whisper-fetch"), "--drop=nulls", str(file)]
        told = subprocess.run(words, capture_output=True, check=True, text=True)
        return [float(row.split("\t")[1]) for row in told.stdout.splitlines()]

    def list_files(self) -> set[str]:
        """Return the names of all files that series are in, with their folders."""
        root = self.folder / "whisper"
        return {str(each.relative_to(root)) for each in root.rglob("*.wsp")}


@contextlib.contextmanager
def carbon_cache() -> Iterator[Carbon]:
    """Run carbon-cache with a folder of its own."""
    line, pickle, query = find_free_ports(3)
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder("carbon"))
        conf = folder / "carbon.conf"
        conf.write_text(
            CONF.format(
                folder=folder, host=LOOPBACK, line=line, pickle=pickle, query=query
            ),
            encoding="utf-8",
        )
        (folder / "storage-schemas.conf").write_text(SCHEMAS, encoding="utf-8")
        process = stack.enter_context(
            running(
                ["carbon-cache", f"--config={conf}", "--nodaemon", "start"],
                is_ready=lambda _: accepts(line) and accepts(pickle),
                folder=folder,
                env={"GRAPHITE_ROOT": str(folder), "GRAPHITE_CONF_DIR": str(folder)},
            )
        )
        yield Carbon(line, pickle, folder, process)
