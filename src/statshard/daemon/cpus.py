"""CPUs: how many this process may use, by affinity and its control group's quota."""

import math
import os
from pathlib import Path

UNLIMITED = math.inf


def usable_cpus(
    proc: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")
) -> int:
    """Return how many CPUs this process may use, at least 1."""
    allowed = len(os.sched_getaffinity(0))
    return max(1, min(allowed, math.ceil(min(cgroup_quota(proc, root), allowed))))


def cgroup_quota(proc: Path, root: Path) -> float:
    """Return the control group's (v2) quota in CPUs, or infinity.

    The least of its own and of those of all groups that it is in. Source: kernel.org,
    "Control Group v2", cpu.max: `QUOTA PERIOD` in us, or `max PERIOD`.
    """
    try:
        rows = proc.read_text().splitlines()
        group = next(row for row in rows if row.startswith("0::"))
    except (OSError, StopIteration):
        return UNLIMITED
    folder = root / group.removeprefix("0::").lstrip("/")
    return min(quota_of(place / "cpu.max") for place in (folder, *folder.parents))


def quota_of(path: Path) -> float:
    """Return the quota that one cpu.max sets, in CPUs, or infinity."""
    try:
        quota, period = path.read_text().split()
        return float(quota) / float(period) if quota != "max" else UNLIMITED
    except (OSError, ValueError, ZeroDivisionError):
        return UNLIMITED
