"""See whether an installed statshard carries lines at all.

    scripts/smoke.py PATH/TO/statshard

Starts `statshard run` in front of two receivers on loopback, sends it LINES lines, and
wants every one of them back before SIGTERM ends it with status 0. It knows nothing but
the command line and UDP, so that it can try whatever has been installed.
"""

import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LINES = 1000
TIMEOUT_S = 20.0


def open_socket() -> socket.socket:
    """Return a UDP socket on a loopback port that the kernel chose."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind(("127.0.0.1", 0))
    opened.settimeout(0.1)
    return opened


def address_of(bound: socket.socket) -> str:
    """Return HOST:PORT."""
    host, port = bound.getsockname()
    return f"{host}:{port}"


@contextmanager
def run_proxy(command: str, listen: str, backends: list[str]) -> Iterator[None]:
    """Run `command run` in an empty folder; at the end it must stop with status 0."""
    words = [command, "run", "--no-admin", "--workers", "1", "--listen", listen]
    words += [word for backend in backends for word in ("--backend", backend)]
    with tempfile.TemporaryDirectory() as folder:  # so that no checkout is imported
        words += ["--control", f"{folder}/control.sock"]
        proxy = subprocess.Popen(words, cwd=folder)
        try:
            yield
            proxy.send_signal(signal.SIGTERM)
            status = proxy.wait(TIMEOUT_S)
        finally:
            proxy.kill()
            proxy.wait()
    if status != 0:
        sys.exit(f"smoke: {command} run ended with status {status}, not 0")


def receive_lines(backends: list[socket.socket]) -> list[bytes]:
    """Return the lines that wait at the backends now."""
    lines: list[bytes] = []
    for backend in backends:
        try:
            lines += backend.recv(65536).split(b"\n")
        except TimeoutError:
            continue
    return [line for line in lines if line]


def carry_lines(to: tuple[str, int], backends: list[socket.socket]) -> None:
    """Knock until a line comes through, then send LINES and collect each of them."""
    sender = open_socket()
    deadline = time.monotonic() + TIMEOUT_S
    while not receive_lines(backends):
        if time.monotonic() > deadline:
            sys.exit(f"smoke: nothing came through in {TIMEOUT_S:.0f} s")
        sender.sendto(b"knock:1|c", to)
    wanted = {f"smoke.{number}:1|c".encode() for number in range(LINES)}
    for line in sorted(wanted):
        sender.sendto(line, to)
    while wanted:
        if time.monotonic() > deadline:
            sys.exit(f"smoke: {len(wanted)} of {LINES} lines did not come through")
        wanted.difference_update(receive_lines(backends))


def main() -> None:
    """Try the command named by the one argument."""
    if len(sys.argv) != 2:  # noqa: PLR2004 -- the program and its one argument
        sys.exit(__doc__)
    backends = [open_socket(), open_socket()]
    with open_socket() as probe:
        listen = probe.getsockname()
    names = [address_of(backend) for backend in backends]
    command = str(Path(sys.argv[1]).absolute())
    with run_proxy(command, f"udp://{listen[0]}:{listen[1]}", names):
        carry_lines(listen, backends)
    print(f"smoke: {LINES} of {LINES} lines came through")


if __name__ == "__main__":
    main()
