"""Where the project's files are, and how to walk over its sources."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
PACKAGE = SRC / "statshard"
PLANE = PACKAGE / "plane"


def list_sources(*suffixes: str) -> list[Path]:
    """Return every file below src/statshard with one of the suffixes, sorted."""
    return sorted(p for p in PACKAGE.rglob("*") if p.suffix in suffixes)


def show(path: Path) -> str:
    """Return the path as an error names it: from the root of the project."""
    return str(path.relative_to(ROOT))


def read_code(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number, line) of Cython source, without docstrings and comments."""
    quote = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        opened = quote or next((q for q in ('"""', "'''") if q in line), "")
        if not opened:
            yield number, line.split("#")[0].rstrip()
            continue
        is_odd = line.count(opened) % 2 == 1
        quote = ("" if quote else opened) if is_odd else quote
