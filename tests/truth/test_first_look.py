"""examples/first_look.py, which `make run` runs, shows the truth and ends as asked."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.tree import ROOT
from tests.support.wait import TIMEOUT_S

FREE = ("--port", "0")
SECOND = re.compile(
    r"in +(\d+)   to shard-1 +(\d+)   to shard-2 +(\d+)"
    r"   dropped (\d+)   waiting (\d+)   total (\d+)(?:   yours: (.+))?"
)
ENDING = re.compile(
    r"received +(\d+) lines, as the proxy counted them\n"
    r"forwarded +(\d+) \(shard-1 (\d+), shard-2 (\d+)\)\n"
    r"dropped +(\d+)(?: \(no_colon \d+\))?\n"
    r"waiting +(\d+)\n"
    r"closes +yes: received = forwarded \+ dropped \+ waiting\n"
    r"datagrams +(\d+) in, (\d+) out\n"
    r"arrived +(\d+) lines, as the receivers counted them\n"
    r"sent +(\d+) from here, of which (\d+) arrived: everything\n$"
)


@contextmanager
def run_first_look(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Give the example as a running process; it is gone afterwards."""
    example = subprocess.Popen(
        [sys.executable, ROOT / "examples/first_look.py", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with example:
        try:
            yield example
        finally:
            if example.poll() is None:
                example.terminate()  # not kill: it has a child to stop


def read_until(
    example: subprocess.Popen[str], pattern: re.Pattern[str]
) -> re.Match[str]:
    """Read lines until one is as wanted; return its match."""
    assert example.stdout is not None
    for line in example.stdout:
        if found := pattern.fullmatch(line.rstrip("\n")):
            return found
    pytest.fail(f"no line like {pattern.pattern!r}")


def read_ending(text: str) -> list[int]:
    """Return the numbers of the closing balance."""
    found = ENDING.search(text)
    assert found, text
    return [int(number) for number in found.groups()]


def assert_whole(ending: list[int], yours: int = 0, refused: int = 0) -> None:
    """Hold a closing balance against itself: all that was sent is accounted for."""
    received, forwarded, one, two, dropped, waiting, _, _, arrived, sent, ours = ending
    assert (received, dropped) == (sent + yours + refused, refused)
    assert (forwarded, waiting) == (sent + yours, 0)
    assert (one + two, arrived, ours) == (forwarded, forwarded, sent)


def test_each_second_has_its_line_and_the_totals_are_equal() -> None:
    """--seconds 3 shows three lines and a whole balance; the status is 0."""
    with run_first_look("--seconds", "3", *FREE) as example:
        shown, errors = example.communicate(timeout=TIMEOUT_S)
    seconds = [m for line in shown.splitlines() if (m := SECOND.fullmatch(line))]
    totals = [int(m[6]) for m in seconds]
    received = [sum(int(m[1]) for m in seconds[:count]) for count in (1, 2, 3)]
    assert (example.returncode, errors, len(seconds)) == (0, "", 3)
    assert totals == received
    assert all(int(m[2]) > 0 and int(m[3]) > 0 for m in seconds)
    assert_whole(read_ending(shown))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_the_balance(number: signal.Signals) -> None:
    """SIGINT or SIGTERM at any time: the balance is shown, and the status is 0."""
    with run_first_look(*FREE) as example:
        read_until(example, SECOND)
        example.send_signal(number)
        shown, errors = example.communicate(timeout=TIMEOUT_S)
    assert (example.returncode, errors) == (0, "")
    assert_whole(read_ending(shown))


def test_your_own_metrics_are_named_without_their_control_characters() -> None:
    """What others send is named, escaped, with its shard; what is refused, counted."""
    with run_first_look(*FREE) as example:
        port = int(read_until(example, re.compile(r".*/dev/udp/[\d.]+/(\d+)"))[1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"\x1b[31mred\xff:1|c\nno colon", ("127.0.0.1", port))
        found = read_until(example, re.compile(SECOND.pattern.replace(")?", ")")))
        example.send_signal(signal.SIGINT)
        shown, _ = example.communicate(timeout=TIMEOUT_S)
    assert re.fullmatch(r"\\x1b\[31mred\\xff -> shard-[12]", found[7])
    assert_whole(read_ending(shown), yours=1, refused=1)


def test_a_busy_port_is_told_and_another_taken() -> None:
    """Where the port is in use it says so, and listens on a free one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy:
        busy.bind(("127.0.0.1", 0))
        port = busy.getsockname()[1]
        with run_first_look("--seconds", "1", "--port", str(port)) as example:
            shown, _ = example.communicate(timeout=TIMEOUT_S)
    first, second, *_ = shown.splitlines()
    assert first.startswith(f"port {port} is not to be had (Address already in use)")
    assert str(port) not in second
    assert example.returncode == 0
    assert_whole(read_ending(shown))


def test_a_proxy_that_does_not_start_lends_its_error_and_status() -> None:
    """What the proxy says when it cannot start is shown, and its status is ours."""
    with run_first_look("--port", "70000") as example:
        shown, errors = example.communicate(timeout=TIMEOUT_S)
    assert (example.returncode, shown) == (78, "")
    assert "statshard: --listen 'udp://127.0.0.1:70000'" in errors


def test_a_proxy_that_is_stopped_by_others_still_tells_its_balance() -> None:
    """Where somebody else ends the proxy, what became of the lines until then is told.

    What is sent afterwards has nobody to arrive at, so not everything need arrive.
    """
    with run_first_look(*FREE) as example:
        read_until(example, SECOND)
        children = Path(f"/proc/{example.pid}/task/{example.pid}/children")
        os.kill(int(children.read_text(encoding="ascii")), signal.SIGTERM)
        shown, errors = example.communicate(timeout=TIMEOUT_S)
    assert (example.returncode in {0, 1}, errors) == (True, "")
    assert "closes     yes: received = forwarded + dropped + waiting\n" in shown
