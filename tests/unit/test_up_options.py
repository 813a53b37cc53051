"""What `statshard up` is told, what it starts by that, and what it sends."""

import random
from collections import Counter
from typing import Any

import pytest

from statshard.errors import SettingsError
from statshard.routing.ring import Ring
from statshard.settings.model import PROXY
from statshard.settings.section import Section
from statshard.settings.server import SERVER
from statshard.settings.sources import read_settings
from statshard.up.children import tell_end
from statshard.up.commands import (
    STATSHARD,
    names_of,
    proxy_command,
    server_command,
)
from statshard.up.demonstration import (
    METRICS,
    PREFIX,
    draw_lines,
    is_demonstration,
)
from statshard.up.options import environment_of_children, read_up

ADDRESSES = {"shard-1": "127.0.0.1:4001", "shard-2": "127.0.0.1:4002"}


def read_command(command: list[str], section: Section[Any]) -> Any:  # noqa: ANN401 -- settings of any command
    """Return the settings that a command starts a process with."""
    rows = {row.flag: row for row in section.rows}
    found: dict[str, Any] = {}
    words = iter(command[len(STATSHARD) + 1 :])
    for word in words:
        row = rows[word]
        text = next(words) if row.metavar else True
        found[row.key] = (*found.get(row.key, ()), text) if row.is_list else text
    return read_settings(section, found, environ={}, usable_cpus=1).settings


@pytest.mark.parametrize(
    ("found", "environ", "said"),
    [
        (
            {"sink": ("console:",)},
            {},
            "--sink 'console:': flushes are shown here already; valid: without it",
        ),
        (
            {"sink": ("prometheus://127.0.0.1:9102",)},
            {},
            "one port cannot be that of 2 servers; valid: with --backends 1",
        ),
        (
            {"sink": ("statsd://127.0.0.1:8125",)},
            {},
            "this server's own listener",
        ),
        (
            {"sink": ("graphite://a:1", "graphite://a:1")},
            {},
            "given already (--sink); valid: once",
        ),
        ({"backends": "65"}, {}, "--backends '65': valid: a whole number from 1 to 64"),
        ({}, {"STATSHARD_BACKENDS": "0"}, "STATSHARD_BACKENDS '0': valid: a whole"),
        ({"listen": ("127.0.0.1:8125",)}, {}, "valid: udp://HOST:PORT"),
    ],
)
def test_what_is_wrong_is_told(
    found: dict[str, str | tuple[str, ...]], environ: dict[str, str], said: str
) -> None:
    """What cannot be is refused, with what is valid, before anything is started."""
    with pytest.raises(SettingsError) as fault:
        read_up(found, environ)
    assert said in str(fault.value)


def test_a_flag_is_above_a_variable() -> None:
    """Each setting is a flag and a variable; without either a default holds."""
    environ = {"STATSHARD_BACKENDS": "3", "STATSHARD_FLUSH_INTERVAL": "5"}
    settings = read_up({"backends": "4"}, environ).settings
    assert (4, 5.0) == (settings.backends, settings.flush_interval)
    usual = read_up({}, {}).settings
    assert (2, 2.0, False) == (usual.backends, usual.flush_interval, usual.no_demo)
    assert ["udp://127.0.0.1:8125"] == [each.url for each in usual.listen]


def test_one_server_may_be_scraped() -> None:
    """With one server, a sink that listens is its own."""
    given = {"backends": "1", "sink": ("prometheus://127.0.0.1:9102",)}
    assert 1 == len(read_up(given, {}).settings.sink)


def test_variables_of_others_go_on_and_its_own_do_not() -> None:
    """The processes have every variable but those that `up` tells them by flags."""
    environ = {
        "PATH": "/bin",
        "STATSHARD_WORKERS": "1",
        "STATSHARD_BACKENDS": "3",
        "STATSHARD_LISTEN": "udp://127.0.0.1:1",
        "STATSHARD_CONFIG": "a.toml",
    }
    expected = {"PATH": "/bin", "STATSHARD_WORKERS": "1"}
    assert expected == environment_of_children(environ)


def test_a_server_is_started_as_it_is_meant() -> None:
    """Each server reads a port of the kernel's choice, flushes to here and to each sink
    as it was given, and names its own series by its name.
    """
    sink = "graphite://127.0.0.1:2003,namespace=new,prefix=p"
    up = read_up({"sink": (sink,), "flush_interval": "0.25"}, {}).settings
    server = read_command(server_command(up, "shard-2"), SERVER)
    assert ["udp://127.0.0.1:0"] == [each.url for each in server.listen]
    assert ("console", up.sink[0]) == (server.sink[0].url.scheme, server.sink[1])
    assert 0.25 == server.flush_interval
    other = read_command(server_command(up, "shard-1"), SERVER)
    assert other != server


def test_the_proxy_is_started_as_it_is_meant() -> None:
    """The proxy listens where it was said, before all servers under their names."""
    listen = ("udp://127.0.0.1:1", "udp://[::1]:0")
    up = read_up({"listen": listen}, {}).settings
    proxy = read_command(proxy_command(up, ADDRESSES), PROXY)
    assert up.listen == proxy.listen
    assert ADDRESSES == {each.name: each.address for each in proxy.backend}


@pytest.mark.parametrize("backends", [1, 2, 3, 4])
def test_the_demonstration_has_lines_for_each_server(backends: int) -> None:
    """Of up to four servers each gets some of the demonstration's names."""
    names = names_of(read_up({"backends": str(backends)}, {}).settings)
    ring = Ring([f"{name}=127.0.0.1:1" for name in names])
    assert set(names) == {ring.pick(f"{key}:1|c") for key in METRICS}


def test_the_demonstration_sends_what_it_says() -> None:
    """Its lines are of its own names, of all four types, each at its share."""
    lines = draw_lines(4000, random.Random(1), 12.5)
    assert 4000 == len(lines)
    assert len(lines) == len(Ring(["a=127.0.0.1:1"]).pick_many(lines))
    counts = Counter(line.partition(b":")[0].decode() for line in lines)
    assert set(METRICS) == set(counts)
    assert all(is_demonstration(key) and key.startswith(PREFIX) for key in counts)
    assert not is_demonstration("demo.mine")
    assert {b"c", b"ms", b"g", b"s"} == {line.rpartition(b"|")[2] for line in lines}
    heavy, light = counts["demo.web.requests"], counts["demo.web.errors"]
    assert heavy > 5 * light


@pytest.mark.parametrize(
    ("status", "said", "told"),
    [
        (-9, [], "shard-1 was killed by SIGKILL"),
        (1, ["a", "b"], "shard-1 ended by itself, with status 1: a\nb"),
        (0, [], "shard-1 ended by itself, with status 0"),
    ],
)
def test_an_end_is_told_with_the_last_words(
    status: int, said: list[str], told: str
) -> None:
    """A signal by its name, a status by its number, and what was said last."""
    assert told == tell_end("shard-1", status, said)
