"""`statshard serve` as a process: flushes, signals, refusals and its text port."""

import signal
import socket
from pathlib import Path

import pytest

from tests.support.proxy import run_statshard
from tests.support.serve import Serve
from tests.support.wait import wait_until


def send(serve: Serve, datagram: bytes) -> None:
    """Send a datagram to a server."""
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.sendto(datagram, serve.address)


def wait_for_flushes(serve: Serve, count: int) -> None:
    """Wait until so many flushes were written."""
    wait_until(lambda: len(serve.flushes()) >= count)


def ask(serve: Serve, line: bytes) -> bytes:
    """Return what the text port answers."""
    port = int(serve.list_events("text_port")[0]["port"])
    with socket.create_connection(("127.0.0.1", port)) as asking:
        asking.sendall(line + b"\nquit\n")
        answer = b""
        while octets := asking.recv(1 << 16):
            answer += octets
    return answer


def test_flushes_come_by_themselves(tmp_path: Path) -> None:
    """Interval after interval is flushed, and each sample is in exactly one."""
    with Serve(tmp_path, "--flush-interval", "100ms") as serve:
        for _ in range(5):
            send(serve, b"a:1|c")
            wait_for_flushes(serve, len(serve.flushes()) + 2)
        serve.stop()
        counts = [flush["counters"].get("a", 0) for flush in serve.flushes()]
    assert (5, True) == (sum(counts), len(counts) >= 10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_flushes_and_ends(tmp_path: Path, number: signal.Signals) -> None:
    """Told to stop, it aggregates what was sent, flushes it, and ends in order."""
    with Serve(tmp_path, "--flush-interval", "1h") as serve:
        send(serve, b"a:1|c\nbad\n:1|c\nt:1:2:3|ms")
        ending = serve.stop(number)
        (flush,) = serve.flushes()
    assert (0, "yes") == (ending.status, ending.balance["closes"])
    assert {("", "no_colon"): 1, ("", "empty_name"): 1} == ending.dropped
    assert (6, 4) == (
        ending.balance["received_samples"],
        ending.balance["aggregated_samples"],
    )
    assert (1, 6) == (flush["counters"]["a"], flush["timers"]["t"]["sum"])


def test_the_text_port_answers_a_proxys_health_check(tmp_path: Path) -> None:
    """`health` is answered as etsy's proxy asks it, and can be set."""
    with Serve(tmp_path, "--flush-interval", "1h") as serve:
        assert b"health: up\n" == ask(serve, b"health\r")
        assert b"health: down\n" == ask(serve, b"health down")
        assert b"health: down\n" == ask(serve, b"health")


REFUSALS = [
    (("--sink", "nobodys://h:1"), 78, "no sink for nobodys:; valid: console, graphite"),
    (("--sink", "console:?format=xml"), 78, "format 'xml'; valid: etsy, json"),
    (("--sink", "influxdb://h?org=o"), 78, "a database or a bucket, one of them"),
    (("--sink", "prometheus://h/x"), 78, "path '/x'; valid: none"),
    (("--sink", "statsd://h?rate=0"), 78, "rate '0'; valid: 10 to 1000000"),
    (("--sink", "graphite://"), 78, "valid: graphite://HOST:PORT"),
    (("--percentiles", "0"), 78, "valid: a number from -100 to 100, not 0"),
    (("--compat", "brubeck"), 78, "valid: strict, etsy"),
    (("--listen", "udp://nowhere.invalid:1"), 78, "does not resolve"),
]


@pytest.mark.parametrize(("flags", "status", "what"), REFUSALS)
def test_what_is_wrong_is_told_at_the_start(
    flags: tuple[str, ...], status: int, what: str
) -> None:
    """Wrong settings end it at once, with the status and the words for them."""
    run = run_statshard("serve", *flags)
    assert status == run.returncode
    assert what in run.stderr


def test_a_sink_that_cannot_listen_ends_it() -> None:
    """A port of Prometheus' that is taken ends it with status 71."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"prometheus://127.0.0.1:{other.getsockname()[1]}"
        run = run_statshard("serve", "--listen", "udp://127.0.0.1:0", "--sink", url)
    assert run.returncode == 71
    assert f"sink {url!r}: Address already in use; valid: an address" in run.stderr


def test_a_busy_text_port_is_refused_only_if_asked_for(tmp_path: Path) -> None:
    """A text port that was configured and is taken ends it with status 71."""
    with Serve(tmp_path, "--flush-interval", "1h") as serve:
        port = serve.list_events("text_port")[0]["port"]
        run = run_statshard(
            *("serve", "--listen", "udp://127.0.0.1:0"),
            *("--text-port", f"127.0.0.1:{port}"),
        )
    assert run.returncode == 71
    assert f"text port 127.0.0.1:{port}" in run.stderr


def test_at_level_debug_a_summary_comes_with_its_parts(tmp_path: Path) -> None:
    """With --log-level debug each type and reason stands before each summary."""
    flags = ("--summary-s", "0.1", "--log-level", "debug")
    with (
        Serve(tmp_path, *flags) as serve,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        sender.sendto(b"a:1|c\nb:wrong|c", serve.address)
        serve.wait_for_event("summary", received_samples=2)
        serve.wait_for_event("summary_aggregated", type="counter", samples=1)
        told = serve.wait_for_event("summary_dropped", samples=1)
    assert ("debug", "bad_value") == (told["level"], told["reason"])
