"""Several sinks of one process: slow, away, coming back at the stop."""

import os
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.daemon.test_serve import send
from tests.support.proxy import Ending
from tests.support.serve import Serve
from tests.support.wait import wait_until


class Graphite:
    """A place for a carbon: it may be away (bound only), or never read."""

    def __init__(self, *, is_away: bool = False, reads: bool = True) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.bind(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.received = bytearray()
        self.reads = reads
        self.is_away = is_away
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        if not self.is_away:
            self.come()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    def come(self) -> None:
        """Listen from now on."""
        self.socket.listen()
        if self.reads:
            self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                while octets := connection.recv(1 << 16):
                    self.received += octets

    def sum_of(self, name: bytes) -> float:
        """Return the sum of the values that came under a name."""
        rows = (line.split(b" ") for line in bytes(self.received).split(b"\n")[:-1])
        return sum(float(row[1]) for row in rows if row[0] == name)


def counts_of(serve: Serve, ending: Ending, place: str) -> dict[str, int]:
    """Return what became of the points of a sink; each balance must close."""
    assert (0, "yes") == (ending.status, ending.balance["closes"])
    (told,) = [e for e in serve.list_events("balance_sink") if place in e["sink"]]
    ended = told["sent_points"] + told["waiting_points"] + told["dropped_points"]
    assert ("yes", ended) == (told["closes"], told["rendered_points"])
    drops = [e for e in serve.list_events("sink_dropped") if place in e["sink"]]
    assert told["dropped_points"] == sum(each["points"] for each in drops)
    return {each["reason"]: each["points"] for each in drops}


def test_a_slow_sink_harms_no_other(tmp_path: Path) -> None:
    """While one Graphite reads nothing, the console and another have every flush; what
    the slow one lost is counted by reason.
    """
    with Graphite() as quick, Graphite(reads=False) as slow:
        serve = Serve(
            tmp_path,
            # In so long a flush is written on any machine, however slow.
            *("--flush-interval", "1s", "--drain-s", "2"),
            *("--sink", f"graphite://{quick.place}"),
            *("--sink", f"graphite+pickle://{slow.place},queue_bytes=1MiB"),
        )
        with serve:
            for at in range(0, 5_000, 500):
                names = (b"n.%d.%b" % (n, b"x" * 80) for n in range(at, at + 500))
                send(serve, b":1|g\n".join(names) + b":1|g")
            send(serve, b"a:3|c")
            wait_until(lambda: len(serve.flushes()) >= 5)
            send(serve, b"a:4|c")
            ending = serve.stop()
            assert {} == counts_of(serve, ending, quick.place)
            assert {} == counts_of(serve, ending, "console")
            lost = counts_of(serve, ending, slow.place)
        # Until it is known to be stuck, what comes next finds it busy.
        assert {"queue_full", "shutdown"} == lost.keys() - {"busy"}
        wait_until(lambda: quick.sum_of(b"stats_counts.a") == 7)
    assert 7 == sum(flush["counters"].get("a", 0) for flush in serve.flushes())


def test_the_last_flush_reaches_a_sink_that_comes_back(tmp_path: Path) -> None:
    """A Graphite that is away at the stop, and comes within drain_s, has it all."""
    with Graphite(is_away=True) as store:
        sink = f"graphite://{store.place}"
        with Serve(tmp_path, "--flush-interval", "200ms", "--sink", sink) as serve:
            send(serve, b"a:3|c")
            serve.wait_for_event("sink_down", level="warning")
            send(serve, b"a:4|c")
            threading.Timer(0.5, store.come).start()
            ending = serve.stop()
            assert {} == counts_of(serve, ending, store.place)
        wait_until(lambda: store.sum_of(b"stats_counts.a") == 7)


@pytest.mark.parametrize("drain_s", ["0", "0.3"])
def test_the_stop_waits_for_no_sink_longer_than_drain_s(
    drain_s: str, tmp_path: Path
) -> None:
    """What a Graphite that stays away did not take is counted as shutdown."""
    with Graphite(is_away=True) as store:
        sink = f"graphite://{store.place}"
        flags = ("--flush-interval", "200ms", "--drain-s", drain_s, "--sink", sink)
        with Serve(tmp_path, *flags) as serve:
            serve.wait_for_event("sink_down")
            ending = serve.stop()
            lost = counts_of(serve, ending, store.place)
    assert {"shutdown"} == lost.keys()


def test_an_installed_sink_is_at_work_beside_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third party's sink is found by its scheme in a real process; that every second
    of its deliveries has a fault is told and counted, and harms no other.
    """
    (tmp_path / "toy_sink.py").write_text(
        "from statshard.sinks.sink import Parcel, Sink\n"
        "class Toy(Sink):\n"
        "    def __init__(self, order):\n"
        "        self.path, self.turn = order.path, 0\n"
        "    def render(self, flush, last):\n"
        "        return [Parcel(b'%d\\n' % flush.counters.get('a', 0), 1)]\n"
        "    async def deliver(self, parcel):\n"
        "        self.turn += 1\n"
        "        if self.turn % 2:\n"
        "            raise KeyError(self.turn)\n"
        "        with open(self.path, 'ab') as file:\n"
        "            file.write(parcel.payload)\n"
    )
    metadata = tmp_path / "toy_sink-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-sink\n")
    (metadata / "entry_points.txt").write_text("[statshard.sinks]\ntoy=toy_sink:Toy\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    sink = f"toy:{tmp_path}/kept"
    flags = ("--flush-interval", "300ms", "--sink", sink)
    with Serve(tmp_path, *flags) as serve:
        wait_until(lambda: len(serve.list_events("sink_fault", sink=sink)) >= 3)
        ending = serve.stop()
        assert {"fault"} == counts_of(serve, ending, sink).keys()
        assert {} == counts_of(serve, ending, "console")
    kept = (tmp_path / "kept").read_bytes().count(b"\n")
    assert kept == len(serve.flushes()) // 2
