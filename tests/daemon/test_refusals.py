"""Refusals: what a proxy does not start with, and that it says what to do about it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from statshard.settings.later import later_flags
from tests.support.network import NEEDS_IPV6, find_free_port
from tests.support.proxy import COMMAND, Proxy, run_statshard
from tests.support.receivers import Receivers

BACKEND = ("--backend", "127.0.0.1:9")
LISTEN = ("--listen", "udp://127.0.0.1:0")
OK, USAGE, NO_SOCKET, BAD_SETTINGS = 0, 2, 71, 78
ANY_V4 = "0.0.0.0"  # noqa: S104 - refused, or gone in a second
# Runs the command in its arguments with few descriptors. A shell would do it too, but
# not with ThreadSanitizer preloaded, under which dash and bash crash.
LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
os.execv(sys.argv[1], sys.argv[1:])
"""


def refused(status: int, *flags: str) -> list[str]:
    """Return what `statshard run` says; hold that it ends with this status, and says
    nothing but its faults, one in each line.
    """
    done = run_statshard("run", *flags, timeout_s=10)
    assert (status, "") == (done.returncode, done.stdout), done.stderr
    faults = done.stderr.splitlines()
    assert faults != []
    assert [row for row in faults if not row.startswith("statshard: ")] == []
    return [row.removeprefix("statshard: ") for row in faults]


@pytest.fixture(params=["plain", "reuse_port"])
def taken_port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Give a port that a socket of somebody else has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        if request.param == "reuse_port":
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        yield other.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", ANY_V4])
def test_a_port_that_is_taken_is_refused(taken_port: int, host: str) -> None:
    """A port of somebody else, even one who would share it, is status 71, and the
    message has the line to type that finds the owner.
    """
    url = f"udp://{host}:{taken_port}"
    (fault,) = refused(NO_SOCKET, *BACKEND, "--listen", url)
    assert url in fault
    assert "in use" in fault
    assert f"ss -ulnp 'sport = :{taken_port}'" in fault


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_proxy_on_a_port_is_refused(workers: int) -> None:
    """The port of another statshard is status 71, and that one goes on."""
    with (
        Receivers(1) as receivers,
        Proxy(*receivers.backends(), workers=workers) as proxy,
    ):
        url = f"udp://127.0.0.1:{proxy.address[1]}"
        (fault,) = refused(
            NO_SOCKET, *BACKEND, "--listen", url, "--workers", str(workers)
        )
        assert "another statshard" in fault
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number in range(20):
                sender.sendto(b"gorets.%d:1|c" % number, proxy.address)
        receivers.wait_for_lines(20)


def test_an_address_of_another_host_is_refused() -> None:
    """An address to listen at that is not this host's is status 71, and named."""
    (fault,) = refused(NO_SOCKET, *BACKEND, "--listen", "udp://203.0.113.1:0")
    assert "203.0.113.1 is no address of this host" in fault


@pytest.mark.skipif(os.geteuid() == 0, reason="root may bind any port")
def test_a_privileged_port_is_refused() -> None:
    """A port below 1024 without the privilege is status 71, and names it."""
    (fault,) = refused(NO_SOCKET, *BACKEND, "--listen", "udp://127.0.0.1:1")
    assert "CAP_NET_BIND_SERVICE" in fault


def test_a_backend_without_a_way_is_refused() -> None:
    """A backend that the kernel will not send to is status 71, and named."""
    (fault,) = refused(NO_SOCKET, *LISTEN, "--backend", "all=255.255.255.255:9")
    assert "backend all: no way to 255.255.255.255:9" in fault


def test_no_backend_is_refused() -> None:
    """A proxy without a backend is status 78, and says which flag is missing."""
    (fault,) = refused(BAD_SETTINGS, *LISTEN)
    assert "--backend HOST:PORT" in fault


def test_equal_names_are_refused() -> None:
    """Two backends of one name are status 78; the message shows how to name them."""
    (fault,) = refused(
        BAD_SETTINGS,
        *LISTEN,
        *("--backend", "a=127.0.0.1:9", "--backend", "a=127.0.0.1:10"),
    )
    assert "--backend 'a=127.0.0.1:10': the name a is another backend's" in fault
    assert "--backend NAME=HOST:PORT" in fault


def test_names_that_do_not_resolve_are_refused_together() -> None:
    """Each backend whose address does not resolve is named, with status 78."""
    faults = refused(
        BAD_SETTINGS,
        *LISTEN,
        *("--backend", "a=nowhere.invalid:9", "--backend", "127.0.0.1:9"),
        *("--backend", "b=elsewhere.invalid:9"),
    )
    assert [fault.split(" does not resolve")[0] for fault in faults] == [
        "--backend 'a=nowhere.invalid:9': backend a: 'nowhere.invalid'",
        "--backend 'b=elsewhere.invalid:9': backend b: 'elsewhere.invalid'",
    ]
    assert [fault for fault in faults if "valid: a name that does" not in fault] == []


def test_a_listener_that_does_not_resolve_is_refused() -> None:
    """An address to listen at that does not resolve is status 78."""
    (fault,) = refused(BAD_SETTINGS, *BACKEND, "--listen", "udp://nowhere.invalid:0")
    assert "--listen 'udp://nowhere.invalid:0'" in fault
    assert "does not resolve" in fault


@pytest.mark.parametrize(
    ("listen", "backend"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "localhost"),
        ("127.0.0.1", ANY_V4),
        ("localhost", "127.0.0.1"),
        (ANY_V4, "127.0.0.1"),
        (ANY_V4, "127.0.0.2"),
        (ANY_V4, "localhost"),
        (ANY_V4, ANY_V4),
        pytest.param(ANY_V4, "[::ffff:127.0.0.1]", marks=NEEDS_IPV6),
        pytest.param("127.0.0.1", "[::ffff:127.0.0.1]", marks=NEEDS_IPV6),
        pytest.param("[::ffff:127.0.0.1]", "127.0.0.1", marks=NEEDS_IPV6),
        pytest.param("[::1]", "[::1]", marks=NEEDS_IPV6),
        pytest.param("[::1]", "[::]", marks=NEEDS_IPV6),
        pytest.param("[::]", "[::1]", marks=NEEDS_IPV6),
        pytest.param("[::]", "127.0.0.1", marks=NEEDS_IPV6),
        pytest.param("[::]", "[::ffff:127.0.0.1]", marks=NEEDS_IPV6),
        pytest.param("[::]", "[::]", marks=NEEDS_IPV6),
        pytest.param("[::]", ANY_V4, marks=NEEDS_IPV6),
    ],
)
def test_the_own_listener_as_a_backend_is_refused(listen: str, backend: str) -> None:
    """A backend that would come back in is status 78, under whatever address."""
    port = find_free_port()
    (fault,) = refused(
        BAD_SETTINGS,
        *("--listen", f"udp://{listen}:{port}"),
        *("--backend", "other=127.0.0.1:9", "--backend", f"me={backend}:{port}"),
    )
    assert f"backend me: {backend}:{port} is this proxy's own listener" in fault


def test_the_address_of_this_host_as_a_backend_is_refused_with_a_wildcard() -> None:
    """A wildcard listener is reached by every address of this host."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(
                ("203.0.113.1", 9)
            )  # sends nothing: the kernel picks a source
        except OSError:
            pytest.skip("this host has no route, and so no address but loopback")
        own = probe.getsockname()[0]
    port = find_free_port()
    (fault,) = refused(
        BAD_SETTINGS,
        *("--listen", f"udp://{ANY_V4}:{port}", "--backend", f"{own}:{port}"),
    )
    assert "own listener" in fault


def test_the_port_alone_makes_no_loop() -> None:
    """A backend with the listener's port on another address is no loop."""
    with (
        Receivers(1, "127.0.0.2") as receivers,
        Proxy(
            *receivers.backends(),
            listen=[f"udp://127.0.0.1:{receivers.each[0].port}"],
        ) as proxy,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        sender.sendto(b"gorets:1|c", proxy.address)
        receivers.wait_for_lines(1)


def test_all_faults_are_shown_at_once() -> None:
    """Each bad value is shown with its flag and what would be valid, in one go."""
    given = {
        "--listen": "tcp://127.0.0.1:1",
        "--backend": "127.0.0.1",
        "--hash": "md5",
        "--shard-by": "serie",
        "--workers": "0",
        "--max-payload": "70000",
        "--max-delay-ms": "5min",
        "--receive-buffer": "8 bananas",
        "--queue-bytes": "1",
        "--queue-age-s": "-1",
        "--summary-s": "soon",
        "--log-level": "warn",
        "--log-format": "yaml",
    }
    faults = refused(BAD_SETTINGS, *(word for pair in given.items() for word in pair))
    starts = [f"{flag} {value!r}: " for flag, value in given.items()]
    assert starts == [
        fault[: len(start)] for fault, start in zip(faults, starts, strict=True)
    ]
    assert [fault for fault in faults if "valid: " not in fault] == []
    assert "did you mean warning?" in faults[-2]


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--listen", "tcp://127.0.0.1:8125"),
        ("--backend", "dns://statsd:8125"),
        ("--listen", "unixgram:///run/statsd.sock"),
    ],
)
def test_what_a_later_version_will_know_says_so(flag: str, value: str) -> None:
    """A value that is no mistake, only too early, is told apart from one."""
    (fault,) = refused(BAD_SETTINGS, *BACKEND, flag, value)
    assert "not supported by this version" in fault
    assert "; valid: " in fault


@pytest.mark.parametrize("key", later_flags("proxy"))
def test_a_flag_of_a_later_version_is_no_usage_error(key: str) -> None:
    """With a value or without, it is refused as the key of a file is: status 78."""
    flag = "--" + key.replace("_", "-")
    for words in ([flag], [flag, "1"], [f"{flag}=1"]):
        (fault,) = refused(BAD_SETTINGS, *words, *BACKEND)
        assert fault.startswith(flag)
        assert "not supported by this version" in fault
    assert flag not in run_statshard("run", "--help").stdout


@pytest.mark.parametrize(
    ("words", "culprit"),
    [
        (("run", "--no-such-flag"), "--no-such-flag"),
        (("run", "--backend"), "--backend"),
        (("run", *BACKEND, "one-word-too-many"), "one-word-too-many"),
        (("no-such-command",), "no-such-command"),
        (("--no-such-flag",), "--no-such-flag"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(
    words: tuple[str, ...], culprit: str
) -> None:
    """What is no setting at all is status 2, and named."""
    done = run_statshard(*words)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert culprit in done.stderr


def test_a_mistyped_flag_is_met_with_the_right_one() -> None:
    """A flag with a slip in it is answered with the flag that was meant."""
    assert "--backend" in run_statshard("run", "--backnd", "127.0.0.1:9").stderr


def test_flags_of_later_versions_are_accepted() -> None:
    """--no-admin and --control stand in service files already, and change nothing."""
    with (
        Receivers(1) as receivers,
        Proxy(
            *receivers.backends(),
            *("--no-admin", "--control", "/nonexistent/control.sock"),
        ) as proxy,
    ):
        assert proxy.stop().status == OK


def test_a_refused_start_leaves_the_port_free() -> None:
    """A start that is refused after binding gives the port back."""
    port = find_free_port()
    listen = f"udp://127.0.0.1:{port}"
    refused(BAD_SETTINGS, "--listen", listen, "--backend", f"127.0.0.1:{port}")
    with Receivers(1) as receivers, Proxy(*receivers.backends(), listen=[listen]):
        pass


def test_a_queue_that_cannot_hold_a_datagram_is_refused() -> None:
    """A worker's share of the queue below one full datagram is status 78."""
    sizes = ["--max-payload", "65507", "--queue-bytes", "128KiB", "--workers", "4"]
    (fault,) = refused(BAD_SETTINGS, *BACKEND, *sizes)
    assert "--queue-bytes" in fault
    assert f"valid: queue_bytes {4 * (65_507 + 24)} or more" in fault


def test_a_size_beyond_all_bounds_is_refused() -> None:
    """A number of four hundred digits is met like any other that is too large."""
    (fault,) = refused(BAD_SETTINGS, *BACKEND, "--receive-buffer", "9" * 400)
    assert "valid: 4096 to" in fault


def test_too_few_descriptors_are_refused() -> None:
    """Where the limit on descriptors is too low, the message says how to raise it."""
    words = [*BACKEND, "--listen", "udp://127.0.0.1:0", "--workers", "64"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *COMMAND, "run", *words],
        capture_output=True,
        check=False,
        text=True,
        timeout=10,
    )
    assert NO_SOCKET == done.returncode
    assert "LimitNOFILE" in done.stderr


def test_a_mistyped_command_is_met_with_the_right_one() -> None:
    """`statshard rn` is a usage error that asks whether run was meant."""
    done = run_statshard("rn", timeout_s=10)
    assert (2, True) == (done.returncode, "Did you mean 'run'?" in done.stderr)
