"""`statshard load` as a real process: through a real proxy, and a relay that fails."""

import json
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from statshard.load.options import LOAD
from statshard.load.proc import read_drops
from tests.support.network import NEEDS_ICMP, find_free_port
from tests.support.proxy import COMMAND, Proxy, run_statshard
from tests.support.wait import wait_until

Json = dict[str, Any]  # Any: what JSON holds
# What becomes of the n-th datagram: datagrams, each with the place of its port.
Forward = Callable[[int, bytes], list[tuple[bytes, int]]]
FAST = ("--rate", "2000", "--seconds", "0.5", "--json")
SENT = 1000  # datagrams of FAST


def run_load(target: int, *words: str) -> tuple[int, Json]:
    """Run a load at a port of this host; return its status and result."""
    url = f"udp://127.0.0.1:{target}"
    done = run_statshard("load", "--target", url, *words, timeout_s=60)
    assert done.stderr == ""
    result: Json = json.loads(done.stdout)
    return done.returncode, result


@contextmanager
def open_relay(ports: Sequence[int], forward: Forward) -> Iterator[int]:
    """Give the port of a relay: what `forward` makes of the n-th datagram goes on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as relay:
        relay.bind(("127.0.0.1", 0))
        relay.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        own = int(relay.getsockname()[1])

        def carry() -> None:
            number = 0
            while datagram := relay.recv(65_536):
                for each, place in forward(number, datagram):
                    relay.sendto(each, ("127.0.0.1", ports[place]))
                number += 1

        thread = threading.Thread(target=carry, name="relay")
        thread.start()
        try:
            yield own
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"", ("127.0.0.1", own))
            thread.join()


def test_help_shows_every_flag_and_an_example() -> None:
    """`load --help` has each row of the table, and the line that finds a limit."""
    done = run_statshard("load", "--help")
    shown = " ".join(done.stdout.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert "--receive 9001,9002 --find-limit" in shown
    for row in LOAD.rows:
        assert f" {row.flag} {row.metavar}".rstrip() in shown
        # Flags are cut at their hyphens where a line ends.
        assert "".join(row.help.split()) in "".join(shown.split())


@pytest.mark.parametrize(
    "words",
    [
        ("--lines", "10", "--names", "50", "--skew", "1", "--senders", "3"),
        ("--tags", "3", "--types", "c,ms,g,s", "--size", "200", "--lines", "5"),
        ("--format", "rust", "--lines", "3"),
    ],
)
def test_all_comes_through_a_proxy(words: tuple[str, ...]) -> None:
    """Through a real proxy every line arrives as it was, in order, on one backend."""
    ports = [find_free_port() for _ in range(2)]
    backends = [w for port in ports for w in ("--backend", f"127.0.0.1:{port}")]
    with Proxy(*backends) as proxy:
        receive = ("--receive", ",".join(map(str, ports)))
        pid = ("--pid", str(proxy.pid))
        status, result = run_load(proxy.address[1], *FAST, *receive, *pid, *words)
        ending = proxy.stop()
    received = result["received"]
    assert (0, True) == (status, result["clean"])
    assert SENT == result["sent"]["datagrams"]
    assert result["sent"]["lines"] == received["arrived"] == received["lines"]
    assert ending.balance["forwarded_lines"] == received["arrived"]
    assert result["process"]["peak_rss_bytes"] > 1 << 20
    is_stamped = "rust" not in words
    assert (received["out_of_order"] is not None) == is_stamped
    assert (received["delay_us"] is not None) == is_stamped


def test_a_file_comes_through_a_proxy(tmp_path: Path) -> None:
    """The lines of a file arrive as often as they were sent."""
    path = tmp_path / "lines"
    path.write_bytes(b"a:1|c\nb:2|ms\n_e{1,1}:a|b\na:1|c\n")
    port = find_free_port()
    with Proxy("--backend", f"127.0.0.1:{port}") as proxy:
        words = ("--receive", str(port), "--file", str(path))
        status, result = run_load(proxy.address[1], *FAST, *words)
    assert (0, SENT) == (status, result["received"]["arrived"])


def test_a_relay_that_fails_is_told() -> None:
    """What a relay loses, doubles, changes, swaps, misplaces is counted; status 1."""
    held: list[tuple[bytes, int]] = []

    def forward(number: int, datagram: bytes) -> list[tuple[bytes, int]]:
        if number % 100 == 7:
            return []
        if number % 200 == 13:
            return [(datagram, 0), (datagram, 0)]
        if number % 500 == 21:
            return [(datagram.replace(b"|c", b"|g"), 0)]
        if number == 30:
            held.append((datagram, 0))
            return []
        if number in (40, 41, 42):
            return [(datagram, 1)]
        return [(datagram, 0), *held] if number == 31 else [(datagram, 0)]

    ports = [find_free_port() for _ in range(2)]
    with open_relay(ports, forward) as relay:
        words = ("--names", "1", "--receive", f"{ports[0]},{ports[1]}")
        status, result = run_load(relay, *FAST, *words)
    received = result["received"]
    names = ("lost", "altered", "duplicated", "misplaced", "misplaced_names")
    assert [10, 2, 5, 3, 1] == [received[name] for name in names]
    assert (1, None, 988) == tuple(
        received[name] for name in ("out_of_order", "wrong", "arrived")
    )
    assert (1, False) == (status, result["clean"])
    assert [{"sender": 0, "name": "load.0", "lost": 10}] == result["lost_most"]


@pytest.mark.parametrize(
    ("load_hash", "more"),
    [("rendezvous", ()), ("djb2", ()), ("jump", ("--hash-prefix", "prod"))],
)
def test_each_line_comes_where_the_hash_says(
    load_hash: str, more: tuple[str, ...]
) -> None:
    """With the proxy's hash, names, weights and prefix no line is wrong.

    With the ports the other way round all are, and still none is misplaced.
    """
    ports = [find_free_port() for _ in range(2)]
    weight = ",weight=2" if load_hash == "rendezvous" else ""
    a, b = f"a={ports[0]}{weight}", f"{ports[1]}"
    ring = ("--hash", load_hash, *more)
    backends = (f"a=127.0.0.1:{ports[0]}{weight}", f"127.0.0.1:{ports[1]}")
    found = []
    with Proxy(*ring, *(f"--backend={each}" for each in backends)) as proxy:
        swapped = f"127.0.0.1:{ports[1]}={ports[0]},a={ports[1]}{weight}"
        if load_hash != "rendezvous":  # the position decides
            swapped = f"{b},{a}"
        for receive in (f"{a},{b}", swapped):
            words = (*ring, "--receive", receive)
            status, result = run_load(proxy.address[1], *FAST, *words)
            received = result["received"]
            counts = [received[name] for name in ("arrived", "wrong", "misplaced")]
            found.append((status, counts))
    assert [(0, [SENT, 0, 0]), (1, [SENT, SENT, 0])] == found


@pytest.mark.parametrize(
    "words", [("--lines", "3", "--senders", "2"), ("--format", "rust")]
)
def test_several_processes_are_one_load(words: tuple[str, ...]) -> None:
    """What three processes send through a proxy is checked as one: nothing is wrong."""
    ports = [find_free_port() for _ in range(2)]
    backends = [w for port in ports for w in ("--backend", f"127.0.0.1:{port}")]
    with Proxy(*backends, workers=2) as proxy:
        receive = ("--receive", ",".join(map(str, ports)), "--processes", "3")
        status, result = run_load(proxy.address[1], *FAST, *receive, *words)
    sent, received = result["sent"], result["received"]
    assert (0, True) == (status, result["clean"])
    assert abs(SENT - sent["datagrams"]) < 3
    assert sent["lines"] == received["arrived"] == received["lines"]


def test_a_relay_that_fails_several_processes_is_told() -> None:
    """Lines that are lost or doubled of some of several processes' are counted."""

    def forward(number: int, datagram: bytes) -> list[tuple[bytes, int]]:
        return [(datagram, 0)] * (0 if number % 100 == 7 else 1 + (number % 200 == 13))

    port = find_free_port()
    with open_relay([port], forward) as relay:
        words = ("--names", "1", "--receive", str(port), "--processes", "2")
        status, result = run_load(relay, *FAST, *words)
    names = ("lost", "altered", "duplicated", "out_of_order")
    assert [10, 0, 5, 0] == [result["received"][name] for name in names]
    assert 10 == sum(each["lost"] for each in result["lost_most"])
    assert 1 == status


def test_loads_side_by_side_are_told_apart() -> None:
    """Lines of a load with another mark, to the same target, are foreign: no fault.

    Ctrl-C ends the one that checks, once the other has ended.
    """
    port = find_free_port()
    with Proxy("--backend", f"127.0.0.1:{port}") as proxy:
        target = proxy.address[1]
        words = ("--target", f"udp://127.0.0.1:{target}", "--receive", str(port))
        load = subprocess.Popen(
            [*COMMAND, "load", *words, "--rate", "2000", "--seconds", "60", "--json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        with load:
            wait_until(lambda: port in read_drops())
            other, _ = run_load(target, *FAST, "--mark", "other")
            load.send_signal(signal.SIGINT)
            shown, _ = load.communicate(timeout=20)
    result = json.loads(shown)
    received = result["received"]
    assert (0, 0, True) == (other, load.returncode, result["clean"])
    assert SENT == received["foreign"]
    assert result["sent"]["lines"] == received["arrived"] < 120_000


def test_a_limit_is_found_and_told() -> None:
    """A relay that passes 3000 datagrams, then none, has a limit, told with its steps.

    The first two steps have 1000 and 2000.
    """
    counted = [0]

    def forward(_: int, datagram: bytes) -> list[tuple[bytes, int]]:
        counted[0] += 1
        return [] if counted[0] > 3000 else [(datagram, 0)]

    port = find_free_port()
    with open_relay([port], forward) as relay:
        words = ("--receive", str(port), "--find-limit", "--json")
        short = ("--rate", "2000", "--seconds", "0.5")
        status, result = run_load(relay, *words, *short)
    assert 0 == status
    assert 4000 == result["loss_free_datagrams_per_s"]
    assert [2000, 4000, 8000, 8000, 6000] == [
        step["sent"]["asked_per_s"] for step in result["steps"][:5]
    ]
    assert result["steps"][0]["clean"]


@NEEDS_ICMP
def test_a_table_is_shown_to_people() -> None:
    """Without --json the result is a small table; that nobody listens is told in it."""
    url = f"udp://127.0.0.1:{find_free_port()}"
    done = run_statshard("load", "--target", url, "--rate", "1000", "--seconds", "0.2")
    assert (1, "") == (done.returncode, done.stderr)
    assert "200 lines in 200 datagrams" in done.stdout
    assert "nobody listens there" in done.stdout


def test_ctrl_c_ends_it_with_the_result_so_far() -> None:
    """SIGINT ends the sending; what was sent until then is told."""
    receive = ("--receive", str(find_free_port()), "--json")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"udp://127.0.0.1:{probe.getsockname()[1]}"
        words = [*COMMAND, "load", "--target", url, *receive]
        load = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        with load:
            probe.settimeout(20)
            probe.recv(65_536)
            load.send_signal(signal.SIGINT)
            shown, _ = load.communicate(timeout=20)
    result = json.loads(shown)
    assert 1 == load.returncode
    assert 0 < result["sent"]["datagrams"] < 100_000


def test_a_limit_is_not_taken_from_a_step_that_was_cut_short() -> None:
    """SIGINT in the first step of a search leaves no rate, and is told; status 1."""
    port = find_free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"udp://127.0.0.1:{probe.getsockname()[1]}"
        words = [*COMMAND, "load", "--target", url, "--receive", str(port)]
        asked = ["--find-limit", "--seconds", "60", "--json"]
        load = subprocess.Popen([*words, *asked], stdout=subprocess.PIPE, text=True)
        with load:
            probe.settimeout(20)
            probe.recv(65_536)
            load.send_signal(signal.SIGINT)
            shown, _ = load.communicate(timeout=20)
    result = json.loads(shown)
    assert (1, 0, []) == (
        load.returncode,
        result["loss_free_datagrams_per_s"],
        result["steps"],
    )
    assert "the search was stopped" in result["bound"]


def test_a_watched_process_that_ends_takes_no_result_with_it() -> None:
    """Where the process of --pid ends meanwhile, the run is still told."""
    port = find_free_port()
    watched = subprocess.Popen(["sleep", "600"])
    with watched, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        probe.settimeout(20)
        words = ["--target", f"udp://127.0.0.1:{probe.getsockname()[1]}", "--json"]
        words += ["--receive", str(port), "--pid", str(watched.pid)]
        load = subprocess.Popen(
            [*COMMAND, "load", *words, "--seconds", "1"],
            stdout=subprocess.PIPE,
            text=True,
        )
        with load:
            probe.recv(65_536)
            watched.kill()
            watched.wait()
            shown, _ = load.communicate(timeout=20)
    result = json.loads(shown)
    assert 10_000 == result["sent"]["datagrams"]
    assert (watched.pid, True) == (result["process"]["pid"], result["process"]["gone"])


def test_no_process_outlives_a_load_that_is_killed() -> None:
    """SIGKILL leaves none of the processes that send behind."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        probe.settimeout(20)
        url = f"udp://127.0.0.1:{probe.getsockname()[1]}"
        words = [*COMMAND, "load", "--target", url, "--processes", "3"]
        with subprocess.Popen([*words, "--seconds", "600"]) as load:
            probe.recv(65_536)
            children = Path(f"/proc/{load.pid}/task/{load.pid}/children")
            pids = children.read_text("ascii").split()
            load.kill()
    assert 3 == len(pids)
    wait_until(lambda: not any(map(is_alive, pids)))


def is_alive(pid: str) -> bool:
    """Tell whether a process runs: it is there, and no zombie that nobody asks for."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--target", "udp://127.0.0.1:0"), 78, "port 0 is no target"),
        (("--target", "udp://127.0.0.1:9", "--pid", "4194304"), 78, "no such process"),
        (
            ("--target", "udp://127.0.0.1:9", "--receive", "192.0.2.1:9"),
            71,
            "choose a port of this host",
        ),
    ],
)
def test_refusals(words: tuple[str, ...], status: int, said: str) -> None:
    """What cannot be done is refused with its status and a sentence."""
    done = run_statshard("load", *words)
    assert (status, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("statshard: ")
    assert said in done.stderr
