"""The sdist holds what git holds: all that building and testing need, nothing more."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.support.tree import ROOT

# What the build adds; git does not hold it.
MADE = {"PKG-INFO", "setup.cfg"}
MADE_FOLDER = "src/statshard.egg-info/"


def list_tracked() -> set[str]:
    """Return the files that git holds, or will once the new ones are added."""
    # The tree may belong to another user, as it does in containers.
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(
        [*git, "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = listed.stdout.split("\0")
    return {name for name in names if name and (ROOT / name).exists()}


def build_sdist(tracked: set[str], folder: Path) -> set[str]:
    """Build the sdist from a clean copy of the files; return the names in it."""
    clean = folder / "clean"
    for name in tracked:
        (clean / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, clean / name)
    command = [sys.executable, "-m", "build", "--sdist", "--no-isolation"]
    done = subprocess.run(
        [*command, "--outdir", str(folder), "."],
        cwd=clean,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (archive,) = folder.glob("statshard-*.tar.gz")
    with tarfile.open(archive) as opened:
        return {m.name.partition("/")[2] for m in opened.getmembers() if m.isfile()}


@pytest.mark.skipif(
    not (ROOT / ".git").exists(),
    reason="this tree is no git checkout (an unpacked sdist?): nothing to compare with",
)
def test_the_sdist_is_what_git_holds(tmp_path: Path) -> None:
    """The sdist's files are those of git, and what the build itself adds."""
    tracked = list_tracked()
    built = build_sdist(tracked, tmp_path)
    made = {name for name in built if name in MADE or name.startswith(MADE_FOLDER)}
    assert built - made == tracked
