"""The measurement of evenness: its shares, its fault, its page."""

from collections import Counter

import pytest

from bench.evenness import (
    COUNTS,
    SETS,
    Figures,
    format_page,
    max_over_mean,
    open_table,
    share,
    spread,
)
from statshard.settings.hashes import HASHES
from tests.support.tree import ROOT

PAGE = ROOT / "bench" / "EVENNESS.md"
RING = ("etsy", "ketama", "libketama")


def figures(rendezvous: float, ketama: float) -> Figures:
    """Return figures in which these two are so even for any number of backends."""
    found = {(name, count): 1.0 for name in HASHES for count in COUNTS}
    found |= {("rendezvous", count): rendezvous for count in COUNTS}
    found |= {("ketama", count): ketama for count in COUNTS}
    return Figures(found, found)


@pytest.mark.parametrize("hash_name", RING)
def test_arcs_are_the_whole_ring(hash_name: str) -> None:
    """The arcs of all backends are the ring, and each is above nothing."""
    arcs = share(hash_name, open_table(hash_name, 7, 0))
    assert sum(arcs.values()) == 1 << 32
    assert min(arcs[index] for index in range(7)) > 0


@pytest.mark.parametrize("hash_name", ["rendezvous", *RING])
def test_many_names_come_to_the_shares(hash_name: str) -> None:
    """What many names make of a table is near the share of its numbers."""
    table = open_table(hash_name, 5, 1)
    lines = [b"page.%d.views:1|c" % number for number in range(50_000)]
    counted, shared = spread(table, lines), share(hash_name, table)
    whole = sum(shared.values())
    for index in range(5):
        assert abs(counted[index] / 50_000 - shared[index] / whole) < 0.01


@pytest.mark.parametrize("count", [2, 5, 10, 33, 100, 200])
def test_rendezvous_is_as_even_as_ketama(count: int) -> None:
    """Over its slots rendezvous is at least as even as ketama over its arcs."""
    ours, theirs = (
        sum(
            max_over_mean(share(name, open_table(name, count, number)), count)
            for number in range(SETS)
        )
        for name in ("rendezvous", "ketama")
    )
    assert SETS <= ours <= theirs


@pytest.mark.skipif(not PAGE.exists(), reason="a clone may be without the page")
def test_the_page_has_rendezvous_as_even_as_ketama() -> None:
    """In both published tables, with up to 200 backends, and all counts are there."""
    rows = [
        [cell.strip() for cell in row.strip("| ").split("|")]
        for row in PAGE.read_text(encoding="utf-8").splitlines()
        if row.startswith("|")
    ]
    heads = [row for row in rows if row[0] == "backends"]
    assert [list(HASHES), ["rendezvous", *RING]] == [row[1:] for row in heads]
    for head in heads:
        at = rows.index(head) + 2  # below the line that aligns
        table = rows[at : at + len(COUNTS)]
        assert [str(count) for count in COUNTS] == [row[0] for row in table]
        ours, theirs = head.index("rendezvous"), head.index("ketama")
        held = [row for row in table if int(row[0]) <= 200]
        assert [row for row in held if float(row[ours]) > float(row[theirs])] == []


def test_evenness_counts_who_has_nothing() -> None:
    """An idle backend is part of the mean."""
    assert max_over_mean(Counter({0: 6, 1: 2}), 4) == 3


@pytest.mark.parametrize(
    ("rendezvous", "ketama", "is_fault"),
    [(1.1, 1.2, False), (1.2, 1.2, False), (1.2, 1.1, True)],
)
def test_less_even_than_ketama_is_a_fault(
    rendezvous: float, ketama: float, *, is_fault: bool
) -> None:
    """Up to 200 backends rendezvous has to be at least as even; beyond it need not."""
    faults = list(figures(rendezvous, ketama).list_faults())
    held = [count for count in COUNTS if count <= 200]
    assert len(faults) == (2 * len(held) if is_fault else 0)
    page = format_page(figures(rendezvous, ketama), faults)
    assert ("NOT so" in page) == is_fault
    assert ("so it is here" in page) != is_fault
