"""Workers that do not come back from a call, in a proxy and in a server: found out soon
while they run, and not waited for at the stop.
"""

import sys
from pathlib import Path

from tests.support.proxy import Proxy
from tests.support.receivers import Receivers
from tests.support.serve import Serve

# The program, but that its workers' threads hang in a call.
STANDING = """
import ctypes
from statshard.cli.main import main
from statshard.daemon import heartbeat, proxy, server, threads

def hang(self):
    ctypes.CDLL(None).sleep(90)

proxy.Worker = type("Worker", (proxy.Worker,), {"run": hang})
server.Collector = type("Collector", (server.Collector,), {"run": hang})
proxy.STOP_S = server.STOP_S = heartbeat.STALL_S = threads.STALL_S = 0.1
"""
LOOKED_AT = "proxy.LOOK_S = proxy.SHORTEST_LOOK_S = 0.02\n"


def let_stand(process: Proxy, *, looks: str = LOOKED_AT) -> None:
    """Let a process, before it is started, have workers that stand still."""
    process.command[:3] = [sys.executable, "-c", STANDING + looks + "main()"]


def test_a_proxys_worker_that_stands_still_ends_the_process() -> None:
    """It ends the proxy at once, with status 1, an error that names it, and a balance
    that closes.
    """
    with Receivers(1) as receivers:
        proxy = Proxy(*receivers.backends())
        let_stand(proxy)
        with proxy:
            ending = proxy.wait(0.0)
    assert proxy.list_events("worker_stuck", worker="worker-0")
    assert (1, "yes") == (ending.status, ending.balance["closes"])
    assert "worker 0 has stood still for 0.1 s" in "".join(proxy.log)
    assert "Traceback" not in "".join(proxy.log)


def test_a_servers_worker_that_stands_still_ends_the_process(tmp_path: Path) -> None:
    """It ends the server at once, with status 1, an error that names it, and a last
    flush.
    """
    serve = Serve(tmp_path, "--flush-interval", "1h")
    let_stand(serve)
    with serve:
        ending = serve.wait(0.0)
    assert serve.list_events("worker_stuck", worker="worker-0")
    assert (1, "yes") == (ending.status, ending.balance["closes"])
    assert "worker 0 has stood still for 0.1 s" in "".join(serve.log)
    assert "Traceback" not in "".join(serve.log)
    assert 1 == len(serve.flushes())


def test_a_stop_waits_for_no_worker_that_is_stuck() -> None:
    """A signal ends a proxy whose workers obey no order; each is named."""
    with Receivers(1) as receivers:
        proxy = Proxy(*receivers.backends(), workers=2)
        let_stand(proxy, looks="")
        with proxy:
            ending = proxy.stop()
    named = [each["worker"] for each in proxy.list_events("worker_stuck")]
    assert ["worker-0", "worker-1"] == named
    assert (0, "yes") == (ending.status, ending.balance["closes"])
