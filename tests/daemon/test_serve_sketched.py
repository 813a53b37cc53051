"""A series of which too much comes, in a real server: figures, metric, log, sinks."""

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.test_serve import ask, send, wait_for_flushes
from tests.daemon.test_serve_limits import wait_for_samples
from tests.support.proxy import Ending
from tests.support.serve import Serve

MOST = 1000


def send_too_much(serve: Serve) -> None:
    """Send a timer and a set of too much, and others; none is read by halves."""
    for start in range(0, 5 * MOST, 100):
        numbers = range(start, start + 100)
        lines = [b"big\x1b:%d|ms\nmany:%d|s" % (n, n) for n in numbers]
        send(serve, b"\n".join(lines))
    send(serve, b"small:7|ms\nfew:x|s\nc:3|c")
    wait_for_samples(serve, 10 * MOST + 3)


def judge_flush(flush: dict[str, Any]) -> None:
    """Hold that what is told of these is exact, or within the bound, and says so."""
    figures = flush["timers"]["big\x1b"]
    exact = ("count", "lower", "upper", "count_90", "sum")
    total = 5 * MOST * (5 * MOST - 1) / 2
    assert [5000, 0, 4999, 4500, total] == [figures[name] for name in exact]
    assert figures["upper_90"] == pytest.approx(4499, rel=0.01)
    assert figures["median"] == pytest.approx(2499.5, rel=0.01)
    assert flush["sets"]["many"] == pytest.approx(5 * MOST, rel=0.0325)
    assert (7.0, 1) == (flush["timers"]["small"]["upper"], flush["sets"]["few"])
    assert {"timers": ["big\x1b"], "sets": ["many"]} == flush["sketched"]
    gauges = {f"statsd.sketched_{kind}": 1.0 for kind in ("timers", "sets")}
    assert gauges == flush["gauges"]


def judge_log(serve: Serve, ending: Ending, members: int) -> None:
    """Hold that the log has both series and both counts, and no byte as it came."""
    assert (0, "yes") == (ending.status, ending.balance["closes"])
    counts = [ending.balance[f"sketched_{kind}"] for kind in ("timers", "sets")]
    assert [1, 1] == counts
    told = serve.list_events("series_sketched")
    assert [("timer", "big\x1b"), ("set", "many")] == [
        (each["type"], each["series"]) for each in told
    ]
    assert not any("\x1b" in line for line in serve.log)
    drops = {
        each["reason"]: each["points"] for each in serve.list_events("sink_dropped")
    }
    assert {"no_values": 1, "no_members": members} == drops


@pytest.mark.parametrize(
    ("workers", "compat"), [("1", "strict"), ("2", "strict"), ("1", "etsy")]
)
def test_a_series_of_too_much_is_told_of_by_a_sketch(
    tmp_path: Path, workers: str, compat: str
) -> None:
    """Figures are within the bound; the gauge, `stats`, the summary, the log and the
    console say which it was; the repeater counts what it cannot repeat and sends the
    rest.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(30)
        host, port = other.getsockname()
        serve = Serve(
            tmp_path,
            *("--flush-interval", "1h", "--workers", workers, "--compat", compat),
            *("--timer-values-max", str(MOST), "--set-members-max", str(MOST)),
            *("--sink", f"statsd://{host}:{port}", "--no-sanitize"),
        )
        with serve:
            send_too_much(serve)
            assert b"series.sketched.timer: 0\n" in ask(serve, b"stats")
            ending = serve.stop()
        received = sorted(other.recv(2000).split(b"\n"))
    (flush,) = serve.flushes()
    judge_flush(flush)
    judge_log(serve, ending, flush["sets"]["many"])
    assert [b"c:3|c", b"few:x|s", b"small:7|ms"] == received


def test_the_interval_after_it_is_exact_again(tmp_path: Path) -> None:
    """A timer that was a sketch is exact when less comes, is told of as 0 from then on,
    and is not told of twice by the log; the text port shows its values.
    """
    flags = ("--flush-interval", "300ms", "--timer-values-max", str(MOST))
    with Serve(tmp_path, *flags) as serve:
        for turn in range(2):
            values = b":".join(b"%d" % n for n in range(2 * MOST))
            send(serve, b"t:" + values + b"|ms")
            wait_for_samples(serve, (turn + 1) * 2 * MOST)
            wait_for_flushes(serve, len(serve.flushes()) + 2)
        send(serve, b"t:5:6|ms")
        wait_for_samples(serve, 4 * MOST + 2)
        wait_for_flushes(serve, len(serve.flushes()) + 1)
        assert b"t:" in ask(serve, b"timers")
        assert b"deleted: t\n" in ask(serve, b"deltimers t")
        serve.stop()
    sketched = [flush for flush in serve.flushes() if flush["sketched"]["timers"]]
    assert 2 <= len(sketched)
    assert 4 * MOST == sum(flush["timers"]["t"]["count"] for flush in sketched)
    exact = [
        flush
        for flush in serve.flushes()
        if flush["timers"].get("t", {}).get("count") == 2
    ]
    assert [(5.5, 0.0)] == [
        (each["timers"]["t"]["median"], each["gauges"]["statsd.sketched_timers"])
        for each in exact
    ]
    assert 1 == len(serve.list_events("series_sketched"))
