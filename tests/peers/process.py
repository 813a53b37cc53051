"""A peer: a real program on loopback, with a throw-away folder, ready and surely gone.

    with running(words, is_ready=...) as process:     process.log() is what it said
        ...

Rules: no port is fixed; the programs cannot say which one the kernel gave them, so that
one that was free is told to them. Readiness is a condition, never a pause. The kernel
kills the program if the tests die (setpriv --pdeathsig), and `running` if they end.
Nothing is known here of any one program.
"""

import os
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.tree import ROOT
from tests.support.wait import TIMEOUT_S, wait_until

LOOPBACK = "127.0.0.1"
BUILD = ROOT / "build" / "peers"
MODULES = BUILD / "node_modules"
PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST_PORT = 10_240  # those below belong to services
RECEIVED_BYTES = 65_536


class Process:
    """A peer that runs: its process, and the file that it writes its log to."""

    def __init__(self, words: Sequence[str], log: Path, env: Mapping[str, str]) -> None:
        self.words = [require(words[0]), *words[1:]]
        self._log = log
        with log.open("wb") as sink:
            self.popen = subprocess.Popen(
                [require("setpriv"), "--pdeathsig", "KILL", *self.words],
                cwd=log.parent,
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
            )

    @property
    def log(self) -> str:
        """All that the program has written, on stdout and stderr."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def has_ended(self) -> bool:
        """Tell whether the program has ended."""
        return self.popen.poll() is not None

    def stop(self) -> int:
        """Ask the program to end (SIGTERM), and return its status."""
        self.popen.terminate()
        return self.popen.wait(TIMEOUT_S)

    def end(self) -> None:
        """Make sure that the program is gone."""
        self.popen.kill()
        self.popen.wait()


def require(program: str) -> str:
    """Return the path of a program; fail with the cure where there is none."""
    path = shutil.which(program)
    if path is None:
        raise AssertionError(f"{program} is not installed: make peers")
    return path


def require_file(path: Path) -> str:
    """Return the path of a file that `make peers` brings; fail where it is absent."""
    if not path.exists():
        raise AssertionError(f"{path} is not there: make peers")
    return str(path)


@contextmanager
def new_folder(name: str) -> Iterator[Path]:
    """Give a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"statshard-{name}-") as folder:
        yield Path(folder)


@contextmanager
def running(
    words: Sequence[str],
    *,
    is_ready: Callable[[Process], bool],
    folder: Path,
    env: Mapping[str, str] | None = None,
) -> Iterator[Process]:
    """Start a program, wait until it is ready, and make sure that it ends."""
    process = Process(words, folder / "peer.log", env or {})
    try:
        wait_until(
            lambda: is_ready(process) or process.has_ended(),
            blame=lambda: f"{words} is not ready; it said:\n{process.log}",
        )
        assert not process.has_ended(), f"{words} ended; it said:\n{process.log}"
        yield process
    finally:
        process.end()


def find_free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that are free now, for UDP and TCP.

    They are below those that the kernel gives to whoever asks for any (ip(7)), because
    a program takes a moment to bind its own, and others ask all the time.
    """
    lowest_given = int(PORT_RANGE.read_text().split()[0])
    ports: set[int] = set()
    while len(ports) < count:
        port = random.randrange(LOWEST_PORT, lowest_given)
        if is_free(port):
            ports.add(port)
    return list(ports)


def is_free(port: int) -> bool:
    """Tell whether a port of loopback can be bound, by UDP and by TCP."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True


def accepts(port: int) -> bool:
    """Tell whether a program listens on a TCP port of loopback."""
    try:
        socket.create_connection((LOOPBACK, port), TIMEOUT_S).close()
    except ConnectionRefusedError:
        return False
    return True


def ask(port: int, command: bytes, end: bytes) -> bytes:
    """Send a command to a text port, and return the answer up to and with ``end``."""
    with socket.create_connection((LOOPBACK, port), TIMEOUT_S) as client:
        client.sendall(command)
        answer = b""
        while end not in answer:
            more = client.recv(RECEIVED_BYTES)
            if not more:
                raise AssertionError(f"{command!r} was answered by {answer!r} only")
            answer += more
        return answer
