"""Flags: texts by key into settings; every fault at once, and each by its flag."""

import msgspec
import pytest

from statshard.errors import SettingsError
from statshard.settings.model import (
    DEFAULT_KEYS,
    PROXY,
    Backend,
    Listen,
    ProxySettings,
)
from statshard.settings.sources import read_settings

Given = dict[str, str | tuple[str, ...] | bool | None]


def settings_from_flags(given: Given, *, usable_cpus: int) -> ProxySettings:
    """Return the settings of these flags, with no file and an empty environment."""
    found = read_settings(PROXY, given, environ={}, usable_cpus=usable_cpus)
    return found.settings


ONE: Given = {"backend": ("10.0.0.1:8125",)}


def faults_of(given: Given) -> list[str]:
    """Return what is said of settings that are refused."""
    with pytest.raises(SettingsError) as refused:
        settings_from_flags(given, usable_cpus=1)
    assert refused.value.exit_status == 78
    return str(refused.value).splitlines()


def test_the_table_is_that_of_the_settings() -> None:
    """The table has one row for each field of the settings, in the same order."""
    fields = [field.name for field in msgspec.structs.fields(ProxySettings)]
    assert fields == [setting.key for setting in PROXY.rows]


def test_every_default_is_valid() -> None:
    """Each default of the table is read by its own row."""
    for setting in PROXY.rows:
        if setting.default is not None:
            setting.kind.read(setting.default)


def test_one_backend_is_enough() -> None:
    """With nothing given but a backend, all settings are the documented defaults."""
    expected = ProxySettings(
        listen=(Listen("udp://127.0.0.1:8125", "127.0.0.1", 8125),),
        backend=(Backend("10.0.0.1:8125", "10.0.0.1:8125", 1),),
        hash="rendezvous",
        shard_by="name",
        workers=3,
        max_payload=1432,
        max_delay_ms=5,
        receive_buffer=8 << 20,
        queue_bytes=4 << 20,
        queue_age_s=30,
        summary_s=60,
        log_level="info",
        log_format="logfmt",
        no_admin=False,
        control=None,
    )
    assert expected == settings_from_flags(ONE, usable_cpus=3)
    nothing: Given = (
        {setting.key: None for setting in PROXY.rows} | ONE | {"listen": ()}
    )
    assert expected == settings_from_flags(nothing, usable_cpus=3)


def test_what_is_given_is_taken() -> None:
    """Each text that is given becomes the value of its key."""
    given: Given = {
        "listen": ("udp://[::]:1", "udp://0.0.0.0:1"),
        "backend": ("a=h:1", "b=h:2"),
        "hash": "djb2",
        "shard_by": "name",
        "workers": "7",
        "max_payload": "8kB",
        "max_delay_ms": "1ms",
        "receive_buffer": "1MiB",
        "queue_bytes": "128KiB",
        "queue_age_s": "1m",
        "summary_s": "0",
        "log_level": "debug",
        "log_format": "json",
        "no_admin": True,
        "control": "/run/control.sock",
    }
    assert ProxySettings(
        listen=(
            Listen("udp://[::]:1", "::", 1),
            Listen("udp://0.0.0.0:1", "0.0.0.0", 1),  # noqa: S104 - only read
        ),
        backend=(Backend("a", "h:1"), Backend("b", "h:2")),
        hash="djb2",
        shard_by="name",
        workers=7,
        max_payload=8000,
        max_delay_ms=1,
        receive_buffer=1 << 20,
        queue_bytes=128 << 10,
        queue_age_s=60,
        summary_s=0,
        log_level="debug",
        log_format="json",
        no_admin=True,
        control="/run/control.sock",
    ) == settings_from_flags(given, usable_cpus=2)


@pytest.mark.parametrize(("cpus", "workers"), [(1, 1), (3, 3), (4, 4), (64, 4)])
def test_workers_follow_the_cpus_up_to_four(cpus: int, workers: int) -> None:
    """Without a number there is a worker for each usable CPU, and at most four."""
    assert workers == settings_from_flags(ONE, usable_cpus=cpus).workers


@pytest.mark.parametrize(("hash_name", "key"), DEFAULT_KEYS.items())
def test_the_key_is_the_hash_its_own(hash_name: str, key: str) -> None:
    """Without --shard-by the key is the one that the hash goes by."""
    given = ONE | {"hash": hash_name}
    assert key == settings_from_flags(given, usable_cpus=1).shard_by


def test_every_fault_is_named_with_flag_and_value() -> None:
    """All faults come at once, in the table's order, with flag, value and remedy."""
    faults = faults_of(
        {
            "listen": ("udp://h:1", "h:1"),
            "backend": ("h", "h:1,weight=0"),
            "workers": "many",
            "log_level": "inf",
        }
    )
    assert faults == [
        "--listen 'h:1': valid: udp://HOST:PORT, for example udp://127.0.0.1:8125",
        "--backend 'h': valid: HOST:PORT, for example 10.0.0.1:8125",
        "--backend 'h:1,weight=0': weight: '0' is not a number above 0",
        "--workers 'many': valid: a whole number from 1 to 64",
        "--log-level 'inf': did you mean info? valid: debug, info, warning, error",
    ]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, "no backend: nothing to forward to; add --backend HOST:PORT"),
        (
            {"backend": ("a=h:1", "b=h:2", "a=h:3")},
            "--backend 'a=h:3': the name a is another backend's already (--backend); ",
        ),
        ({"backend": ("h:1", "h:1")}, "--backend 'h:1': the name h:1 is another back"),
        (
            {"backend": ("a=h:1,weight=2",), "hash": "djb2"},
            "--backend 'a=h:1,weight=2': backend a: djb2 has no weights; valid: none, ",
        ),
        (
            {**ONE, "listen": ("udp://h:1", "udp://h:1")},
            "--listen 'udp://h:1': given already (--listen); valid: once",
        ),
    ],
)
def test_a_contradiction_is_named(given: Given, fault: str) -> None:
    """Values that are valid, but not together, are refused with what to do."""
    (found,) = faults_of(given)
    assert found.startswith(fault)


def test_all_contradictions_are_named() -> None:
    """Of several contradictions none hides another, nor does a value that is wrong."""
    backends = ("a=h:1", "a=h:2", "b=h:3", "b=h:4,weight=3")
    listens = ("udp://h:1", "udp://h:1")
    given: Given = {"backend": backends, "hash": "djb2", "listen": listens}
    assert len(faults_of(given)) == 4
    wrong: Given = {
        "backend": (*backends, "c=h"),
        "listen": ("udp://h", *listens),
        "workers": "0",
    }
    assert len(faults_of(given | wrong)) == 7


@pytest.mark.parametrize(
    "given",
    [
        {**ONE, "listen": ("udp://h:0", "udp://h:0")},
        {"backend": ("a=h:1", "b=h:1")},
        {"backend": ("a=h:1,weight=1",), "hash": "djb2"},
    ],
)
def test_what_only_looks_like_a_contradiction_is_taken(given: Given) -> None:
    """Port 0 twice, two names of one address, and djb2 with weights of 1 are valid."""
    settings_from_flags(given, usable_cpus=1)


def test_an_empty_value_is_not_taken_for_none() -> None:
    """A flag whose value is empty, as of an unset variable, is a fault, no default."""
    flags = {each.key: each.flag for each in PROXY.rows if not each.is_list}
    faults = faults_of(ONE | dict.fromkeys(flags, ""))
    assert [f"{flag} ''" for flag in flags.values()] == [
        fault.split(": ")[0] for fault in faults
    ]
