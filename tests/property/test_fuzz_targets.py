"""The fuzz targets hold on their corpora, so that what was once found stays mended."""

import pytest

from fuzz import datagram, event, harness, key
from tests.support.tree import ROOT

TARGETS = {"datagram": datagram, "event": event, "key": key}


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_of_a_target_holds(name: str) -> None:
    """Each input of the corpus in the tree passes both checks of its target."""
    target = TARGETS[name]
    inputs = harness.list_inputs([ROOT / "fuzz/corpus" / name])
    assert len(inputs) > 5
    assert len(inputs) == harness.replay(inputs, target.check, target.compare)


def test_each_target_is_tested() -> None:
    """The programs of fuzz/ are those above, and each begins with its invariant."""
    programs = {path.stem: path for path in (ROOT / "fuzz").glob("*.py")}
    assert {*TARGETS, "harness"} == set(programs)
    for name in TARGETS:
        assert programs[name].read_text("utf-8").lstrip('r"').startswith("Invariant: ")
