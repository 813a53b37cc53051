"""Markdown: tables. Must not know: what stands in them."""

from collections.abc import Iterable, Sequence


def format_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; a bar in a cell is escaped."""
    table = [head, ["---"] * len(head), *rows]
    lines = ["| " + " | ".join(c.replace("|", r"\|") for c in row) for row in table]
    return "\n".join(line + " |" for line in lines)
