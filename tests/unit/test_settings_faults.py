"""Faults: where each stands, in which order they are told, and what they teach."""

import json
from pathlib import Path

import pytest

from statshard.errors import SettingsError
from statshard.settings.fault import Fault, list_faults
from statshard.settings.given import Origin
from statshard.settings.model import PROXY
from statshard.settings.section import Origins, Rule
from statshard.settings.setting import Values
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


def test_what_contradicts_itself_is_told_at_the_very_entry(tmp_path: Path) -> None:
    """A fault between entries has the line of the later one, beside all others."""
    text = (
        "[proxy]\nlisten = [\n'udp://h:1',\n'udp://h:x',\n'udp://h:1']\nworkers = 0\n"
        "hash = 'djb2'\n[[backend]]\nname = 'a'\naddress = 'h:1'\n"
        "[[backend]]\naddress = 'h'\n[[backend]]\naddress = 'h:2'\nname = 'a'\n"
        "weight = 2\n[[backend]]\naddress = 'h:2'\n[[backend]]\naddress = 'h:2'\n"
    )
    faults = faults_of(tmp_path, text)
    for start, fault in zip(
        (
            "a.toml:4: proxy.listen = \"udp://h:x\": port 'x' is not",
            'a.toml:5: proxy.listen = "udp://h:1": given already (a.toml:3); valid: ',
            "a.toml:6: proxy.workers = 0: valid: ",
            'a.toml:12: backend.address = "h": valid: ',
            'a.toml:15: backend.name = "a": the name a is another backend\'s already ',
            "a.toml:16: backend.weight = 2: backend a: djb2 has no weights; valid: ",
            'a.toml:20: backend.address = "h:2": the name h:2 is another backend\'s ',
        ),
        faults,
        strict=True,
    ):
        assert start == fault[: len(start)]
    assert "already (a.toml:9); valid: " in faults[4]
    assert "already (a.toml:18); valid: " in faults[6]


@pytest.mark.parametrize(("count", "more"), [(100, []), (101, ["and 1 more"])])
def test_the_first_hundred_faults_are_told(
    tmp_path: Path, count: int, more: list[str]
) -> None:
    """Of more than a hundred faults, the first are told, and how many more."""
    text = "[proxy]\n" + "".join(f"k{number} = 1\n" for number in range(count))
    faults = faults_of(tmp_path, text + "[[backend]]\naddress = 'h:1'\n")
    assert [f"a.toml:{line}:" for line in range(2, 102)] == [
        fault.split(" ")[0] for fault in faults[:100]
    ]
    assert more == faults[100:]


def test_thousands_of_equal_names_take_no_time(tmp_path: Path) -> None:
    """Ten thousand backends, each with the name of the first, are told at once."""
    faults = faults_of(tmp_path, "[[backend]]\naddress='h:1'\n" * 10_000)
    assert faults[-1] == "and 9899 more"


def test_what_is_no_toml_has_its_line(tmp_path: Path) -> None:
    """A text that is no TOML is told by the line where it ceases to be."""
    (fault,) = faults_of(tmp_path, "[proxy]\nworkers = 1x\n")
    assert fault.startswith("a.toml:2: no valid TOML: ")
    assert "at line" not in fault
    assert fault.endswith(
        '; valid: a text in quotes: workers = "...", a number, true or false'
    )


@pytest.mark.parametrize(
    "line", ["receive_buffer = 8MiB", "hash = djb2 # c", "no_admin=True", "a.b\t= x"]
)
def test_what_lacks_its_quotes_is_told_so(tmp_path: Path, line: str) -> None:
    """A value without its quotes, as most files have it once, is told with its key."""
    (fault,) = faults_of(tmp_path, f"[proxy]\n{line}\n")
    key = line.partition("=")[0].strip()
    assert fault.startswith("a.toml:2: no valid TOML: ")
    assert f'; valid: a text in quotes: {key} = "...", a number' in fault


@pytest.mark.parametrize(
    "line", ['hash = "djb2', "listen = ['a'", "workers: 3", "= 3", "a = # none"]
)
def test_quotes_are_not_asked_for_where_none_lack(tmp_path: Path, line: str) -> None:
    """What is wrong otherwise gets no advice to put quotes."""
    (fault,) = faults_of(tmp_path, f"[proxy]\n{line}\n")
    assert "in quotes" not in fault


@pytest.mark.parametrize("scheme", ["dns", "srv", "tcp", "unixgram"])
def test_schemes_of_later_versions_are_named(tmp_path: Path, scheme: str) -> None:
    """A backend's URL is refused as one, not as a bad port or IPv6 address."""
    text = f'[[backend]]\naddress = "{scheme}://a:1"\n'
    (fault,) = faults_of(tmp_path, text)
    assert f"{scheme}:// is not supported by this version" in fault
    by_position = "never will be with djb2, jump, murmur3, sdbm, which go by position"
    assert (by_position in fault) == (scheme in ("dns", "srv"))
    assert "; valid: HOST:PORT" in fault


@pytest.mark.parametrize(
    ("line", "valid"),
    [
        ("log_format = 1", '"..."; one of logfmt, json'),
        ("no_admin = 1", "true or false"),
        ("no_admin = 'yes'", "true or false, without quotes"),
    ],
)
def test_what_is_of_another_type_is_told_each_value(
    tmp_path: Path, line: str, valid: str
) -> None:
    """Where few values are valid, a value of another type is told all of them."""
    faults = faults_of(tmp_path, f"[proxy]\n{line}\n[[backend]]\naddress = 'a:1'\n")
    assert len(faults) == 1
    assert faults[0].endswith(valid)


@pytest.mark.parametrize(
    "text",
    [
        "backend = ['h:1']\n",
        "[backend]\naddress = 'h:1'\n",
        "[proxy]\nlisten = 'udp://h:1'\n[[backend]]\naddress = 'h:1'\n",
    ],
)
def test_what_has_a_wrong_shape_was_given(tmp_path: Path, text: str) -> None:
    """A list of a wrong shape has its one fault, and is not missed too."""
    assert len(faults_of(tmp_path, text)) == 1


def test_a_listener_that_is_wrong_is_not_the_default(tmp_path: Path) -> None:
    """A config.ini's wrong port is told alone: no rule takes the default for it."""
    path = tmp_path / "config.ini"
    path.write_text("bind_port = x\ndestinations = h:1\n")

    def find(values: Values, _origins: Origins) -> list[Fault]:
        return [Fault(None, None, f"asked of {values['listen']}")]

    with pytest.raises(SettingsError) as caught:
        read_settings(
            PROXY,
            {},
            config=str(path),
            environ={},
            usable_cpus=1,
            rules=[Rule(("listen",), find)],
        )
    assert str(caught.value).startswith(f"{path}:1: bind_port = \"x\": port 'x' is not")
    assert len(str(caught.value).splitlines()) == 1


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


def records_of(folder: Path, text: str) -> list[object]:
    """Return the faults of a file as records, without its folder."""
    path = folder / "a.toml"
    path.write_text(text)
    environ = {"STATSHARD_QUEUE_BYTES": "much", "STATSHARD_HAHS": "jump"}
    with pytest.raises(SettingsError) as caught:
        read_settings(PROXY, {}, config=str(path), environ=environ, usable_cpus=1)
    records = [fault.as_record() for fault in list_faults(caught.value)]
    told = json.dumps(records, allow_nan=False).replace(f"{folder}/", "")
    return [{**one, "what": one["what"][:12]} for one in json.loads(told)]


def test_faults_are_records_of_place_key_and_value(tmp_path: Path) -> None:
    """Each fault has its place, key, value and text apart; what JSON cannot hold stands
    as the file has it, and what does not apply is not there.
    """
    text = (
        "[proxy]\nhash = 1979-05-27\nmax_payload = nan\nlisten = ['x']\n"
        "queue_age_s = 9999999999999999999999\n"
        "[[backend]]\nweight = true\n[what]\n"
    )
    at = {"file": "a.toml"}
    assert [
        {**at, "line": 2, "key": "proxy.hash", "value": "1979-05-27"},
        {**at, "line": 3, "key": "proxy.max_payload", "value": "nan"},
        {**at, "line": 4, "key": "proxy.listen", "value": "x"},
        {
            **at,
            "line": 5,
            "key": "proxy.queue_age_s",
            "value": "9999999999999999999999",
        },
        {**at, "line": 6, "key": "backend"},
        {**at, "line": 7, "key": "backend.weight", "value": True},
        {**at, "line": 8, "key": "what"},
        {"variable": "STATSHARD_HAHS"},
        {
            "variable": "STATSHARD_QUEUE_BYTES",
            "key": "queue_bytes",
            "value": "much",
        },
    ] == [without_what(one) for one in records_of(tmp_path, text)]


def test_what_stands_nowhere_is_a_record_too() -> None:
    """A default has the flag that sets it, a long value is cut, and an error that is a
    text alone has a record for each line.
    """
    fault = Fault(Origin("default", key="--listen"), "x" * 99, "taken")
    record = {"flag": "--listen", "value": "x" * 80 + "...", "what": "taken"}
    assert record == fault.as_record()
    told = [one.as_record() for one in list_faults(SettingsError("a\nb"))]
    assert [{"what": "a"}, {"what": "b"}] == told


@pytest.mark.parametrize(
    ("text", "told"),
    [("[proxy", "1: no valid TOML: "), (None, " cannot be read: No such file")],
)
def test_a_file_that_is_none_hides_no_other_fault(
    tmp_path: Path, text: str | None, told: str
) -> None:
    """Beside a file that cannot be read the faults of flags and variables are told;
    what it may have held is not missed, and contradicts nothing.
    """
    path = tmp_path / "a.toml"
    if text is not None:
        path.write_text(text)
    flags = {"workers": "0", "shard_by": "name", "max_payload": "999"}
    environ = {"STATSHARD_QUEUE_BYTES": "much", "STATSHARD_HAHS": "jump"}
    with pytest.raises(SettingsError) as caught:
        read_settings(PROXY, flags, config=str(path), environ=environ, usable_cpus=1)
    first, *others = str(caught.value).splitlines()
    assert first.startswith(f"{path}:{told}")
    assert ["STATSHARD_HAHS", "STATSHARD_QUEUE_BYTES", "--workers"] == [
        each.replace(":", " ").split(" ")[0] for each in others
    ]
    records = [fault.as_record() for fault in list_faults(caught.value)]
    assert (str(path), 4) == (records[0]["file"], len(records))


def without_what(record: object) -> dict[str, object]:
    """Return a record without its text, which it must have."""
    assert isinstance(record, dict)
    assert record["what"]
    return {key: value for key, value in record.items() if key != "what"}
