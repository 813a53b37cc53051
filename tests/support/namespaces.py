"""Two hosts on one machine: network namespaces with a cable between them.

    statshard-N-a   192.0.2.1/24 ---- veth ---- 192.0.2.2/24   statshard-N-b

Nothing leaves them: they have no other cable (192.0.2.0/24 is TEST-NET-1, RFC 5737).
Needs root and ip(8); whoever has not gets a reason instead (`why_not`).
"""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CLONE_NEWNET = 0x40000000  # <linux/sched.h>
LIBC = ctypes.CDLL(None, use_errno=True)


def why_not() -> str:
    """Return what is missing to make namespaces, or nothing."""
    if shutil.which("ip") is None or shutil.which("tc") is None:
        return "ip(8) and tc(8) are missing: apt-get install iproute2"
    if os.geteuid() != 0:
        return "network namespaces are made by root only"
    return ""


@dataclass(frozen=True)
class Host:
    """One end of the cable."""

    name: str
    address: str

    @property
    def cable(self) -> str:
        """The name of its network device."""
        return "cable"

    def command(self, *words: str) -> list[str]:
        """Return a command as it is run on this host."""
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words: str) -> None:
        """Run a command here."""
        subprocess.run(self.command(*words), check=True)

    def udp_socket(self) -> socket.socket:
        """Return a UDP socket that lives here, bound to this host's address."""
        with Path("/proc/thread-self/ns/net").open() as home:
            with Path("/run/netns", self.name).open() as here:
                _enter(here.fileno())
            try:
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.bind((self.address, 0))
            finally:
                _enter(home.fileno())
        return s


def _enter(namespace: int) -> None:
    """Let this thread make its sockets in another namespace (setns(2))."""
    if LIBC.setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Make two hosts; they are gone afterwards."""
    a = Host(f"statshard-{os.getpid()}-a", "192.0.2.1")
    b = Host(f"statshard-{os.getpid()}-b", "192.0.2.2")
    with contextlib.ExitStack() as undo:
        for host in (a, b):
            _ip("netns", "add", host.name)
            undo.callback(_ip, "netns", "delete", host.name)
        one_end = ["link", "add", a.cable, "netns", a.name, "type", "veth"]
        _ip(*one_end, "peer", "name", b.cable, "netns", b.name)
        for host in (a, b):
            host.run("ip", "address", "add", f"{host.address}/24", "dev", host.cable)
            host.run("ip", "link", "set", "lo", "up")
            host.run("ip", "link", "set", host.cable, "up")
        yield a, b


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
