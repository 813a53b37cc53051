"""Settings: any that are valid survive their way through a file; nothing half taken.

What a damaged file means is asked of the parser of the standard library and the table,
and for config.ini of the model; ours may refuse, and may mean nothing else.
"""

import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from statshard.errors import SettingsError
from statshard.settings.addresses import Backend
from statshard.settings.effective import Effective
from statshard.settings.model import DEFAULT_KEYS, PROXY, ProxySettings
from statshard.settings.setting import Setting
from statshard.settings.show import as_toml, literal
from statshard.settings.toml_places import find_places
from tests.model.ini_file import maybe_read_ini
from tests.property.settings_strategies import (
    PLAIN_ROWS,
    ini_texts,
    mutated,
    text_of,
    values_of,
)
from tests.property.settings_strategies import settings as drawn_settings
from tests.support.settings import CPUS, effective, lines_of
from tests.support.tree import ROOT

# Of TOML, and as many of config.ini; a quarter under the profile "brief".
MUTATIONS = min(2500, 25 * settings().max_examples)
BACKEND = '[[backend]]\naddress = "h:1"\n'
CORPUS = sorted((ROOT / "fuzz/corpus/settings").iterdir())
FOLDER = tempfile.TemporaryDirectory()  # of its own for each file would take longer
Path_ = tuple[str | int, ...]


def maybe_effective(name: str, octets: bytes) -> Effective[ProxySettings] | None:
    """Return what a file of these bytes means, or None where it is refused.

    Whatever else is raised, fails the test that asks.
    """
    path = Path(FOLDER.name, name)
    path.write_bytes(octets)
    try:
        return effective(path)
    except SettingsError as error:
        lines_of(error, path)  # holds that each is a line
        return None


def meaning_of(text: str) -> dict[str, Any]:  # Any: the types of the fields
    """Return the settings of a TOML text, by the standard library and the table."""
    found = tomllib.loads(text)
    assert set(found) <= {"proxy", "backend"}
    inside = found.get("proxy", {})
    assert set(inside) <= {row.key for row in PROXY.rows if row.struct is None}
    values: dict[str, Any] = {}  # Any: as above
    values |= {
        row.key: value_of(row, inside.get(row.key, row.default)) for row in PROXY.rows
    }
    values["shard_by"] = values["shard_by"] or DEFAULT_KEYS[values["hash"]]
    values["workers"] = values["workers"] or CPUS
    values["backend"] = tuple(
        Backend(
            one.get("name", one["address"]), one["address"], float(one.get("weight", 1))
        )
        for one in found["backend"]
    )
    assert [set(one) - {"name", "address", "weight"} for one in found["backend"]] == (
        [set()] * len(found["backend"])
    )
    return values


def value_of(row: Setting, plain: object) -> object:
    """Return the value of what TOML holds for a key, or of the default's text."""
    if plain is None or row.struct is not None:
        return None
    if row.is_list:
        texts: list[Any] = plain if isinstance(plain, list) else [plain]  # Any: texts
        return tuple(row.kind.read(one) for one in texts)
    return row.kind.read(plain) if isinstance(plain, str) else plain


def show(drawn: ProxySettings) -> str:
    """Return settings as a file has them."""
    return as_toml(PROXY, drawn)


def paths_of(found: object, path: Path_ = ()) -> set[Path_]:
    """Return the paths of tables and keys, down to what stands in values."""
    if isinstance(found, dict):
        inner = [paths_of(value, (*path, key)) for key, value in found.items()]
    elif isinstance(found, list):
        inner = [paths_of(one, (*path, at)) for at, one in enumerate(found)]
    else:
        inner = []
    return {path}.union(*inner) if path else set().union(*inner)


@given(drawn_settings())
def test_settings_survive_their_file(drawn: ProxySettings) -> None:
    """Any settings, shown as TOML and read again, are the same settings."""
    found = maybe_effective("s.toml", show(drawn).encode())
    assert found is not None
    assert drawn == found.settings
    shown = as_toml(PROXY, drawn, found.origins)
    again = maybe_effective("s.toml", shown.encode())
    assert again is not None
    assert drawn == again.settings


@given(st.data())
def test_the_highest_source_holds(data: st.DataObject) -> None:
    """Of file, variable and flag, in any combination, the last named has the value."""
    flags: dict[str, str | bool] = {}
    environ = {"STATSHARD_BACKEND": "h:1"}
    lines = ["[proxy]"]
    expected: dict[str, tuple[object, str]] = {}
    rows = [row for row in PLAIN_ROWS if row.key not in ("max_payload", "queue_bytes")]
    for row in rows:
        sources = data.draw(st.sets(st.sampled_from(["file", "environment", "flag"])))
        for source in sorted(sources, key=["file", "environment", "flag"].index):
            text = text_of(row, data.draw(values_of(row)))
            if source == "flag" and not row.metavar:
                text = "true"
            value = row.kind.read(text)
            if source == "file":
                is_text = row.kind.schema["type"] == "string"
                lines.append(f"{row.key} = {literal(text) if is_text else text}")
            elif source == "environment":
                environ[row.variable] = text
            else:
                flags[row.key] = text if row.metavar else True
            expected[row.key] = (value, source)
    path = Path(FOLDER.name, "s.toml")
    path.write_text("\n".join(lines), encoding="utf-8")
    found = effective(path, environ, flags)
    for row in rows:
        value, source = expected.get(row.key, (None, "default"))
        assert source == found.origins[row.key].source
        if source != "default":
            assert value == getattr(found.settings, row.key)


@settings(max_examples=MUTATIONS, derandomize=True)
@given(mutated(drawn_settings().map(show)))
@example(f"[proxy]\nmax_payload = 1432.5\n{BACKEND}")
@example(f"[proxy]\nworkers = 2.5\n{BACKEND}")
@example(f"{BACKEND}[proxy]\nworkers = 2\n")
@example(f"{BACKEND}weight = true\n")
def test_a_damaged_file_means_what_it_says_or_is_refused(text: str) -> None:
    """A TOML file with damage is refused, or has just the values that stand in it."""
    octets = text.encode("utf-8", "surrogatepass")
    found = maybe_effective("s.toml", octets)
    if found is None:
        return
    expected: Mapping[str, object] = meaning_of(text)
    assert expected == {row.key: getattr(found.settings, row.key) for row in PROXY.rows}


@settings(max_examples=MUTATIONS, derandomize=True)
@given(ini_texts() | mutated(ini_texts()))
def test_a_damaged_config_ini_means_what_it_says_or_is_refused(text: str) -> None:
    """A config.ini, damaged or not, means what the model says, or both refuse it."""
    found = maybe_effective("config.ini", text.encode())
    refused = "\0" in text or text.startswith("\ufeff")
    expected = None if refused else maybe_read_ini(text)
    assert (expected is None) == (found is None)
    if found is None or expected is None:
        return
    (listen,) = found.settings.listen
    assert (expected.interface, expected.port) == (listen.host, listen.port)
    assert expected.threads == found.settings.workers
    addresses = [backend.address for backend in found.settings.backend]
    assert expected.destinations == addresses
    assert ("djb2", "embedded") == (found.settings.hash, found.settings.shard_by)


@settings(derandomize=True)
@given(st.binary(max_size=300), st.sampled_from(["s.toml", "config.ini", "s"]))
def test_any_bytes_are_read_or_refused(octets: bytes, name: str) -> None:
    """No bytes end either reader by anything but settings or a refusal."""
    maybe_effective(name, octets)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_what_was_once_found_is_read_or_refused(path: Path) -> None:
    """Each file that broke a reader once is settings or a refusal, by either name."""
    octets = path.read_bytes()
    for name in ("s.toml", "config.ini", "s"):
        maybe_effective(name, octets)


@settings(max_examples=500, derandomize=True)
@given(mutated(drawn_settings().map(show)))
def test_places_are_those_of_the_parser(text: str) -> None:
    """Each path that is found exists, and each that exists is found, or lies within."""
    try:
        existing = paths_of(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValueError):
        return
    places = find_places(text)
    last = text.count("\n") + 1
    assert set(places) <= existing
    assert [line for line in places.values() if not 1 <= line <= last] == []
    tops = {path[:1] for path in existing}
    assert tops == {path[:1] for path in places}
