"""The fuzz targets hold on their corpora, so that what was once found stays mended.

And they can fail: `make mutants` puts faults into the compiled code, here the model and
the books of a worker are wrong.
"""

from pathlib import Path

import pytest

from fuzz import datagram, event, harness, key, sample
from statshard.plane import _episode, _targets
from tests.support.tree import ROOT

COMPARES = {
    "datagram": datagram.compare,
    "event": event.compare,
    "key": key.compare,
    "sample": sample.compare,
}
# What each target asks of the models, and a wrong answer.
WRONG = {
    "datagram": ("line_model.refusal", "no_colon"),
    "event": ("line_model.refusal", "no_colon"),
    "key": ("key_model.embedded_key", b"another"),
    "sample": ("sample_model.read_samples", []),
}


def list_corpus(name: str) -> list[Path]:
    """Return the inputs of a target that stand in the tree."""
    return harness.list_inputs([ROOT / "fuzz/corpus" / name])


@pytest.mark.parametrize("name", COMPARES)
def test_the_corpus_of_a_target_holds(name: str) -> None:
    """Each input of the corpus in the tree passes both checks of its target."""
    inputs = list_corpus(name)
    assert len(inputs) > 5
    assert len(inputs) == harness.replay(name, COMPARES[name], inputs)


@pytest.mark.parametrize("name", COMPARES)
def test_a_target_speaks_where_the_model_disagrees(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that answers wrongly is found on the corpus."""
    asked, wrong = WRONG[name]
    monkeypatch.setattr(f"fuzz.{name}.{asked}", lambda *_: wrong)
    with pytest.raises(AssertionError):
        harness.replay(name, COMPARES[name], list_corpus(name))


def test_the_datagram_target_speaks_where_the_balance_does_not_close() -> None:
    """A received line that is lost from a worker's books is found by the next input."""
    worker = datagram.open_worker(datagram.KINDS[0])
    _episode.use_workers([worker])
    try:
        assert _targets.find_fault("datagram", b"\x00\x00a:1|c") is None
        worker.lose_line()
        fault = _targets.find_fault("datagram", b"\x00\x00a:1|c")
        assert fault == "the balance does not close after the read"
    finally:
        datagram.use_workers()


def test_an_episode_is_parsed_as_it_is_drawn() -> None:
    """Datagrams stand between two RS, behind the answers; one RS is a mere byte."""
    worker = datagram.open_worker(datagram.KINDS[0])
    given = _episode.give(worker, b"\x00\x02\x80\x01a\x1eb\x1e\x1e\x1e\x1ec\x1e")
    assert given == [b"a\x1eb", b"", b"c\x1e"]
    assert worker.sends_left() == 2


def test_libfuzzer_is_asked_only_where_it_is() -> None:
    """Outside scripts/fuzz there is no libFuzzer, and a sentence says so."""
    with pytest.raises(RuntimeError, match="scripts/fuzz"):
        _targets.fuzz("key", ["key"], 1, key.compare)


def test_each_target_is_tested() -> None:
    """The programs of fuzz/ are those above, and each begins with its invariant."""
    programs = {path.stem: path for path in (ROOT / "fuzz").glob("*.py")}
    assert {*COMPARES, "harness"} == set(programs)
    for name in COMPARES:
        assert programs[name].read_text("utf-8").startswith('"""Invariant: ')
