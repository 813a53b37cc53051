"""The text port of a real process: clients that are slow, many, or come mid-flush."""

import socket
from pathlib import Path

from tests.daemon.test_serve import ask, send, wait_for_flushes
from tests.support.serve import Serve
from tests.support.wait import wait_until


def connect(serve: Serve) -> socket.socket:
    """Return a connection to the text port that takes a few KiB, if nobody reads."""
    port = int(serve.list_events("text_port")[0]["port"])
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    return client


def send_names(serve: Serve, count: int) -> None:
    """Send a counter of its own under each of so many long names, and flush them."""
    for at in range(0, count, 500):
        lines = [b"n.%07d.%b:1|c" % (n, b"x" * 80) for n in range(at, at + 500)]
        send(serve, b"\n".join(lines))
        wait_for_samples(serve, at + 500)


def wait_for_samples(serve: Serve, count: int) -> None:
    """Wait until so many samples have been received."""
    wait_until(lambda: b"samples.received: %d\n" % count in ask(serve, b"stats"))


def test_a_client_that_reads_nothing_holds_up_nobody(tmp_path: Path) -> None:
    """While a client does not take its answers, others are answered, flushes come, and
    the stop is no later.
    """
    with Serve(tmp_path, "--flush-interval", "100ms") as serve:
        send_names(serve, 5000)
        wait_for_flushes(serve, len(serve.flushes()) + 2)
        with connect(serve) as client:
            client.sendall(b"counters\n" * 20)  # more than kernels keep
            assert b"health: up\n" == ask(serve, b"health")
            wait_for_flushes(serve, len(serve.flushes()) + 2)
            ending = serve.stop()
    assert (0, "yes") == (ending.status, ending.balance["closes"])


def test_stats_tells_the_balance(tmp_path: Path) -> None:
    """`stats` tells received, aggregated and dropped samples, by type and reason, which
    close.
    """
    with Serve(tmp_path, "--flush-interval", "1h") as serve:
        send(serve, b"a:1|c\na:1:2:x|ms\nbad\n_sc|x|0")
        wait_for_samples(serve, 6)
        rows = dict(
            row.split(": ", 1) for row in ask(serve, b"stats").decode().split("\n")[:-3]
        )
    counts = {
        name.removeprefix("samples."): int(value)
        for name, value in rows.items()
        if name.startswith("samples.")
    }
    assert {
        "received": 6,
        "aggregated.counter": 1,
        "aggregated.gauge": 0,
        "aggregated.timer": 2,
        "aggregated.set": 0,
        "aggregated.event": 0,
        "aggregated.check": 1,
        "dropped.no_colon": 1,
        "dropped.bad_value": 1,
    } == counts
