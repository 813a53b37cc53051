"""The JSON Schema accepts what the reader accepts, and refuses other shapes."""

import tomllib

import pytest
from jsonschema import Draft202012Validator

from statshard.errors import SettingsError
from statshard.settings.addresses import Backend
from statshard.settings.effective import settle
from statshard.settings.fault import Fault
from statshard.settings.model import PROXY
from statshard.settings.schema import as_schema
from statshard.settings.sections import SECTIONS
from statshard.settings.setting import Setting, table_of
from statshard.settings.toml_file import read_toml

TABLE = PROXY.input_rows
SCHEMA = as_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
ONE = '[[backend]]\naddress = "10.0.0.1:8125"\n'
# Values of every type, some of them valid for each key.
POOL = (
    *("0", "1", "64", "65", "1432", "131072", "-1", "0.5", "64.0", "1e3", "inf", "nan"),
    *('""', '"1"', '"8MiB"', '"1 kB"', '"8mib"', '"5ms"', '"0.5 h"', '"h:1"', '"h:0"'),
    *('"udp://h:1"', '"djb2"', '"name"', '"info"', '"json"', '"tcp://h:1"', '"\\n"'),
    *('["udp://h:1"]', '["udp://h:1", "udp://h:2"]', "[]", "[1]", '[["udp://h:1"]]'),
    *("true", "false", "{}", "1979-05-27", "07:32:00"),
)


def reads(text: str) -> bool:
    """Tell whether the reader takes a file."""
    faults: list[Fault] = []
    try:
        given = read_toml("file.toml", text, SECTIONS, faults)["proxy"]
        settle(PROXY, [given], faults)
    except SettingsError:
        return False
    return True


def fits(text: str) -> bool:
    """Tell whether a file fits the schema."""
    return VALIDATOR.is_valid(tomllib.loads(text))


def test_it_is_a_schema() -> None:
    """The schema is one of draft 2020-12."""
    Draft202012Validator.check_schema(SCHEMA)


def test_it_is_made_anew() -> None:
    """Whoever changes the schema that was returned changes nobody else's."""
    as_schema()["properties"].clear()
    assert SCHEMA == as_schema()


def test_it_has_every_key() -> None:
    """Each key of the table is in it, at its place, with its help, and no other."""
    tables = SCHEMA["properties"]
    assert set(tables) == {"proxy", "backend", "server", "sink"}
    plain = {row.key: row.help for row in TABLE if row.struct is None}
    entry = {row.key: row.help for row in table_of(Backend)}
    for helps, table in ((plain, tables["proxy"]), (entry, tables["backend"]["items"])):
        assert list(table["properties"]) == list(helps)
        for key, text in helps.items():
            assert table["properties"][key]["description"].startswith(text)


def test_defaults_fit() -> None:
    """Each default fits the schema of its own key, and is the one of the table."""
    proxy = SCHEMA["properties"]["proxy"]["properties"]
    shown = {key: each["default"] for key, each in proxy.items() if "default" in each}
    assert shown.keys() == {row.key for row in TABLE if row.default is not None}
    VALIDATOR.validate({"proxy": shown})
    assert shown["listen"] == ["udp://127.0.0.1:8125"]
    assert shown["receive_buffer"] == 8 << 20


def test_only_what_no_other_source_can_give_is_required() -> None:
    """A file may be empty: flags may say the rest; but a [[backend]] has an address."""
    assert fits("")
    assert fits("[proxy]\n")
    assert SCHEMA["properties"]["backend"]["items"]["required"] == ["address"]


def test_a_unit_is_told() -> None:
    """The description of a number tells its unit, that of a text none."""
    proxy = SCHEMA["properties"]["proxy"]["properties"]
    assert proxy["max_delay_ms"]["description"].endswith(" Unit: ms.")
    assert "Unit" not in proxy["hash"]["description"]


@pytest.mark.parametrize(
    "text",
    [
        ONE,
        f'[proxy]\nlisten = ["udp://[::]:0", "udp://0.0.0.0:0"]\n{ONE}',
        f'[proxy]\nhash = "djb2"\nshard_by = "embedded"\n{ONE}',
        f"[proxy]\nworkers = 64\n{ONE}",
        f"[proxy]\nmax_payload = 64\n{ONE}",
        f"[proxy]\nmax_payload = 1432.0\n{ONE}",
        f'[proxy]\nmax_payload = "1432"\n{ONE}',
        f'[proxy]\nreceive_buffer = "1.5 MiB"\n{ONE}',
        f"[proxy]\nmax_delay_ms = 0.5\n{ONE}",
        f"[proxy]\nmax_delay_ms = 0\n{ONE}",
        f'[proxy]\nmax_delay_ms = "500us"\n{ONE}',
        f'[proxy]\nqueue_age_s = "24h"\n{ONE}',
        f'[proxy]\nlog_format = "json"\n{ONE}',
        '[[backend]]\nname = "a"\naddress = "h:1"\nweight = 2.5\n',
        f"{ONE}weight = 2\n",
    ],
)
def test_what_the_reader_takes_fits(text: str) -> None:
    """A file that the reader takes fits the schema."""
    assert reads(text)
    assert fits(text)


@pytest.mark.parametrize(
    "text",
    [
        f"[proxi]\n{ONE}",
        f"workers = 2\n{ONE}",
        f"[proxy]\nworker = 2\n{ONE}",
        f'[proxy]\nworkers = "2"\n{ONE}',
        f"[proxy]\nworkers = true\n{ONE}",
        f"[proxy]\nworkers = 2.5\n{ONE}",
        f"[proxy]\nworkers = 0\n{ONE}",
        f"[proxy]\nworkers = 65\n{ONE}",
        f'[proxy]\nlisten = "udp://127.0.0.1:0"\n{ONE}',
        f"[proxy]\nlisten = [8125]\n{ONE}",
        f"[proxy]\nlisten = []\n{ONE}",
        f'[proxy]\nhash = "md5"\n{ONE}',
        f"[proxy]\nhash = 5\n{ONE}",
        f"[proxy]\nmax_payload = 63\n{ONE}",
        f"[proxy]\nmax_payload = 100.5\n{ONE}",
        f'[proxy]\nmax_payload = "8 bananas"\n{ONE}',
        f"[proxy]\nmax_delay_ms = -1\n{ONE}",
        f"[proxy]\nmax_delay_ms = false\n{ONE}",
        f'[proxy]\nmax_delay_ms = "5min"\n{ONE}',
        f'[proxy]\nbackend = ["h:1"]\n{ONE}',
        '[backend]\naddress = "h:1"\n',
        'backend = ["h:1"]\n',
        '[[backend]]\nname = "a"\n',
        "[[backend]]\naddress = 8125\n",
        f"{ONE}weight = 0\n",
        f'{ONE}weight = "2"\n',
        f"{ONE}wieght = 2\n",
    ],
)
def test_another_shape_is_refused(text: str) -> None:
    """A file with another shape, type or key is refused by reader and schema."""
    assert not reads(text)
    assert not fits(text)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.key)
def test_no_value_that_the_reader_takes_is_refused(row: Setting) -> None:
    """Of values of every type, those that the reader takes for a key fit."""
    base = "" if row.struct else ONE
    texts = [f"[proxy]\n{row.key} = {value}\n{base}" for value in POOL]
    if row.struct:
        texts = [f"[[{row.key}]]\naddress = {value}\n" for value in POOL]
        texts += [f"{ONE}name = {value}\n" for value in POOL]
        texts += [f"{ONE}weight = {value}\n" for value in POOL]
    taken = [text for text in texts if reads(text)]
    assert taken
    assert [text for text in taken if not fits(text)] == []
