"""Forwarder: `statshard run` or the floor as a process, and what it used.

    with Forwarder(work) as forwarder:     its ports are free ones
        forwarder.cpu_s(), forwarder.peak_rss_mib()
    forwarder.worker_lines                 from the log, once it has ended

Must not know: the traffic.
"""

import contextlib
import itertools
import json
import random
import socket
import subprocess
import sys
from pathlib import Path

from bench.process import Process
from bench.rows import Work
from statshard.load.proc import read_drops

FLOOR_SOURCE = Path(__file__).resolve().parent / "floor" / "floor.c"
STATSHARD = Path(sys.executable).with_name("statshard")
LOCAL_PORTS = "/proc/sys/net/ipv4/ip_local_port_range"
FIRST_UNPRIVILEGED = 1024


class Forwarder(Process):
    """A process that forwards from `target` to `receivers`; a context manager."""

    def __init__(self, work: Work, floor: Path | None = None) -> None:
        self.work = work
        listen, *ports = free_ports(work.host, work.backends + 1)
        self.port = listen
        self.target = f"udp://{join(work.host, listen)}"
        self.receivers = tuple(join(work.host, port) for port in ports)
        self._is_floor = floor is not None
        super().__init__(
            build_floor_command(floor, (listen, *ports))
            if floor
            else [str(STATSHARD), *build_words(work, self.target, self.receivers)]
        )

    @property
    def worker_lines(self) -> tuple[int, ...]:
        """The lines that each worker read, from the log, once it has ended."""
        return list_worker_lines(self.log)

    def is_ready(self) -> bool:
        """Tell whether it says so; the floor says nothing, but binds its port."""
        return self.port in read_drops() if self._is_floor else super().is_ready()


def build_words(work: Work, target: str, receivers: tuple[str, ...]) -> list[str]:
    """Return the words of `statshard run`, after its name."""
    words = ["run", "--no-admin", "--log-format", "json"]
    words += ["--workers", str(work.workers), "--listen", target]
    return words + [word for each in receivers for word in ("--backend", each)]


def build_floor_command(floor: Path, ports: tuple[int, ...]) -> list[str]:
    """Return the command of the floor: the port to read, and those of the receivers."""
    return [str(floor), *map(str, ports)]


def compile_floor(folder: Path) -> Path:
    """Compile the floor into a folder, as bench/floor/compare does."""
    floor = folder / "floor"
    subprocess.run(["cc", "-O2", "-o", floor, FLOOR_SOURCE], check=True)
    return floor


def list_worker_lines(log: str) -> tuple[int, ...]:
    """Return the lines that each worker read, from a log in JSON."""
    events = (json.loads(row) for row in log.splitlines() if row.startswith("{"))
    told = [each for each in events if each["event"] == "balance_worker"]
    return tuple(int(each["received_lines"]) for each in told)


def free_ports(host: str, count: int) -> tuple[int, ...]:
    """Return UDP ports of a host that are free now, each another.

    Below those that the kernel gives to sockets which name none (ip(7),
    ip_local_port_range): among hundreds, the links of the proxy would take one before
    its receiver is there. Where too few are free there, the kernel's choice.
    """
    first = int(Path(LOCAL_PORTS).read_text("ascii").split()[0])
    below = range(max(first // 2, FIRST_UNPRIVILEGED), first)
    wanted = [*random.sample(below, len(below)), *itertools.repeat(0, count)]
    ports: list[int] = []
    with contextlib.ExitStack() as stack:
        for port in wanted:
            one = stack.enter_context(open_socket(host))
            with contextlib.suppress(OSError):
                one.bind((host, port))
                ports.append(one.getsockname()[1])
            if len(ports) == count:
                break
    return tuple(ports)


def is_here(host: str) -> bool:
    """Tell whether a host is an address of this machine, which may lack IPv6."""
    try:
        with open_socket(host) as one:
            one.bind((host, 0))
    except OSError:
        return False
    return True


def open_socket(host: str) -> socket.socket:
    """Return a UDP socket of a host's family."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.socket(family, socket.SOCK_DGRAM)


def join(host: str, port: int) -> str:
    """Return HOST:PORT, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
