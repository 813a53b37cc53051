"""Third parties' sinks with a thread that never comes back, in a real process."""

import os
from pathlib import Path

import pytest

from tests.daemon.test_serve import send
from tests.daemon.test_serve_sinks import Graphite, counts_of
from tests.daemon.test_standing_workers import let_stand
from tests.support.serve import Serve
from tests.support.wait import wait_until

SINKS = '''\
"""Sinks that hang: one as it writes a flush, one as it looks up a name."""

import asyncio
import threading

from statshard.sinks.sink import Parcel, Sink


class Rendering(Sink):
    def __init__(self, order):
        pass

    def render(self, flush, last):
        yield Parcel(b"some", 1)
        threading.Event().wait()

    async def deliver(self, parcel):
        pass


class Resolving(Sink):
    def __init__(self, order):
        pass

    def render(self, flush, last):
        return [Parcel(b"some", 1)]

    async def deliver(self, parcel):
        await asyncio.to_thread(threading.Event().wait)
'''


@pytest.fixture(autouse=True)
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the sinks where every process of a test finds them."""
    (tmp_path / "hanging_sinks.py").write_text(SINKS)
    metadata = tmp_path / "hanging_sinks-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: hanging-sinks\n")
    (metadata / "entry_points.txt").write_text(
        "[statshard.sinks]\n"
        "rendering = hanging_sinks:Rendering\nresolving = hanging_sinks:Resolving\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)


@pytest.mark.parametrize("sink", ["rendering:", "resolving:"])
def test_a_sink_that_hangs_keeps_no_process(tmp_path: Path, sink: str) -> None:
    """After drain_s the server ends, with status 0 and all balances; the others have
    every flush, and what the hanging one did not take is counted.
    """
    with Graphite() as store:
        serve = Serve(
            tmp_path,
            *("--flush-interval", "500ms", "--drain-s", "0.5"),
            *("--sink", f"graphite://{store.place}", "--sink", sink),
        )
        with serve:
            wait_until(lambda: len(serve.flushes()) >= 2)
            send(serve, b"a:3|c")
            ending = serve.stop()
            assert {} == counts_of(serve, ending, "console")
            assert {} == counts_of(serve, ending, store.place)
            assert "shutdown" in counts_of(serve, ending, sink)
        wait_until(lambda: store.sum_of(b"stats_counts.a") == 3)
    assert 3 == sum(flush["counters"].get("a", 0) for flush in serve.flushes())


def test_a_sink_that_hangs_changes_no_exit_status(tmp_path: Path) -> None:
    """Where a worker stands still, too, the server ends with status 1 and says so."""
    serve = Serve(
        tmp_path, "--flush-interval", "1h", "--drain-s", "0.2", "--sink", "rendering:"
    )
    let_stand(serve)
    with serve:
        ending = serve.wait(0.0)
    assert (1, "yes") == (ending.status, ending.balance["closes"])
    assert "worker 0 has stood still" in "".join(serve.log)
