"""`make soak`, for some seconds: it runs, judges, and ends at Ctrl-C."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from soak.judge import EXPECTATIONS
from tests.support.build import SANITIZER
from tests.support.network import NEEDS_ICMP
from tests.support.tree import ROOT

TIMEOUT_S = 60
ROW = re.compile(r"(\w+) +held +\S.*")
pytestmark = [
    NEEDS_ICMP,
    pytest.mark.skipif(SANITIZER != "", reason="it judges memory and a rate"),
]


@contextmanager
def run_soak(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Give a soak as a running process; it is gone afterwards."""
    command = [sys.executable, "-m", "soak.run", "--rate", "5000", *words]
    soak = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with soak:
        try:
            yield soak
        finally:
            if soak.poll() is None:
                soak.terminate()  # not kill: it has children to stop


def list_held(shown: str) -> list[str]:
    """Return the names of the expectations that held."""
    return [found[1] for row in shown.splitlines() if (found := ROW.fullmatch(row))]


def wait_for_half_of_it(shown: Iterable[str]) -> None:
    """Read on until more has been told since the first count than before it.

    The warm-up is the first half of what was seen, and what touches memory for the
    first time comes with the first count.
    """
    counts = (row for row in shown if "received datagrams" in row)
    before = 0
    for told, row in enumerate(counts, 1):
        if "received datagrams 0 " in row:
            before = told
        elif told > 2 * before + 1:
            return


def test_everything_holds_for_some_seconds() -> None:
    """While backends come and go each expectation holds, and the status is 0."""
    with run_soak("--minutes", "0.08", "--seed", "3") as soak:
        shown, errors = soak.communicate(timeout=TIMEOUT_S)
    assert [name for name, _ in EXPECTATIONS] == list_held(shown), shown
    assert (soak.returncode, errors) == (0, "")
    found = re.search(
        r"shard-0 steady 0, shard-1 gone (\d+), shard-2 gone (\d+), "
        r"shard-3 stalled (\d+)",
        shown,
    )
    assert found is not None, shown
    assert all(int(count) > 0 for count in found.groups())


def test_ctrl_c_ends_it_with_what_held_so_far() -> None:
    """SIGINT ends all in order; what was sent until then is judged like all else."""
    with run_soak("--minutes", "0.2") as soak:
        assert soak.stdout is not None
        wait_for_half_of_it(soak.stdout)
        soak.send_signal(signal.SIGINT)
        shown, errors = soak.communicate(timeout=TIMEOUT_S)
    assert [name for name, _ in EXPECTATIONS] == list_held(shown), shown
    assert "interrupted: all of this is of the time until then" in shown
    assert (soak.returncode, errors) == (130, "")
