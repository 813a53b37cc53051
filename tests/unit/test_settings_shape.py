"""Shape: whatever an entry may be, from every source and back, by the entry alone."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from docs.pages.settings import format_section
from statshard.errors import SettingsError
from statshard.settings.effective import Effective
from statshard.settings.flags import Found
from statshard.settings.model import PROXY
from statshard.settings.schema import as_schema
from statshard.settings.sections import SECTIONS
from statshard.settings.show import as_plain, as_toml, origins_as_plain
from statshard.settings.sources import read_settings
from tests.support.toy_settings import TOY, OnDown, Retry, Sink, ToySettings

BOTH = (*SECTIONS, TOY)
NOTHING: Mapping[str, str] = {}
FILE = """\
[toy]
interval_s = "5s"
label = [
  "a",
  "b",
]
[on_down]
rate = 5
[[sink]]
url = "console:"
retry = { times = 3 }
[[sink]]
url = "graphite://h:1"
name = "second"
[proxy]
workers = 2
"""
SINKS = (
    Sink(url="console:", name="console:", token=None, retry=Retry(times=3, wait_s=1)),
    Sink(url="graphite://h:1", name="second", token=None, retry=None),
)
EXPECTED = ToySettings(
    interval_s=5,
    label=("a", "b"),
    is_aligned=False,
    sink=SINKS,
    on_down=OnDown(policy="hold", rate=5),
)


def read(
    path: Path | None = None,
    environ: Mapping[str, str] = NOTHING,
    flags: Found | None = None,
) -> Effective[ToySettings]:
    """Return what holds for the toy."""
    config = None if path is None else str(path)
    return read_settings(
        TOY, flags or {}, config=config, environ=environ, usable_cpus=1, sections=BOTH
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with both commands' settings."""
    path = tmp_path / "s.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def faults_of(path: Path, text: str) -> list[str]:
    """Return what the proxy says of a file, without the path."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        read_settings(
            PROXY,
            {"backend": ("h:1",)},
            config=str(path),
            environ={},
            usable_cpus=1,
            sections=BOTH,
        )
    return str(refused.value).replace(str(path), "FILE").splitlines()


def test_a_file_is_read(file: Path) -> None:
    """Tables, arrays of tables and a table within one are read, defaults and all."""
    assert read(file).settings == EXPECTED


def test_each_part_has_its_line(file: Path) -> None:
    """Each element, entry and key within it is told with its own place."""
    origins = {k: origins_as_plain(one) for k, one in read(file).origins.items()}
    assert origins == {
        "interval_s": f"{file}:2",
        "label": [f"{file}:4", f"{file}:5"],
        "is_aligned": "default",
        "sink": [
            {
                "url": f"{file}:10",
                "name": "default",
                "token": "default",
                "retry": {"times": f"{file}:11", "wait_s": "default"},
            },
            {
                "url": f"{file}:13",
                "name": f"{file}:14",
                "token": "default",
                "retry": "default",
            },
        ],
        "on_down": {"policy": "default", "rate": f"{file}:8"},
    }


def test_flags_and_variables_are_read() -> None:
    """A table is one text there, and a list of tables a text for each."""
    expected = ToySettings(
        interval_s=2,
        label=("a", "b"),
        is_aligned=True,
        sink=tuple(Sink(url=u, name=u, token=None, retry=None) for u in ("u:1", "u:2")),
        on_down=OnDown(policy="drop", rate=20_000),
    )
    flags: Found = {
        "interval_s": "2s",
        "label": ("a", "b"),
        "is_aligned": True,
        "sink": ("u:1", "u:2"),
        "on_down": "policy=drop",
    }
    assert read(flags=flags).settings == expected
    environ = {
        "STATSHARD_INTERVAL_S": "2",
        "STATSHARD_LABEL": "a b",
        "STATSHARD_IS_ALIGNED": "true",
        "STATSHARD_SINK": "u:1 u:2",
        "STATSHARD_ON_DOWN": "policy=drop",
    }
    assert read(environ=environ).settings == expected
    assert read(environ=NOTHING).settings.on_down == OnDown(policy="hold", rate=20_000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "police=drop",
            "no option 'police'; did you mean policy? valid: policy=P, rat",
        ),
        ("policy=drip", "policy: did you mean drop? valid: hold, drop"),
        ("rate", "rate: valid: a whole number from 1 to 99999"),
        ("rate=1,rate=1", "rate is given twice; valid: once"),
        ("", "no option ''; valid: policy=P, rate=N"),
    ],
)
def test_a_wrong_text_of_a_table_is_told(text: str, said: str) -> None:
    """What is wrong within the one text of a table is told with all of the text."""
    with pytest.raises(SettingsError) as refused:
        read(flags={"on_down": text})
    assert str(refused.value).startswith(f"--on-down {text!r}: {said}")


def test_another_command_reads_past_it(file: Path) -> None:
    """A section of another command is no fault, and its variables are not ours."""
    found = read_settings(
        PROXY,
        {"backend": ("h:1",)},
        config=str(file),
        environ={"STATSHARD_INTERVAL_S": "no number"},
        usable_cpus=1,
        sections=BOTH,
    )
    assert found.settings.workers == 2


def test_another_command_judges_all_that_stands_in_a_file(file: Path) -> None:
    """What is wrong in any section is told by every command, with its line."""
    text = (
        "[toy]\ninterval_s = 0\nlabl = 1\non_down = 3\nlabel = 'a'\nis_aligned = 'no'\n"
        "[[sink]]\nname = 'x'\nretry = { tmes = 3 }\n[[sink]]\nurl = ''\nretry = 3\n"
        "[proxy]\nworkers = 0\n"
    )
    faults = faults_of(file, text)
    starts = (
        "FILE:2: toy.interval_s = 0: valid: 1 to 60 s",
        "FILE:3: toy.labl: no such key; did you mean label? valid: interval_s, label",
        "FILE:4: toy.on_down: a table of its own; valid: [on_down]",
        'FILE:5: toy.label = "a": valid: an array: label = ["...", "..."]',
        'FILE:6: toy.is_aligned = "no": a text; valid: true or false, without ',
        'FILE:7: sink: no url; valid: url = "URL"',
        "FILE:9: sink.retry.tmes: no such key; did you mean times? valid: times, ",
        "FILE:9: sink.retry: no times; valid: times = ...",
        "FILE:11: sink.url = \"\": the name '' is empty",
        "FILE:12: sink.retry = 3: valid: a table: retry = { ... }",
        "FILE:14: proxy.workers = 0: valid: a whole number from 1 to 64",
    )
    assert len(starts) == len(faults)
    for start, fault in zip(starts, faults, strict=True):
        assert start == fault[: len(start)]


def test_a_secret_of_an_entry_stands_in_its_file(file: Path) -> None:
    """KEY_file is a key of an entry too; what it holds is not shown."""
    token = file.with_name("token")
    token.write_text("s3cret\n", encoding="utf-8")
    text = f"[[sink]]\nurl = 'u:1'\ntoken_file = '{token}'\n"
    file.write_text(text, encoding="utf-8")
    settings = read(file).settings
    assert settings.sink[0].token == "s3cret"  # noqa: S105 -- of the test
    assert "s3cret" not in as_toml(TOY, settings) + str(as_plain(TOY.rows, settings))


retries = st.builds(
    Retry, times=st.integers(1, 9), wait_s=st.integers(0, 60).map(float)
)
texts = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(
    str.isprintable
)
toys = st.builds(
    ToySettings,
    interval_s=st.floats(1, 60),
    label=st.lists(texts, max_size=3).map(tuple),
    is_aligned=st.booleans(),
    sink=st.lists(
        st.builds(
            Sink, url=texts, name=texts, token=st.none(), retry=st.none() | retries
        ),
        max_size=3,
    ).map(tuple),
    on_down=st.builds(
        OnDown, policy=st.sampled_from(["hold", "drop"]), rate=st.integers(1, 99_999)
    ),
)
VALIDATOR = Draft202012Validator(as_schema(BOTH))


@given(toys)
def test_any_of_them_survive_their_file(
    tmp_path_factory: pytest.TempPathFactory, toy: ToySettings
) -> None:
    """Any settings, shown as TOML and read again, are the same, and fit the schema."""
    path = tmp_path_factory.getbasetemp() / "toy.toml"
    text = as_toml(TOY, toy)
    path.write_text(text, encoding="utf-8")
    found = read(path)
    assert toy == found.settings
    path.write_text(as_toml(TOY, toy, found.origins), encoding="utf-8")
    assert toy == read(path).settings
    VALIDATOR.validate(tomllib.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        "[[sink]]\nname = 'x'\n",
        "[[sink]]\nurl = 'x'\nretry = {}\n",
        "[[sink]]\nurl = 'x'\nretry = { times = 0 }\n",
        "[sink]\nurl = 'x'\n",
        "[on_down]\npolice = 'drop'\n",
        "[toy]\nis_aligned = 1\n",
    ],
)
def test_the_schema_has_every_shape(text: str) -> None:
    """A table within a table is held to its keys too."""
    assert not VALIDATOR.is_valid(tomllib.loads(text))


def test_a_page_tells_of_every_shape() -> None:
    """Of each section the page has its settings, and the keys of each table in it."""
    page = format_section(TOY)
    for title in (
        "## `[toy]`: all settings of `statshard toy`",
        "## Keys of `[[sink]]`",
        "## Keys of `sink.retry`",
        "## Keys of `[on_down]`",
    ):
        assert f"{title}\n" in page
    assert "| `token_file` |" in page
