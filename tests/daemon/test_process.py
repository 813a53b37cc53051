"""The process itself: its help, its log, its threads, and what it lets nobody do."""

import signal
from importlib.metadata import version

import pytest

from statshard import Ring
from statshard.cli.main import COMMANDS
from statshard.settings.model import PROXY
from tests.support.build import COUNTS_THREADS
from tests.support.proxy import Proxy, list_tasks, read_rows, run_statshard
from tests.support.receivers import Receivers
from tests.support.senders import open_senders, send_closed_loop
from tests.support.wait import wait_until

FLOOD = 3000
TINY_BUFFER = "4096"
UNBLOCKABLE = {signal.SIGKILL, signal.SIGSTOP}
INTERNAL = {32, 33}  # the C library keeps these two for itself (signal(7))


@pytest.mark.parametrize(
    ("words", "example"),
    [
        (("--help",), "run --listen udp://0.0.0.0:8125 "),
        (("-h",), "run --listen udp://0.0.0.0:8125 "),
        (("run", "--help"), "run --listen udp://0.0.0.0:8125 "),
        *(((name, "--help"), f"{name} -") for name in COMMANDS),
    ],
)
def test_help_has_an_example(words: tuple[str, ...], example: str) -> None:
    """Each help page is printed with status 0 and shows a line to type."""
    done = run_statshard(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Example" in done.stdout
    assert f"  statshard {example}" in done.stdout


def test_help_lists_every_setting() -> None:
    """`run --help` has each row of the table: its flag, its help and its default."""
    shown = " ".join(run_statshard("run", "--help").stdout.split())
    for setting in PROXY.rows:
        assert " ".join(f" {setting.flag} {setting.metavar} ".split()) in shown
        assert setting.full_help in shown
        is_switch = setting.kind.metavar == ""
        is_told = f"[default: {setting.default}]" in setting.full_help
        assert is_told == (bool(setting.default) and not is_switch)


def test_version_is_that_of_the_package() -> None:
    """`--version` tells the name and the version."""
    done = run_statshard("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"statshard, version {version('statshard')}\n" == done.stdout


@COUNTS_THREADS
@pytest.mark.parametrize("workers", [1, 3])
def test_workers_have_all_signals_blocked(workers: int) -> None:
    """No signal that can be blocked reaches a worker; the control thread takes them."""
    blockable = signal.valid_signals() - UNBLOCKABLE
    expected = sum(1 << number - 1 for number in blockable if number not in INTERNAL)
    handled = 1 << signal.SIGTERM - 1 | 1 << signal.SIGINT - 1

    def masks() -> list[int]:
        """Return the signals that each thread has blocked."""
        tasks = list_tasks(proxy.pid)
        return [int(read_rows(f"{task}/status")["SigBlk"], 16) for task in tasks]

    with (
        Receivers(1) as receivers,
        Proxy(*receivers.backends(), workers=workers) as proxy,
    ):
        wait_until(lambda: [mask for mask in masks() if not mask & handled])
        assert [expected] * workers == [mask & expected for mask in sorted(masks())[1:]]
        assert not min(masks()) & handled


def test_the_start_is_told() -> None:
    """Backends, listeners and the start are told in this order, with their facts."""
    with (
        Receivers(2) as receivers,
        Proxy(*receivers.backends(), "--receive-buffer", "64KiB", workers=2) as proxy,
    ):
        told = [(event["event"], event["level"]) for event in proxy.events]
        started = proxy.list_events("started")[0]
        listening = proxy.list_events("listening")[0]
    names = ["backend", "backend", "listening", "started"]
    assert [(name, "info") for name in names] == told
    assert {
        "workers": 2,
        "backends": 2,
        "hash": "rendezvous",
        "shard_by": "name",
        "pid": proxy.pid,
    }.items() <= started.items()
    assert len(started["ring_id"]) == 16
    assert started["ring_id"] == Ring(receivers.backends()[1::2]).ring_id
    assert (listening["asked_bytes"], listening["granted_bytes"]) == (65_536, 131_072)


def test_two_proxies_of_one_ring_log_one_id() -> None:
    """Another order of the backends is the same ring; djb2 by order is another."""
    ids = []
    with Receivers(3) as receivers:
        words = receivers.backends()
        turned = [*words[2:], *words[:2]]
        flags = [words, turned, [*words, "--hash", "djb2"], [*turned, "--hash", "djb2"]]
        for each in flags:
            with Proxy(*each) as proxy:
                ids.append(proxy.list_events("started")[0]["ring_id"])
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_summary_is_told_now_and_then() -> None:
    """With --summary-s 1 the numbers so far are told, and they close."""
    with (
        Receivers(1) as receivers,
        Proxy(*receivers.backends(), "--summary-s", "1s") as proxy,
        open_senders(proxy.address) as senders,
    ):
        lines = [(b"gorets:1|c", 1), (b"refused", 0)]
        send_closed_loop(senders, lines, lambda: receivers.lines)
        proxy.wait_for_event("summary", received_lines=2)
        wait_until(lambda: len(proxy.list_events("summary")) >= 2)
        last = proxy.list_events("summary")[-1]
    assert {
        "received_datagrams": 2,
        "received_lines": 2,
        "forwarded_lines": 1,
        "dropped_lines": 1,
        "waiting_lines": 0,
        "kernel_dropped_datagrams": 0,
        "refused_datagrams": 0,
    }.items() <= last.items()


def test_at_level_debug_a_summary_comes_with_its_parts() -> None:
    """With --log-level debug each backend and reason stands before each summary, and
    they come to what it says.
    """
    flags = ("--summary-s", "0.1", "--log-level", "debug")
    with (
        Receivers(2) as receivers,
        Proxy(*receivers.backends(), *flags) as proxy,
        open_senders(proxy.address) as senders,
    ):
        lines = [(b"some.%d:1|c" % n, 1) for n in range(20)] + [(b"refused", 0)]
        send_closed_loop(senders, lines, lambda: receivers.lines)
        proxy.wait_for_event("summary", received_lines=21)
        events = list(proxy.events)
    (end, *_) = [n for n, each in enumerate(events) if each.get("received_lines") == 21]
    *parts, summary = events[end - 3 : end + 1]
    assert ["summary_backend", "summary_backend", "summary_dropped", "summary"] == [
        each["event"] for each in events[end - 3 : end + 1]
    ]
    assert {"debug"} == {each["level"] for each in parts}
    assert 20 == sum(each.get("forwarded_lines", 0) for each in parts)
    assert ("", "no_colon", 1) == tuple(list(parts[-1].values())[-3:])
    assert (20, 1) == (summary["forwarded_lines"], summary["dropped_lines"])


@COUNTS_THREADS
def test_a_log_of_warnings_has_nothing_but_the_balance_when_all_is_well() -> None:
    """With --log-level warning the account at the end is all there is to read."""
    with Receivers(1) as receivers:
        proxy = Proxy(
            *receivers.backends(),
            *("--log-level", "warning"),
            listen=["udp://127.0.0.1:0"],
        )
        proxy.start()
        try:
            wait_until(lambda: len(list_tasks(proxy.pid)) == 2)
            handled = 1 << signal.SIGTERM - 1
            wait_until(lambda: int(proxy.read_status()["SigCgt"], 16) & handled)
            ending = proxy.stop()
        finally:
            proxy.end()
    told = {event["event"] for event in proxy.events}
    account = {"balance", "balance_backend", "balance_worker"}
    assert (0, account) == (ending.status, told)


@pytest.mark.parametrize("log_format", ["json", "logfmt"])
def test_no_hostile_byte_reaches_the_log(log_format: str) -> None:
    """Whatever senders send and names hold, the log is printable ASCII."""
    hostile = [
        bytes(range(256)).replace(b"\n", b"") + b":1|c",
        b"\x1b[31mred\x07:1|c",
        b'"quoted\\" \r x=y:1|c',
        "сервер:1|c".encode(),
    ]
    refused = [b"\x1b[2J no colon", b":\x1b]0;title\x07", b"_e{\x00", b"_sc|\xff"]
    names = ["сервер", 'a"b\\c', "x'y", "émoji\u2764"]
    with Receivers(len(names)) as receivers:
        flags = [
            word
            for name, each in zip(names, receivers.each, strict=True)
            for word in ("--backend", f"{name}={each.address}")
        ]
        with (
            Proxy(*flags, "--summary-s", "1", log_format=log_format) as proxy,
            open_senders(proxy.address) as senders,
        ):
            sendings = [(line, 1) for line in hostile] + [(line, 0) for line in refused]
            send_closed_loop(senders, sendings, lambda: receivers.lines)
            receivers.leave(0)
            ending = proxy.stop()
    text = "".join(proxy.log)
    assert [c for c in text if not (c == "\n" or " " <= c <= "~")] == []
    assert set(names) == set(ending.backends)
    assert {("", "no_colon"), ("", "empty_name"), ("", "bad_event")} <= set(
        ending.dropped
    )
    assert len(proxy.events) == len(proxy.log)


@pytest.mark.parametrize(
    "name", ["\x1b[31mred", "two words", "tab\there", "line\nend", "\u202eright", ""]
)
def test_a_hostile_name_is_refused_and_not_shown_raw(name: str) -> None:
    """A name with a blank or control character is status 78, and shown escaped."""
    done = run_statshard("run", "--backend", f"{name}=127.0.0.1:9")
    assert done.returncode == 78
    assert [c for c in done.stderr[:-1] if c != "\n" and not c.isprintable()] == []
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_what_the_kernel_drops_is_counted(workers: int) -> None:
    """Of a flood onto a proxy that stands still, each datagram is received or counted
    as dropped by the kernel, and the drops are told as a warning.
    """
    with (
        Receivers(1) as receivers,
        Proxy(
            *receivers.backends(), "--receive-buffer", TINY_BUFFER, workers=workers
        ) as proxy,
        open_senders(proxy.address, 2 * workers) as senders,
    ):
        proxy.freeze()
        for number in range(FLOOD):
            senders[number % len(senders)].send(b"flood.%d:1|c" % number)
        proxy.thaw()
        event = proxy.wait_for_event("kernel_dropped")
        ending = proxy.stop()
    dropped = ending.balance["kernel_dropped_datagrams"]
    assert ending.balance["received_datagrams"] + dropped == FLOOD
    assert ending.balance["received_lines"] == ending.balance["forwarded_lines"]
    assert (dropped, "warning") == (event["datagrams"], event["level"])
    assert dropped > 0
    assert ending.balance["closes"] == "yes"
