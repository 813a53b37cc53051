"""docs/etsy.md: its table says what either grammar makes of a line."""

import re

import pytest

from statshard.plane._sampling import read_samples, series_name
from tests.support.tree import ROOT

PAGE = (ROOT / "docs/etsy.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## What strict mode reads otherwise\n")[2].partition(
    "\n## "
)[0]
ROWS = [
    tuple(cell.replace(r"\|", "|") for cell in re.split(r" (?<!\\)\| ", row))
    for row in re.findall(r"(?m)^\| (`.*` \| .* \| .*) \|$", SECTION)
]
COMPATS = ("etsy", "strict")


def shown(line: bytes, compat: str) -> str:
    """Return what a grammar makes of a line, as the table has it."""
    texts: list[str] = []
    for sample in read_samples(line, compat):
        if isinstance(sample, str):
            texts.append(sample)
            continue
        kind, value, scale, member = sample
        number = f'"{member.decode()}"' if kind == "set" else f"{value:g}"
        texts.append(f"{kind} {number}" + (f" x {scale:g}" if scale != 1 else ""))
    name = series_name(line, compat)
    is_good = any(" " in text for text in texts)
    called = f"`{name.decode()}`" if name else "(no name)"
    head = f"{called}: " if is_good and name is not None else ""
    return head + ", ".join(texts)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_is_what_is_read(row: tuple[str, ...]) -> None:
    """Each line of the table is read as it says, and otherwise in either mode."""
    line, *told = row
    read = [shown(line.strip("`").encode(), compat) for compat in COMPATS]
    assert told == read
    assert read[0] != read[1]


def test_the_table_is_there() -> None:
    """The table has rows, each another line."""
    assert len(ROWS) > 15
    assert len({row[0] for row in ROWS}) == len(ROWS)
