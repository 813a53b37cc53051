"""What real clients send: captured once into captures.json, and caught anew.

    {"statsd": ["py.incr:1|c", ...], ...}       a string for each datagram, in UTF-8

    python -m tests.peers.captures              writes the file, after `make peers`

The versions of the clients are exact (pyproject.toml, package.json): with others, look
at what has changed on the wire before the file is written anew.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.peers.process import MODULES, require, require_file
from tests.support.receivers import Receivers
from tests.support.tree import ROOT
from tests.support.wait import TIMEOUT_S, wait_until

FILE = Path(__file__).with_name("captures.json")
END = b"statshard.end"  # not a client's: sent after it has ended
PYTHON_CLIENTS = ("statsd", "datadog", "aiodogstatsd")
CLIENTS = (*PYTHON_CLIENTS, "hot-shots")


def read_captures() -> Mapping[str, list[bytes]]:
    """Return the datagrams of each client, from the file."""
    captures = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        client: [datagram.encode() for datagram in datagrams]
        for client, datagrams in captures.items()
    }


def capture(client: str) -> list[bytes]:
    """Return the datagrams that a client sends."""
    with Receivers(1) as receivers:
        receiver = receivers.each[0]
        send(client, receiver.port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(END, ("127.0.0.1", receiver.port))
        wait_until(lambda: receiver.datagrams[-1:] == [END])
        return receiver.datagrams[:-1]


def send(client: str, port: int) -> None:
    """Run the program that uses a client, to a port of loopback, until it ends."""
    told = subprocess.run(
        _command(client, port),
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=_environment(),
        text=True,
        timeout=TIMEOUT_S,
    )
    assert (0, "") == (told.returncode, told.stderr), f"{client}: {told}"


def _command(client: str, port: int) -> Sequence[str]:
    """Return the words that start the program of a client."""
    if client in PYTHON_CLIENTS:
        return [sys.executable, "-m", f"tests.peers.clients.send_{client}", str(port)]
    script = Path(__file__).with_name("clients") / "send_hot_shots.js"
    require_file(MODULES / client)
    return [require("node"), str(script), str(port)]


def _environment() -> Mapping[str, str]:
    """Return the environment without what would configure a client (DD_...)."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith("DD_")}
    return {**ours, "NODE_PATH": str(MODULES)}


def main() -> None:
    """Capture every client, and write the file."""
    captures = {
        client: [datagram.decode() for datagram in capture(client)]
        for client in CLIENTS
    }
    text = json.dumps(captures, indent=1, ensure_ascii=False)
    FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
