"""What is beyond bounds, in a real server: counted while it happens, and harmless."""

import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from tests.daemon.test_serve import ask, send, wait_for_flushes
from tests.support.proxy import run_statshard
from tests.support.serve import Serve
from tests.support.wait import wait_until

DATAGRAM_MAX = 65_507  # of UDP over IPv4


def stats(serve: Serve) -> dict[str, int]:
    """Return the samples that the text port tells of, without their prefix."""
    rows = (row.split(": ") for row in ask(serve, b"stats").decode().split("\n")[:-3])
    return {
        name.removeprefix("samples."): int(value)
        for name, value in rows
        if name.startswith("samples.")
    }


def wait_for_samples(serve: Serve, count: int) -> None:
    """Wait until so many samples were received."""
    wait_until(lambda: stats(serve)["received"] >= count)


def fitted(head: bytes, piece: bytes, tail: bytes) -> bytes:
    """Return the longest datagram of a head, a piece again and again, and a tail."""
    return head + piece * ((DATAGRAM_MAX - len(head + tail)) // len(piece)) + tail


def test_the_balance_closes_whenever_it_is_read(tmp_path: Path) -> None:
    """While refused lines, too many events and more names and values than there is
    memory for come in, received = aggregated + dropped at every read, and at the end.
    """
    with Serve(tmp_path, "--flush-interval", "1h", "--table-bytes", "4MiB") as serve:
        ends = threading.Event()
        reading = threading.Semaphore()  # one read at least for each 30 turns

        def load() -> None:
            for turn in range(150):
                if turn % 30 == 0:
                    reading.acquire()
                names = b"".join(b"n.%d.%d:1:x|ms\n" % (turn, n) for n in range(300))
                send(serve, b"t.%d%b|ms" % (turn % 10, b":1" * 2000))
                send(serve, b"bad\n:1|c\n_sc|x|9\n" + names)
                send(serve, b"_e{1,600}:a|" + b"x" * 600)
            ends.set()

        sending = threading.Thread(target=load)
        sending.start()
        while not ends.is_set() or stats(serve)["received"] < 150 * 2604:
            counts = stats(serve)
            received = counts.pop("received")
            assert received == sum(counts.values())
            reading.release()
        sending.join()
        ending = serve.stop()
    assert "yes" == ending.balance["closes"]
    reasons = {reason for _, reason in ending.dropped}
    assert {"bad_value", "no_colon", "empty_name", "bad_check"} <= reasons
    assert {"no_memory", "too_many_events"} <= reasons
    (overflowed,) = serve.list_events("balance_overflowed")
    assert "timer" == overflowed["type"]


WIDE = [
    (fitted(b"a", b":1", b"|ms"), "timer"),
    (fitted(b"a", b":+1", b"|g"), "gauge"),
    (fitted(b"a:1|c|#", b"t,", b"x:y"), "counter"),
    (fitted(b"a", b";k=v", b":1|c"), "counter"),
    (b"a:1|c|#" + b",".join(b"%x" % n for n in range(13_000)), "counter"),
    (fitted(b"a:1|s\n", b"a:1|s\n", b"a:1|s"), "set"),
    (fitted(b"a:", b"1", b"|s"), "set"),
    (fitted(b"", b"n", b":1|c"), "counter"),
    (bytes(x for x in range(1, 256) if x not in b"\n:|,;#[@") + b":1|c", "counter"),
]


@pytest.mark.parametrize(("datagram", "kind"), WIDE)
@pytest.mark.parametrize("flags", [(), ("--no-sanitize",)])
def test_the_widest_datagrams_are_taken(
    tmp_path: Path, datagram: bytes, kind: str, flags: tuple[str, ...]
) -> None:
    """65 507 bytes of values, tags, lines or name come to one series in a flush, whose
    JSON is whole, and the text port shows it.
    """
    with Serve(tmp_path, "--flush-interval", "200ms", *flags) as serve:
        send(serve, datagram)
        wait_until(lambda: stats(serve)[f"aggregated.{kind}"] > 0)
        wait_for_flushes(serve, len(serve.flushes()) + 2)
        shown = ask(serve, f"{kind}s".encode())
        ending = serve.stop()
    told = {key for flush in serve.flushes() for key in flush[f"{kind}s"]}
    assert 1 == len({key for key in told if not key.startswith("statsd.")})
    assert ({}, "yes") == (ending.dropped, ending.balance["closes"])
    assert shown.endswith(b"END\n\n")


def test_a_hundred_thousand_names_hold_up_nobody(tmp_path: Path) -> None:
    """An interval with so many names is told whole, and so are those that are long and
    nearly alike; the text port answers beside it.
    """
    count = 100_000
    with Serve(tmp_path, "--flush-interval", "1h", "--drain-s", "60") as serve:
        for at in range(0, count, 1000):
            lines = (b"n%d:1|c" % number for number in range(at, at + 1000))
            send(serve, b"\n".join(lines))
            wait_for_samples(serve, at + 1000)
        for number in range(1, 301):
            send(serve, b"y" * 60_000 + b"%d:1|c" % number)
            if number % 50 == 0:  # no more than a socket's buffer takes
                wait_for_samples(serve, count + number)
        assert b"health: up\n" == ask(serve, b"health")
        ending = serve.stop()
    (flush,) = serve.flushes()
    assert (0, "yes", {}) == (ending.status, ending.balance["closes"], ending.dropped)
    told = [key for key, value in flush["counters"].items() if value == 1]
    assert count == len([key for key in told if key.startswith("n")])
    assert 300 == len([key for key in told if key.startswith("y")])


def test_signals_during_a_flush_change_nothing(tmp_path: Path) -> None:
    """Two signals while flush after flush is made end it once, in order, with a whole
    last flush.
    """
    with Serve(tmp_path, "--flush-interval", "100ms") as serve:
        for at in range(0, 20_000, 1000):
            names = (b"n%d:1|g" % number for number in range(at, at + 1000))
            send(serve, b"\n".join(names))
        wait_for_samples(serve, 20_000)
        send(serve, b"last:1|c")
        wait_for_samples(serve, 20_001)
        serve.send_signal(signal.SIGTERM)
        ending = serve.stop(signal.SIGINT)
    assert (0, "yes") == (ending.status, ending.balance["closes"])
    assert 1 == len(serve.list_events("balance"))
    assert 20_000 <= len(serve.flushes()[-1]["gauges"])
    assert 1 == sum(flush["counters"].get("last", 0) for flush in serve.flushes())


def test_a_stop_with_nothing_received_is_a_flush_of_zeros(tmp_path: Path) -> None:
    """A server that nobody sent anything ends with one flush, of its own counters."""
    with Serve(tmp_path, "--flush-interval", "1h") as serve:
        ending = serve.stop()
    (flush,) = serve.flushes()
    assert (0, "yes", {}) == (ending.status, ending.balance["closes"], ending.dropped)
    assert {0.0} == set(flush["counters"].values())


def test_a_busy_listener_is_refused() -> None:
    """A port that another socket has ends it with status 71, and is named."""
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"udp://127.0.0.1:{taken.getsockname()[1]}"
        run = run_statshard("serve", "--listen", url, "--no-admin")
    assert os.EX_OSERR == run.returncode
    assert url.removeprefix("udp://") in run.stderr


def test_a_file_says_all_of_it_and_its_faults_have_lines(tmp_path: Path) -> None:
    """A file with [server] and [[sink]] is what it goes by; each fault of another is
    told with file and line, and status 78.
    """
    path = tmp_path / "s.toml"
    path.write_text(
        '[server]\nflush_interval = "1h"\npercentiles = [50, -10, 99.9]\n'
        'prefix_stats = "own"\ndelete_idle_stats = true\n'
    )
    with Serve(tmp_path, "-c", str(path)) as serve:
        send(serve, b"\n".join(b"t:%d|ms" % n for n in range(1, 11)))
        serve.stop()
    (flush,) = serve.flushes()
    figures = flush["timers"]["t"]
    assert (5, 10, 10) == (
        figures["count_50"],
        figures["lower_top10"],
        figures["count_99_9"],
    )
    assert 10 == flush["counters"]["own.metrics_received"]
    path.write_text(
        '[server]\nflush_interval = "soon"\nnobodys = 1\n\n'
        '[[sink]]\nurl = "graphite:"\n\n[[sink]]\nurl = "console:"\nnamespace = "old"\n'
    )
    run = run_statshard("serve", "-c", str(path))
    assert 78 == run.returncode
    for line in (2, 3, 6, 10):
        assert f"{path}:{line}: " in run.stderr
