"""Where our server may differ from etsy's, under `compat = "etsy"`, and why.

A difference is told by the lines that differ, and stands in docs/etsy.md under its
title. Whatever is in no row is a fault, and so is a row that nothing needs.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.peers.differential import Difference
from tests.peers.rows import INHERITED


@dataclass(frozen=True)
class Allowed:
    """One difference: its title in docs/etsy.md, and the lines that it shows in."""

    title: str
    lines: str  # a pattern of "path value"
    batches: frozenset[int] = frozenset(range(3))  # of list_batches


DIFFERENCES = (
    Allowed("Bytes that are not UTF-8", r"\br\.((cut)?members|tagbytes)\b"),
    Allowed("The member `__proto__`", r"\br\.protomembers\b"),
    Allowed(
        "Keys that every object of JavaScript has", rf"\b({'|'.join(INHERITED)})\b"
    ),
    # etsy keeps nothing of a counter or gauge __proto__, so that it counts two less.
    Allowed(
        "Keys that every object of JavaScript has", r"\bnumStats\b", frozenset({2})
    ),
    Allowed("A CR at the end of a line", r"\bcr\.\w+"),
    Allowed(
        "A CR at the end of a line",
        r"\b(bad_lines_seen|metrics_received)\b",
        frozenset({2}),
    ),
    Allowed("Spaces in tags that are not sanitized", r";sp[ _]ace=x[ _]y\b"),
    Allowed("Values that are not finite", r" (-?Infinity|NaN)$"),
)


def split_allowed(
    differences: Iterable[Difference],
) -> tuple[list[Difference], set[Allowed]]:
    """Return what no row allows, and the rows that allowed something."""
    left: list[Difference] = []
    used: set[Allowed] = set()
    for difference in differences:
        rows = [row for row in DIFFERENCES if difference.batch in row.batches]
        kept = [
            Counter({line: n for line, n in lines.items() if not _find(line, rows)})
            for lines in (difference.only_in_a, difference.only_in_b)
        ]
        for line in (*difference.only_in_a, *difference.only_in_b):
            used.update(_find(line, rows))
        if any(kept):
            left.append(Difference(difference.flush, kept[0], kept[1]))
    return left, used


def _find(line: str, rows: Sequence[Allowed]) -> list[Allowed]:
    """Return the rows that a line falls under; the first is enough."""
    return [row for row in rows if re.search(row.lines, line)][:1]
