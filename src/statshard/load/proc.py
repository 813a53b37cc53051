"""Proc: what the kernel tells of sockets and processes (proc(5)).

Texts are handed in where they are parsed, so that tests need no kernel.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from statshard.errors import SettingsError

TABLES = ("/proc/net/udp", "/proc/net/udp6")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used: CPU seconds since its start, bytes of memory now."""

    cpu_s: float
    rss_bytes: int


def parse_drops(text: str) -> dict[int, int]:
    """Return port -> datagrams dropped, of the rows of /proc/net/udp.

    The second word is the local address, HEX:PORT in hexadecimal, the last the drops.
    """
    drops: dict[int, int] = {}
    for row in text.splitlines()[1:]:
        words = row.split()
        port = int(words[1].rpartition(":")[2], 16)
        drops[port] = drops.get(port, 0) + int(words[-1])
    return drops


def read_drops() -> dict[int, int]:
    """Return port -> datagrams that the kernel dropped for want of room there."""
    drops: dict[int, int] = {}
    for table in map(Path, TABLES):
        if table.exists():
            for port, count in parse_drops(table.read_text("ascii")).items():
                drops[port] = drops.get(port, 0) + count
    return drops


def parse_usage(stat: str, statm: str, *, ticks: int, page: int) -> Usage:
    """Return what /proc/PID/stat and statm tell.

    A command's name may hold anything, so words are counted from its `)`: utime and
    stime are the 12th and 13th behind it.
    """
    words = stat.rpartition(")")[2].split()
    return Usage(
        (int(words[11]) + int(words[12])) / ticks, int(statm.split()[1]) * page
    )


def read_usage(pid: int) -> Usage:
    """Return what a process has used; raises SettingsError where none can be seen."""
    try:
        return parse_usage(
            Path(f"/proc/{pid}/stat").read_text("utf-8", "replace"),
            Path(f"/proc/{pid}/statm").read_text("ascii"),
            ticks=os.sysconf("SC_CLK_TCK"),
            page=os.sysconf("SC_PAGE_SIZE"),
        )
    except (FileNotFoundError, ProcessLookupError) as fault:
        raise SettingsError(f"--pid {pid}: no such process") from fault
    except PermissionError as fault:  # /proc mounted with hidepid
        raise SettingsError(f"--pid {pid}: {fault.strerror}") from fault
