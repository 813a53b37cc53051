"""The fuzz targets hold on their corpora, so that what was once found stays mended.

And they can fail: `make mutants` puts faults into the compiled code, here the model and
the books of a worker are wrong.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from fuzz import datagram, event, harness, key, sample, settings
from fuzz.plain import list_inputs, run
from statshard.errors import SettingsError
from statshard.plane import _episode, _targets
from statshard.settings.hashes import KEYS
from tests.support.tree import ROOT

COMPARES = {
    "datagram": datagram.compare,
    "event": event.compare,
    "key": key.compare,
    "sample": sample.compare,
}
# What each target asks of the models, and a wrong answer.
WRONG = [
    ("datagram", "line_model.refusal", "no_colon"),
    ("event", "line_model.refusal", "no_colon"),
    *(("key", f"key_model.{each}_key", b"another") for each in KEYS),
    ("sample", "sample_model.read_samples", []),
]


def list_corpus(name: str) -> list[Path]:
    """Return the inputs of a target that stand in the tree."""
    return list_inputs([ROOT / "fuzz/corpus" / name])


@pytest.mark.parametrize("name", COMPARES)
def test_the_corpus_of_a_target_holds(name: str) -> None:
    """Each input of the corpus in the tree passes both checks of its target."""
    inputs = list_corpus(name)
    assert len(inputs) > 5
    assert len(inputs) == harness.replay(name, COMPARES[name], inputs)


@pytest.mark.parametrize(("name", "asked", "wrong"), WRONG)
def test_a_target_speaks_where_the_model_disagrees(
    name: str, asked: str, wrong: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that answers wrongly is found on the corpus."""
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


def test_the_corpus_of_settings_holds() -> None:
    """Each settings file of the corpus is read or refused as the target says."""
    inputs = list_corpus("settings")
    assert len(inputs) > 10
    came_to = [settings.judge(path.read_bytes()) for path in inputs]
    assert all(came_to)


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ("fuzz.settings.show.literal", lambda _: "1"),
        ("statshard.settings.fault.printable", lambda text: text + "\x1b"),
        ("statshard.settings.sources.printable", lambda _: "another.toml"),
    ],
)
def test_the_settings_target_speaks(
    asked: str, wrong: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown wrongly, moves a terminal or names no file is found."""
    monkeypatch.setattr(asked, wrong)
    octets = [path.read_bytes() for path in list_corpus("settings")]
    with pytest.raises((AssertionError, SettingsError)):
        list(map(settings.judge, octets))


def test_what_breaks_the_invariant_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop ends by the fault, leaves its input behind, and keeps what is new."""

    def judge(octets: bytes) -> set[str]:
        assert octets != b"bb"
        return {str(len(octets))}

    corpus, findings = tmp_path / "corpus", tmp_path / "findings"
    corpus.mkdir()
    findings.mkdir()
    (corpus / "b").write_bytes(b"b")
    words = ["x", "-max_total_time=60", f"-artifact_prefix={findings}/", str(corpus)]
    monkeypatch.setattr("sys.argv", words)
    answers = iter([b"", b"bb"])
    with pytest.raises(AssertionError):
        run("any", judge, lambda *_: next(answers))
    assert [b"bb"] == [path.read_bytes() for path in findings.iterdir()]
    assert {b"b", b""} == {path.read_bytes() for path in corpus.iterdir()}


def test_each_target_is_tested() -> None:
    """The programs of fuzz/ are those above, and each begins with its invariant."""
    programs = {path.stem: path for path in (ROOT / "fuzz").glob("*.py")}
    assert {*COMPARES, "settings", "harness", "plain"} == set(programs)
    for name in (*COMPARES, "settings"):
        assert programs[name].read_text("utf-8").startswith('"""Invariant: ')
