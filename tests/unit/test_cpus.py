"""CPUs: affinity, and the quota of the control group and of all around it."""

import os
from pathlib import Path

import pytest

from statshard.daemon.cpus import UNLIMITED, cgroup_quota, quota_of, usable_cpus


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Give a file that says that this process is in /service/worker."""
    path = tmp_path / "cgroup"
    path.write_text("1:name=systemd:/other\n0::/service/worker\n", encoding="ascii")
    return path


def limit(root: Path, group: str, text: str) -> None:
    """Set the quota of a control group."""
    folder = root / group
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.max").write_text(text, encoding="ascii")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max 100000\n", UNLIMITED),
        ("100000 100000\n", 1),
        ("150000 100000\n", 1.5),
        ("5000 10000\n", 0.5),
        ("", UNLIMITED),
        ("nonsense\n", UNLIMITED),
        ("100000\n", UNLIMITED),
        ("100000 0\n", UNLIMITED),
    ],
)
def test_a_quota_is_read_in_cpus(tmp_path: Path, text: str, expected: float) -> None:
    """`QUOTA PERIOD` is their quotient; what is not understood limits nothing."""
    limit(tmp_path, ".", text)
    assert expected == quota_of(tmp_path / "cpu.max")


def test_no_file_is_no_quota(tmp_path: Path, proc: Path) -> None:
    """Without control groups nothing is limited."""
    assert quota_of(tmp_path / "cpu.max") == UNLIMITED
    assert cgroup_quota(tmp_path / "nowhere", tmp_path) == UNLIMITED
    assert cgroup_quota(proc, tmp_path / "root") == UNLIMITED


def test_a_process_in_no_v2_group_has_no_quota(tmp_path: Path) -> None:
    """Where only the old control groups are, nothing is limited."""
    path = tmp_path / "cgroup"
    path.write_text("4:cpu:/service\n", encoding="ascii")
    limit(tmp_path, "service", "100000 100000")
    assert cgroup_quota(path, tmp_path) == UNLIMITED


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("max 100000", "200000 100000", 2),
        ("200000 100000", "max 100000", 2),
        ("100000 100000", "200000 100000", 1),
        ("300000 100000", "200000 100000", 2),
        ("max 100000", "max 100000", UNLIMITED),
    ],
)
def test_the_tightest_group_decides(
    tmp_path: Path, proc: Path, outer: str, inner: str, expected: float
) -> None:
    """Of a group and all that it is in, the smallest quota is the one that holds."""
    root = tmp_path / "root"
    limit(root, "service", outer)
    limit(root, "service/worker", inner)
    assert expected == cgroup_quota(proc, root)


def test_a_group_at_the_root_is_found(tmp_path: Path) -> None:
    """In a container the own group is shown as the root, and its quota holds."""
    path = tmp_path / "cgroup"
    path.write_text("0::/\n", encoding="ascii")
    root = tmp_path / "root"
    limit(root, ".", "200000 100000")
    assert cgroup_quota(path, root) == 2


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((8, "max 100000"), 8),
        ((8, "250000 100000"), 3),
        ((8, "10000 100000"), 1),
        ((2, "800000 100000"), 2),
        ((1, "max 100000"), 1),
    ],
)
def test_affinity_and_quota_limit_both(
    tmp_path: Path,
    proc: Path,
    monkeypatch: pytest.MonkeyPatch,
    limits: tuple[int, str],
    expected: int,
) -> None:
    """The smaller of both counts, a part of a CPU as one, and never less than one."""
    allowed, quota = limits
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(allowed)))
    limit(tmp_path, "service/worker", quota)
    assert expected == usable_cpus(proc, tmp_path)
