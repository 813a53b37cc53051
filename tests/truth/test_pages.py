"""What `make docs` writes is what stands in the tree."""

import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import PAGES
from tests.support.tree import ROOT


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which all pages were written."""
    folder = tmp_path_factory.mktemp("pages")
    command = [sys.executable, "-m", "docs.generate", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_tables_say(name: str, written: Path) -> None:
    """Each page in the tree is the one that docs/generate.py writes: `make docs`."""
    fresh = (written / name).read_text(encoding="utf-8")
    assert (ROOT / name).read_text(encoding="utf-8") == fresh


@pytest.mark.parametrize("name", PAGES)
def test_lines_have_no_blanks_at_their_ends(name: str) -> None:
    """No line of a page ends with a blank, and a page ends with one end of line."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
