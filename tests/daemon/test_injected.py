"""Faults of the kernel on real sockets: strace(1) puts them in place of its answers.

    sendmmsg:error=ENOBUFS:when=5+5    every fifth call of a thread, from its fifth on,
                                       is not made, and says so
    sendmmsg:retval=0:when=3+4         is not made, and says that it took nothing

A call that took some of its datagrams cannot be made this way: what strace lets it say
it took would be lost. Those, and faults at every position: tests/plane/test_schedules.
"""

import functools
import itertools
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.build import SANITIZER
from tests.support.proxy import Proxy
from tests.support.receivers import Receivers
from tests.support.senders import open_senders, send_closed_loop
from tests.support.wait import wait_until

LINES = 2000
LINES_EACH = 4  # in one datagram
CHUNK = 5  # datagrams on their way at a time, so that there are many calls
FAULTS_LEAST = 10  # or the test shows nothing
MAX_PAYLOAD = 64  # so that a send has several datagrams


@functools.cache
def why_not() -> str:
    """Return why strace cannot put faults in, or nothing."""
    if SANITIZER:
        return "strace slows a sanitizer's own calls more than a test can wait"
    if shutil.which("strace") is None:
        return "strace(1) is missing: apt-get install strace"
    probe = ["strace", "-qq", "-o", "/dev/null", "-e", "inject=getppid:error=EPERM"]
    done = subprocess.run([*probe, "true"], check=False, capture_output=True)
    return "strace(1) may not trace here" if done.returncode else ""


pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "nothing missing")


@pytest.mark.parametrize(
    "fault",
    [
        "sendmmsg:error=ENOBUFS:when=5+5",
        "sendmmsg:error=EAGAIN:when=2+3",
        "sendmmsg:error=EINTR:when=1+2",
        "sendmmsg:error=ECONNREFUSED:when=5+5",
        "sendmmsg:error=EHOSTUNREACH:when=5+5",
        "sendmmsg:retval=0:when=3+4",
        "recvmmsg:error=EINTR:when=1+2",
        "recvmmsg:error=EAGAIN:when=3+3",
    ],
)
def test_an_injected_fault_loses_and_repeats_nothing(
    fault: str, tmp_path: Path
) -> None:
    """While the kernel fails now and then, every line arrives, once and in the order of
    its backend, and the balance closes.
    """
    lines = [b"metric.%d:%d|c" % (number % 40, number) for number in range(LINES)]
    sendings = [
        (b"\n".join(lines[at : at + LINES_EACH]), LINES_EACH)
        for at in range(0, LINES, LINES_EACH)
    ]
    log = tmp_path / "calls"
    with Receivers(3) as receivers:
        proxy = Proxy(*receivers.backends(), "--max-payload", str(MAX_PAYLOAD))
        # -D: the tracer stands aside, so that the process we started is the proxy.
        call = fault.partition(":")[0]
        expressions = ["-e", f"trace={call}", "-e", f"inject={fault}"]
        proxy.command[:0] = ["strace", "-D", "-f", "-qq", "-o", str(log), *expressions]
        with proxy, open_senders(proxy.address) as senders:
            send_closed_loop(senders, sendings, lambda: receivers.lines, chunk=CHUNK)
            ending = proxy.stop()
    wait_until(lambda: log.read_text("utf-8").count("(INJECTED)") >= FAULTS_LEAST)
    order = {line: number for number, line in enumerate(lines)}
    arrived = [[order[line] for line in each.list_lines()] for each in receivers.each]
    assert sorted(order.values()) == sorted(itertools.chain.from_iterable(arrived))
    assert [sorted(numbers) for numbers in arrived] == arrived
    assert (ending.status, ending.balance["closes"], ending.dropped) == (0, "yes", {})
    assert LINES == ending.balance["forwarded_lines"]
    assert sum(len(each.datagrams) for each in receivers.each) == sum(
        counts["forwarded_datagrams"] for counts in ending.backends.values()
    )
