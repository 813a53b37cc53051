"""Machine: what the figures were taken on, and of which commit."""

import os
import platform
import subprocess
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = (
    "bench/SERVER.md",
    "bench/RESULTS.md",
    "bench/PROFILE.md",
    "bench/EVENNESS.md",
    "bench/LOOKUP.md",
    "bench/plots",
)  # by the benchmark itself


def describe_machine() -> str:
    """Return CPU, cores, kernel, Python and compiler of this machine."""
    info = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    models = [m.split(":")[1].strip() for m in info.splitlines() if "model name" in m]
    cpu = models[0] if models else platform.machine()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    # Without what a builder of kernels adds, which may name the place.
    kernel = f"{platform.system()} {platform.release().partition('-')[0]}"
    compiler = first_line(*sysconfig.get_config_vars()["CC"].split(), "--version")
    return f"{cpu}, {count_cores()} cores, {kernel}, {python}, {compiler}"


def count_cores() -> int:
    """Return how many cores all that is measured has to share."""
    return len(os.sched_getaffinity(0))


def describe_commit() -> str:
    """Return the commit that was measured, and whether the tree differed from it."""
    commit = first_line("git", "rev-parse", "--short=12", "HEAD") or "none"
    others = [f":!{path}" for path in WRITTEN]
    changed = first_line("git", "status", "--porcelain", "--", ".", *others)
    return f"{commit}, with uncommitted changes" if changed else commit


def first_line(*command: str) -> str:
    """Return the first line that a command prints, or nothing."""
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT
    )
    return (done.stdout.splitlines() or [""])[0]
