"""`statshard serve` stopped and started: what is known again, once, and what is not."""

import os
import resource
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from statshard.flush.state import State, decode_state, encode_state
from tests.daemon.test_serve import ask, send, wait_for_flushes
from tests.daemon.test_serve_limits import wait_for_samples
from tests.support.proxy import run_statshard
from tests.support.serve import Serve

HOUR = ("--flush-interval", "1h")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return where the state goes."""
    return tmp_path / "state"


def run_once(
    state: Path, lines: bytes, *flags: str, samples: int = 1
) -> tuple[dict[str, Any], Serve]:
    """Start a server, send it a datagram, stop it; return its one flush, and it."""
    with Serve(state.parent, "--state-file", str(state), *HOUR, *flags) as serve:
        if lines:
            send(serve, lines)
            wait_for_samples(serve, samples)
        ending = serve.stop()
    assert (0, "yes") == (ending.status, ending.balance["closes"])
    (flush,) = serve.flushes()
    return flush, serve


def test_a_gauge_goes_on_from_where_it_stood(state: Path) -> None:
    """After a restart a delta changes the saved value, whatever bytes the name has."""
    lines = b"g:5|g\nz/\xff:-2.5|g"
    run_once(state, lines, "--no-sanitize", samples=2)
    assert 0o600 == state.stat().st_mode & 0o777
    flush, serve = run_once(state, b"g:+1|g\nz/\xff:-1|g", "--no-sanitize", samples=2)
    assert {"g": 6.0, "z/\ufffd": -3.5} == {
        key.replace("\udcff", "\ufffd"): value
        for key, value in flush["gauges"].items()
        if "statsd" not in key
    }
    (restored,) = serve.list_events("state_restored")
    assert (2, 0, 0) == (
        restored["gauges"],
        restored["expired_gauges"],
        restored["counters"],
    )
    assert [b"g", b"z/\xff"] == [key for key, *_ in saved(state).gauges]


def saved(state: Path) -> State:
    """Return what a file holds."""
    return decode_state(state.read_bytes())


def test_a_first_start_is_no_fault(state: Path) -> None:
    """Without a file it starts, says so, and saves at its stop."""
    _, serve = run_once(state, b"")
    assert 1 == len(serve.list_events("state_absent", level="info"))
    assert () == saved(state).gauges


def test_the_ttl_goes_on_counting(state: Path) -> None:
    """Told in as many flushes as without restarts, a gauge is gone after the third."""
    flags = ("--delete-gauges", "--gauges-max-ttl", "3")
    told = [
        run_once(state, lines, *flags)[0]["gauges"].get("g")
        for lines in (b"g:5|g", b"", b"", b"")
    ]
    assert [5.0, 5.0, 5.0, None] == told


def test_the_time_away_is_part_of_the_age(state: Path) -> None:
    """A gauge whose time passed while the server was down is not known again."""
    gauges = ((b"new", 1.0, 0), (b"old", 2.0, 8))
    state.write_bytes(encode_state(State(1_000, gauges)))
    flush, serve = run_once(state, b"")
    assert {"new": 1.0, "old": 2.0} == flush["gauges"]
    ages = [idle for *_, idle in saved(state).gauges]
    assert ages[1] - ages[0] == 8
    assert ages[0] > 400_000  # hours since 1970
    state.write_bytes(encode_state(State(1_000, gauges)))
    flags = ("--delete-gauges", "--gauges-max-ttl", "9")
    flush, serve = run_once(state, b"", *flags)
    assert {} == flush["gauges"]
    assert 2 == serve.list_events("state_restored")[0]["expired_gauges"]


@pytest.mark.parametrize("flags", [(), ("--save-counters",)])
def test_a_counter_is_told_once_over_ten_restarts(
    state: Path, flags: tuple[str, ...]
) -> None:
    """However often it is stopped in its first interval, the counts of all flushes add
    up to what was sent: at each stop, or where they are saved, at the last alone.
    """
    counts, times = [], []
    for _ in range(10):
        flush, serve = run_once(state, b"a:1|c\nb:2|c|@0.5\nt:1|ms", *flags, samples=3)
        counts.append((flush["counters"].get("a"), flush["counters"].get("b")))
        times.append(flush["timers"]["t"]["count"])
        assert 3 == flush["counters"]["statsd.metrics_received"]
    assert 10 * [1.0] == times
    flush, serve = run_once(state, b"")
    if flags:
        assert 10 * [(None, None)] == counts
        assert (10.0, 40.0) == (flush["counters"]["a"], flush["counters"]["b"])
        assert 2 == serve.list_events("state_restored")[0]["counters"]
    else:
        assert 10 * [(1.0, 4.0)] == counts
        assert "a" not in flush["counters"]


def test_a_counter_is_told_once_wherever_a_stop_cuts_it(state: Path) -> None:
    """With flushes before, between and at the stops, the counts of all add up too."""
    flags = ("--state-file", str(state), "--flush-interval", "100ms", "--save-counters")
    flushes: list[dict[str, Any]] = []
    for turn in range(10):
        with Serve(state.parent, *flags) as serve:
            for _ in range(20):
                send(serve, b"a:1|c")
            if turn % 2:
                wait_for_flushes(serve, 2)
                send(serve, b"a:3|c")
            serve.stop()
            flushes += serve.flushes()
    flush, _ = run_once(state, b"")
    told = [each["counters"].get("a", 0.0) for each in [*flushes, flush]]
    assert 10 * 20 + 5 * 3 == sum(told)


@pytest.mark.parametrize(
    ("flags", "after"), [((), 0.0), (("--delete-counters",), None)]
)
def test_counters_are_in_the_first_flush_and_no_other(
    state: Path, flags: tuple[str, ...], after: float | None
) -> None:
    """What was saved is in one flush, and idle in the one after that."""
    run_once(state, b"a:5|c", "--save-counters")
    every = ("--state-file", str(state), "--flush-interval", "100ms", *flags)
    with Serve(state.parent, *every, "--save-counters") as serve:
        wait_for_flushes(serve, 2)
        serve.stop()
        told = [flush["counters"].get("a") for flush in serve.flushes()]
    assert [5.0, after] == told[:2]
    assert () == saved(state).counters


def test_what_was_saved_is_used_once(state: Path) -> None:
    """A server that is killed leaves no state behind, and the next starts without."""
    run_once(state, b"g:5|g\na:1|c", "--save-counters", samples=2)
    with Serve(state.parent, "--state-file", str(state), *HOUR) as serve:
        assert not state.exists()
        serve.send_signal(signal.SIGKILL)
        assert -signal.SIGKILL == serve.wait(0.0).status
    flush, serve = run_once(state, b"")
    assert 1 == len(serve.list_events("state_absent"))
    assert ({}, None) == (flush["gauges"], flush["counters"].get("a"))


def test_a_start_that_fails_uses_nothing(state: Path) -> None:
    """A server that cannot listen leaves the state to the next one."""
    run_once(state, b"g:5|g\na:1|c", "--save-counters", samples=2)
    octets = state.read_bytes()
    run = run_statshard(
        *("serve", "--state-file", str(state), "--listen", "udp://127.0.0.1:0"),
        *("--sink", "prometheus://192.0.2.1:1", "--no-admin"),
    )
    assert (71, octets) == (run.returncode, state.read_bytes())
    flush, _ = run_once(state, b"")
    assert (5.0, 1.0) == (flush["gauges"]["g"], flush["counters"]["a"])


WRONG = [
    (b"", "it is not a statshard state"),
    (b"[server]\n", "it is not a statshard state"),
    (b"statshard state 2 abc\n", "its version is 2; valid: 1"),
    (encode_state(State(0, ((b"g", 1.0, 0),)))[:-1], "its checksum is wrong"),
]


@pytest.mark.parametrize(("octets", "reason"), WRONG)
def test_a_file_that_is_none_is_moved_aside(
    state: Path, octets: bytes, reason: str
) -> None:
    """What is no state of this version is kept beside, told of once, and not taken."""
    state.write_bytes(octets)
    flush, serve = run_once(state, b"")
    (warning,) = serve.list_events("state_damaged")
    assert ("warning", f"{state}.damaged") == (warning["level"], warning["moved_to"])
    assert reason in warning["reason"]
    assert octets == Path(f"{state}.damaged").read_bytes()
    assert {} == flush["gauges"]
    assert () == saved(state).gauges


def test_two_servers_share_no_file(state: Path) -> None:
    """A file that a running server has is refused to another, by any name of it."""
    link = state.parent / "link"
    link.symlink_to(state)
    with Serve(state.parent, "--state-file", str(state), *HOUR):
        for path in (state, link, state.parent / "." / "x" / ".." / "state"):
            run = run_statshard(
                *("serve", "--listen", "udp://127.0.0.1:0", "--no-admin"),
                *("--state-file", str(path)),
            )
            assert (71, True) == (run.returncode, "another server has it" in run.stderr)
    run_once(state, b"")


def test_a_deleted_gauge_stays_deleted(state: Path) -> None:
    """What the text port deletes is not saved."""
    run_once(state, b"g:5|g\nh:6|g", samples=2)
    with Serve(state.parent, "--state-file", str(state), *HOUR) as serve:
        assert b"h: 6" in ask(serve, b"gauges")  # known before the first flush
        ask(serve, b"delgauges g")
        serve.stop()
    assert [b"h"] == [key for key, *_ in saved(state).gauges]


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Give the ends of a pipe."""
    ends = os.pipe()
    yield ends
    os.close(ends[0])


class Piped(Serve):
    """A server whose console is a pipe, which no limit of files concerns."""

    def __init__(self, folder: Path, ends: tuple[int, int], *flags: str) -> None:
        super().__init__(folder, *flags)
        self.ends = ends

    def __enter__(self) -> Self:
        self.output = os.fdopen(self.ends[1], "wb")
        super(Serve, self).__enter__()
        return self

    def flushes(self) -> list[dict[str, Any]]:
        """Move what was written to the file, and return what is in that."""
        self.path.write_bytes(os.read(self.ends[0], 1 << 16))
        return super().flushes()


def test_a_file_that_cannot_be_written_costs_nothing_else(
    state: Path, pipe: tuple[int, int]
) -> None:
    """Where the state cannot be written the reason is logged, the counters are told as
    ever, the status is as ever, and nothing half written stays.
    """
    flags = ("--state-file", str(state), "--save-counters", *HOUR)
    with Piped(state.parent, pipe, *flags) as serve:
        send(serve, b"a:1|c\ng:5|g")
        wait_for_samples(serve, 2)
        resource.prlimit(serve.pid, resource.RLIMIT_FSIZE, (64, 64))
        ending = serve.stop()
        (flush,) = serve.flushes()
    (fault,) = serve.list_events("state_not_saved")
    assert ("error", "File too large") == (fault["level"], fault["reason"])
    assert (0, 1.0, 5.0) == (
        ending.status,
        flush["counters"]["a"],
        flush["gauges"]["g"],
    )
    assert ["state.lock"] == [path.name for path in state.parent.glob("state*")]


def can_mount() -> bool:
    """Tell whether a file system can be mounted that nobody else sees."""
    words = ("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt")
    if shutil.which(words[0]) is None:
        return False
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def test_a_full_disk_costs_nothing_else(tmp_path: Path) -> None:
    """Where the disk is full that is logged, and the counters are told as ever."""
    if not can_mount():
        pytest.skip("a full file system is mounted by root only, with unshare(1)")
    disk = tmp_path / "disk"
    disk.mkdir()
    state = disk / "state"
    serve = Serve(tmp_path, "--state-file", str(state), "--save-counters", *HOUR)
    mount = f"mount -t tmpfs -o size=4k none {disk}; echo full > {disk}/other; "
    # A sanitizer's runtime is for the server, and not for the shell.
    preload = shlex.quote(os.environ.get("LD_PRELOAD", ""))
    shell = [mount + f'exec env LD_PRELOAD={preload} "$@"', "sh"]
    serve.command[:0] = ["env", "LD_PRELOAD=", "unshare", "-m", "sh", "-c", *shell]
    with serve:
        send(serve, b"a:1|c\ng:5|g")
        wait_for_samples(serve, 2)
        ending = serve.stop()
    (flush,) = serve.flushes()
    assert 1 == len(
        serve.list_events("state_not_saved", reason="No space left on device")
    )
    assert (0, 1.0) == (ending.status, flush["counters"]["a"])


def test_what_is_wrong_with_the_file_is_told_at_the_start(tmp_path: Path) -> None:
    """A file that could not be saved is a fault with its line, of `check` too."""
    config = tmp_path / "s.toml"
    rows = [
        (f'state_file = "{tmp_path}/no/s"\n', 2, f"no directory '{tmp_path}/no'"),
        (f'state_file = "{config}/s"\n', 2, "is no directory"),
        (f'save_counters = false\nstate_file = "{tmp_path}"', 3, "no regular file"),
        ("save_counters = true\n", 2, "there is no state_file to save them in"),
    ]
    for text, line, what in rows:
        config.write_text(f"[server]\n{text}")
        for words in (("serve",), ("check", "--for", "serve")):
            run = run_statshard(*words, "-c", str(config))
            assert 78 == run.returncode
            assert f"{config}:{line}: server." in run.stderr
            assert what in run.stderr
            assert "valid: " in run.stderr


def test_without_the_setting_nothing_is_written(tmp_path: Path) -> None:
    """A server that has no state file makes none, and says nothing of states."""
    with Serve(tmp_path, *HOUR) as serve:
        serve.stop()
    assert not [each for each in serve.events if each["event"].startswith("state_")]
    assert ["console.json"] == [path.name for path in tmp_path.iterdir()]
