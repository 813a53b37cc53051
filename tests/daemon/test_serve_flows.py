"""Many senders and several workers of a real process: nothing is lost or told twice."""

from pathlib import Path

from tests.daemon.test_serve import ask, wait_for_flushes
from tests.support.senders import open_senders, send_closed_loop
from tests.support.serve import Serve

FLOWS = 40
TURNS = 50


def test_flows_over_workers_add_up_over_flushes(tmp_path: Path) -> None:
    """Whatever worker has a flow, and wherever flushes cut it: counts, sets and figures
    of timers are whole, sums of fractions nearly, and gauges where they were set last.
    """
    datagrams = [
        (b"c:1:2|c\nf:0.1|c\nt:%d|ms\ns:%d|s\ng:%d|g" % (n % FLOWS, n, n), 6)
        for n in range(FLOWS * TURNS)
    ]
    with Serve(tmp_path, "--flush-interval", "100ms", "--workers", "4") as serve:

        def arrived() -> int:
            rows = ask(serve, b"stats").decode().split("\n")
            (row,) = [each for each in rows if each.startswith("samples.received: ")]
            return int(row.split(": ")[1])

        with open_senders(serve.address, FLOWS) as senders:
            sent = 0
            for at in range(0, len(datagrams), 500):
                sent += send_closed_loop(senders, datagrams[at : at + 500], arrived)
                wait_for_flushes(serve, len(serve.flushes()) + 1)
            # One worker has read the first before another can read the second.
            send_closed_loop(senders[:1], [(b"g:7|g", 1)], arrived)
            send_closed_loop(senders[1:], [(b"g:+2|g", 1)], arrived)
        ending = serve.stop()
    flushes = serve.flushes()
    assert (0, "yes", {}) == (ending.status, ending.balance["closes"], ending.dropped)
    assert len(flushes) > 4
    told = [flush["timers"].get("t", {}) for flush in flushes]
    assert {
        "counter": 3 * sent,
        "timers": sent,
        "sum": sum(n % FLOWS for n in range(sent)),
        "members": sent,
        "datagrams": sent + 2,
        "gauge": 9,
    } == {
        "counter": sum(flush["counters"].get("c", 0) for flush in flushes),
        "timers": sum(each.get("count", 0) for each in told),
        "sum": sum(each.get("sum", 0) for each in told),
        "members": sum(flush["sets"].get("s", 0) for flush in flushes),
        "datagrams": sum(
            flush["counters"]["statsd.packets_received"] for flush in flushes
        ),
        "gauge": flushes[-1]["gauges"]["g"],
    }
    fractions = sum(flush["counters"].get("f", 0) for flush in flushes)
    assert abs(fractions - 0.1 * sent) < 1e-9
