"""Environment: STATSHARD_ variables into settings, and slips of the pen."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from statshard.settings.model import PROXY
from tests.support.settings import effective, told

BACKEND = {"STATSHARD_BACKEND": "h:1"}
WORKERS = "valid: a whole number from 1 to 64"


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("STATSHARD_WORKERS", "7", 7),
        ("STATSHARD_MAX_PAYLOAD", "8kB", 8000),
        ("STATSHARD_MAX_DELAY_MS", "1ms", 1.0),
        ("STATSHARD_QUEUE_AGE_S", "5ms", 0.005),
        ("STATSHARD_HASH", "djb2", "djb2"),
        ("STATSHARD_LOG_LEVEL", "debug", "debug"),
    ],
)
def test_a_variable_is_read(variable: str, text: str, expected: object) -> None:
    """A variable's text means what it means on a command line, and is its origin."""
    key = variable.removeprefix("STATSHARD_").lower()
    found = effective(environ={**BACKEND, variable: text})
    assert expected == getattr(found.settings, key)
    assert variable == str(found.origins[key])


def test_a_list_stands_with_blanks_between() -> None:
    """Elements are parted by blanks and line ends of any number."""
    text = " a=h:1 b=h:2,weight=2\n\tc=h:3\n"
    settings = effective(environ={"STATSHARD_BACKEND": text}).settings
    assert ["a", "b", "c"] == [backend.name for backend in settings.backend]
    assert [1, 2, 1] == [backend.weight for backend in settings.backend]


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"STATSHARD_WORKERS": ""}, f"STATSHARD_WORKERS '': {WORKERS}"),
        ({"STATSHARD_WORKERS": " 2"}, f"STATSHARD_WORKERS ' 2': {WORKERS}"),
        ({"STATSHARD_WORKERS": "\udc80"}, rf"STATSHARD_WORKERS '\udc80': {WORKERS}"),
        ({"STATSHARD_HASH": "\x1b[2J"}, r"STATSHARD_HASH '\x1b[2J': valid: rendezvou"),
        ({"STATSHARD_HASH": "a\nb"}, r"STATSHARD_HASH 'a\nb': valid: rendezvous"),
        ({"STATSHARD_LISTEN": ""}, "STATSHARD_LISTEN '': valid: udp://HOST:PORT"),
        ({"STATSHARD_LISTEN": " "}, "STATSHARD_LISTEN ' ': valid: udp://HOST:PORT"),
        ({"STATSHARD_BACKEND": ""}, "STATSHARD_BACKEND '': valid: HOST:PORT"),
        ({"STATSHARD_BACKEND": "\udc80:1"}, r"STATSHARD_BACKEND '\udc80:1': the host "),
        (
            {"STATSHARD_BACKEND": "x" * 10_000},
            f"STATSHARD_BACKEND '{'x' * 79}...: valid: HOST:PORT",
        ),
        (
            {"STATSHARD_WORKERS": "9" * 5000},
            f"STATSHARD_WORKERS '{'9' * 79}...: {WORKERS}",
        ),
        ({"STATSHARD_CONFIG": ""}, "STATSHARD_CONFIG '': valid: the path of a sett"),
        (
            {"STATSHARD_CONFIG": "/nonexistent/a.toml"},
            "/nonexistent/a.toml: cannot be read: No such file or directory",
        ),
    ],
    ids=lambda each: str(each)[:50],
)
def test_a_wrong_variable_is_told(environ: Mapping[str, str], fault: str) -> None:
    """A fault names the variable, the text with its quotes, and what is valid."""
    (found,) = told(environ={**BACKEND, **environ})
    assert fault == found[: len(fault)]


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("STATSHARD_WORKER", "STATSHARD_WORKERS"),
        ("STATSHARD_BACKENDS", "STATSHARD_BACKEND"),
        ("STATSHARD_MAXPAYLOAD", "STATSHARD_MAX_PAYLOAD"),
        ("STATSHARD_CONFG", "STATSHARD_CONFIG"),
        ("STATSHARD_CONFIG_FILE", "STATSHARD_CONFIG"),
        ("STATSHARD_QUEUE_AGE", "STATSHARD_QUEUE_AGE_S"),
    ],
)
def test_a_slip_of_the_pen_is_told(variable: str, meant: str) -> None:
    """A variable that is almost one of ours is refused with the one it must mean."""
    expected = [f"{variable}: no such variable; did you mean {meant}?"]
    assert expected == told(environ={**BACKEND, variable: "1"})


def test_a_slip_moves_no_terminal() -> None:
    """A variable's name is shown escaped."""
    (fault,) = told(environ={**BACKEND, "STATSHARD_WORKERS\x1b\n": "1"})
    assert fault.startswith(r"STATSHARD_WORKERS\x1b\n: no such variable;")


@pytest.mark.parametrize(
    "variable",
    ["STATSHARD_PORT_8125_UDP", "STATSHARD_", "statshard_workers", "WORKERS", "\udc80"],
)
def test_a_variable_of_others_is_left_alone(variable: str) -> None:
    """What only begins alike, such as an orchestrator's links, changes nothing."""
    assert effective(environ=BACKEND) == effective(environ={**BACKEND, variable: "x"})


def test_every_setting_has_its_variable() -> None:
    """A bad text is refused by the name of its setting's variable, for every one."""
    faults = told(environ={row.variable: "\x00" for row in PROXY.rows})
    assert [row.variable for row in PROXY.rows] == [
        fault.split(" ")[0] for fault in faults
    ]


def test_a_variable_names_the_file(tmp_path: Path) -> None:
    """STATSHARD_CONFIG names the file where no flag does."""
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text("[[backend]]\naddress = 'one:1'\n", encoding="utf-8")
    other.write_text("[[backend]]\naddress = 'other:1'\n", encoding="utf-8")
    environ = {"STATSHARD_CONFIG": str(one)}
    assert "one:1" == effective(environ=environ).settings.backend[0].name
    assert "other:1" == effective(other, environ).settings.backend[0].name
