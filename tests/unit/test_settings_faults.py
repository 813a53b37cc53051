"""Faults: where each stands, in which order they are told, and what they teach."""

from pathlib import Path

import pytest

from statshard.errors import SettingsError
from statshard.settings.model import PROXY
from statshard.settings.sources import read_settings


def faults_of(folder: Path, text: str) -> list[str]:
    """Return the faults of a TOML file, without its folder."""
    path = folder / "a.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_settings(PROXY, {}, config=str(path), environ={}, usable_cpus=1)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def test_an_unknown_array_of_tables_has_its_line(tmp_path: Path) -> None:
    """An array of tables stands where its first table begins."""
    (fault,) = faults_of(
        tmp_path, '[[backend]]\naddress = "a:1"\n[[backends]]\n[[backends]]\n'
    )
    assert fault.startswith("a.toml:3: backends: no such table; did you mean backend?")


def test_faults_are_told_by_line(tmp_path: Path) -> None:
    """The faults of a file are told in the order of its lines."""
    text = (
        "[proxy]\nmax_payload = 1\nworker = 2\nhash = 'md5'\n"
        "[[backend]]\naddress = 'a'\nadress = 'b:1'\nweight = 0\n[group]\n"
    )
    lines = [fault.split(":")[1] for fault in faults_of(tmp_path, text)]
    assert ["2", "3", "4", "6", "7", "8", "9"] == lines


def test_what_is_no_toml_has_its_line(tmp_path: Path) -> None:
    """A text that is no TOML is told by the line where it ceases to be."""
    (fault,) = faults_of(tmp_path, "[proxy]\nworkers = 1x\n")
    assert fault.startswith("a.toml:2: no valid TOML: ")
    assert "at line" not in fault


@pytest.mark.parametrize("scheme", ["dns", "srv", "tcp", "unixgram"])
def test_schemes_of_later_versions_are_named(tmp_path: Path, scheme: str) -> None:
    """A backend's URL is refused as one, not as a bad port or IPv6 address."""
    text = f'[[backend]]\naddress = "{scheme}://a:1"\n'
    (fault,) = faults_of(tmp_path, text)
    assert f"{scheme}:// is not supported by this version" in fault
    assert ("djb2, which goes by position" in fault) == (scheme in ("dns", "srv"))
    assert "; valid: HOST:PORT" in fault


def test_a_key_outside_its_table_is_told_where_it_belongs(tmp_path: Path) -> None:
    """A key of [proxy] above that line is no unknown table."""
    faults = faults_of(tmp_path, 'log_level = "info"\n[[backend]]\naddress = "a:1"\n')
    assert ["a.toml:1: log_level: a key of [proxy]; valid: below that line"] == faults


def test_what_kubernetes_sets_for_a_service_is_not_ours() -> None:
    """A service named statshard-backend keeps no proxy from starting."""
    environ = {"STATSHARD_BACKEND_PORT": "udp://10.0.0.1:8125"}
    flags = {"backend": ("a:1",)}
    effective = read_settings(PROXY, flags, environ=environ, usable_cpus=1)
    assert effective.settings.backend[0].address == "a:1"
