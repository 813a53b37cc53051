"""The same datagrams to this server and to etsy's own, and the same lines to Graphite.

Etsy's server is a real process, from `scripts/parts`; .ci/run installs it. What is
otherwise on purpose is the table DIFFERENCES, with its reasons.
"""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.daemon.test_server import running
from tests.support.aggregation import flush_input, mask_own_times, observed_lines
from tests.support.stores import Store, open_store, wait_for

STATSD = Path(__file__).parents[2] / "build/parts/node_modules/statsd/stats.js"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None or not STATSD.exists(),
    reason="no etsy statsd here: run scripts/parts, which needs npm",
)

# Datagrams that are read otherwise on purpose -> why.
DIFFERENCES = {
    b"constructor:1|c": "a name that JavaScript's objects have already is NaN there",
    b"toString:2|g": "the same; a gauge is added to a function's text there",
    b"i.r2:1|c|@0": "Infinity: no store has a place for it, it is counted and left out",
}
# More than the vectors have.
MORE = [
    b"p:12.5|ms|@0.25\np:1|ms\np:7e-3|ms",
    b"deep.name.of_many-parts;k=v;w=x:3|c\nneg.g:0|g\nneg.g:-5|g",
    b"h.h:5|h|#a:b\nset:a|s\nset:b|s|#t:1\nset:a|s",
    *(f"rand.{n}:{n * 1.37}|ms".encode() for n in range(40)),
    *(f"same:{n * n * 0.1}|ms".encode() for n in range(60)),
    b"gc:+5|g\ngc:-2.5|g\ngc:1|g\ngc:+0.1|g",
    b"x:1|c|@0.3\nx:7|c|@0.9\nx:0.1|c\nx:1e21|c",
]


def free_port(kind: socket.SocketKind) -> int:
    """Return a port that nobody has; etsy's server cannot take one from the kernel."""
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def etsys_server(
    folder: Path, store: Store, interval_ms: int
) -> AsyncIterator[int]:
    """Give the port of etsy's server, which flushes to a store."""
    port = free_port(socket.SOCK_DGRAM)
    config = folder / "etsy.js"
    config.write_text(
        f"{{ flushInterval: {interval_ms}, address: '127.0.0.1', port: {port},"
        f" mgmt_address: '127.0.0.1', mgmt_port: {free_port(socket.SOCK_STREAM)},"
        f" graphiteHost: '127.0.0.1', graphitePort: {store.port},"
        " backends: ['./backends/graphite'], automaticConfigReload: false,"
        " percentThreshold: [90, 50, -10, 99.9] }",
        encoding="utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(STATSD), str(config)),
        stdout=sys.stderr,
        stderr=sys.stderr,
        env={**os.environ, "LD_PRELOAD": ""},  # a sanitizer's runtime is not for it
    )
    try:
        await wait_for(store.lines)  # its first flush
        yield port
    finally:
        process.kill()
        await process.wait()


def told(lines: Sequence[str]) -> dict[str, str]:
    """Return name -> value, without what no two runs have alike."""
    return {
        name: value
        for name, value, _ in (line.split(" ") for line in mask_own_times(list(lines)))
        if value != "@VAR@" and "timestamp_lag" not in name
    }


def datagrams() -> list[bytes]:
    """Return all that is sent, without what is read otherwise on purpose."""
    lines = [row.datagram for row in observed_lines()]
    return [each for each in [*flush_input(), *lines, *MORE] if each not in DIFFERENCES]


async def flush_of_etsy(folder: Path) -> dict[str, str]:
    """Return what etsy's server tells of the datagrams, in one flush."""
    count = f"stats_counts.statsd.packets_received {len(datagrams())} "
    async with open_store() as store, etsys_server(folder, store, 2000) as port:
        before = len(store.lines())
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            for datagram in datagrams():
                sender.sendto(datagram, ("127.0.0.1", port))
        await wait_for(
            lambda: any(line.startswith(count) for line in store.lines()[before:])
        )
        await wait_for(lambda: "flush_length" in store.lines()[-1])
        return told(store.lines()[before:])


async def flush_of_ours() -> dict[str, str]:
    """Return what this server tells of the same."""
    flags = {
        "compat": "etsy",
        "flush_interval": "2",
        "percentiles": ("90", "50", "-10", "99.9"),
    }
    async with running(flags) as at:
        await at.flush()  # from the second on there is a gauge more
        for datagram in datagrams():
            at.send(datagram)
        await at.wait_for_datagrams(len(datagrams()))
        return told(await at.flush())


def test_graphite_is_told_the_same(tmp_path: Path) -> None:
    """Etsy's server and this one tell the same figures under the same names, to the
    last digit, of all that is not read otherwise on purpose.
    """
    theirs = asyncio.run(flush_of_etsy(tmp_path))
    ours = asyncio.run(flush_of_ours())
    assert theirs == ours
