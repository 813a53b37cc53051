"""The page of look-ups: what it says of its targets, and that all of it can run."""

import pytest

from bench import lookup
from bench.lookup import Figure, format_page, measure, missed
from statshard.plane._timed import lookup_ns
from statshard.plane.plane import Table


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure(9.96), "10.0"),
        (Figure(12.44, 12.44), "12.4"),
        (Figure(12.6, 12.4), "12.6 MISS"),
        (Figure(0.04, 1), "0.0"),
    ],
)
def test_cells(figure: Figure, text: str) -> None:
    """A cell shows its figure, and whether that is beyond its target."""
    assert text == str(figure)


def test_the_page_names_what_was_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything runs; a figure beyond its target is named at the top of the page."""
    monkeypatch.setattr(lookup, "BACKENDS", (4, 16))
    monkeypatch.setattr(lookup, "USUAL", 4)
    monkeypatch.setattr(lookup, "NAME_NS", 0.0)
    figures = measure(1)
    assert {"by_hash: djb2", "by_hash_out: sdbm"} <= set(missed(figures))
    page = format_page(figures, 1)
    assert "targets: by_hash: rendezvous" in page
    assert page.count("MISS") >= 2 * len(lookup.HASHES) * 2


@pytest.mark.parametrize("hash_name", lookup.HASHES)
def test_what_is_timed_is_the_placement(hash_name: str) -> None:
    """The timed loop finds the backends that `pick` does."""
    table = Table(hash_name, "series", lookup.rows(9), out=[1])
    lines = lookup.TAGGED[:1001]
    spans, total = lookup_ns(table, lines, 2)
    assert len(spans) == 2
    assert total == sum(table.pick_many(lines))
