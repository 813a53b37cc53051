"""`statshard check`: what `run` would go by, told or refused, with nothing bound."""

import json
import os
import socket
import tomllib
from pathlib import Path

import pytest

from statshard.settings.model import PROXY
from tests.support.proxy import run_statshard
from tests.support.tree import ROOT

FILE = """\
[proxy]
listen = ["udp://127.0.0.1:8125"]
max_delay_ms = "7ms"

[[backend]]
name = "one"
address = "127.0.0.1:9001"

[[backend]]
address = "127.0.0.1:9002"
weight = 2
"""

ONE, TWO = "127.0.0.1:9001", "127.0.0.1:9002"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a valid settings file."""
    path = tmp_path / "statshard.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_what_holds_is_printed_as_a_file_that_means_the_same(file: Path) -> None:
    """The output is TOML; read again, it gives the same output."""
    first = run_statshard("check", "-c", str(file))
    assert (first.returncode, first.stderr) == (0, "")
    found = tomllib.loads(first.stdout)
    assert found["proxy"]["max_delay_ms"] == 7
    assert found["backend"] == [
        {"name": "one", "address": ONE, "weight": 1, "node": ONE},
        {"name": TWO, "address": TWO, "weight": 2, "node": TWO},
    ]
    file.write_text(first.stdout, encoding="utf-8")
    assert first.stdout == run_statshard("check", "-c", str(file)).stdout


def test_what_is_printed_moves_no_terminal() -> None:
    """A value with what a terminal obeys is printed escaped, and means the same."""
    path = "/run/\x7f\x9b31m\u202e\U000e0001"
    flags = ["check", "--no-network", "--backend", "h:1", "--control", path]
    told = run_statshard(*flags).stdout
    assert [line for line in told.split("\n") if not line.isprintable()] == []
    assert path == tomllib.loads(told)["proxy"]["control"]
    assert (
        path
        == json.loads(run_statshard(*flags, "--json").stdout)["settings"]["control"]
    )


def test_a_path_that_no_file_could_hold_is_refused() -> None:
    """What is printed is a settings file, so a path that is not UTF-8 is none."""
    flags = ["check", "--no-network", "--backend", "h:1", "--control", "/run/\udcff"]
    done = run_statshard(*flags)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr == (
        "statshard: --control '/run/\\udcff': valid: the path of a file, in UTF-8\n"
    )


def test_each_value_is_told_with_its_origin(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--origin names the line, the variable or the flag that a value comes from."""
    monkeypatch.setenv("STATSHARD_QUEUE_BYTES", "8MiB")
    flags = ["-c", str(file), "--summary-s", "5", "--origin"]
    told = run_statshard("check", *flags).stdout.splitlines()
    assert f"max_delay_ms = 7  # {file}:3" in told
    assert "queue_bytes = 8388608  # STATSHARD_QUEUE_BYTES" in told
    assert "summary_s = 5  # --summary-s" in told
    assert 'log_level = "info"  # default' in told
    found = json.loads(run_statshard("check", *flags, "--json").stdout)
    assert found["valid"]
    assert found["settings"]["queue_bytes"] == 8 << 20
    assert found["origins"]["max_delay_ms"] == f"{file}:3"
    assert (
        {row.key for row in PROXY.rows} == {*found["settings"]} == {*found["origins"]}
    )


def test_each_key_of_each_backend_is_told_with_its_origin(file: Path) -> None:
    """--origin names the line of every key of an entry, and what is a default."""
    told = run_statshard("check", "-c", str(file), "--origin").stdout
    at = f"  # {file}:"
    assert told.endswith(
        f'[[backend]]{at}5\nname = "one"{at}6\naddress = "127.0.0.1:9001"{at}7\n'
        f'weight = 1  # default\nnode = "127.0.0.1:9001"  # default\n\n'
        f'[[backend]]{at}9\nname = "127.0.0.1:9002"  # default\n'
        f'address = "127.0.0.1:9002"{at}10\nweight = 2{at}11\n'
        'node = "127.0.0.1:9002"  # default\n'
    )
    flags = ["--origin", "--json", "--backend", "127.0.0.1:9"]
    found = json.loads(run_statshard("check", "-c", str(file), *flags).stdout)
    assert found["origins"]["backend"] == ["--backend"]
    assert found["origins"]["listen"] == [f"{file}:2"]


def test_the_network_is_told_with_all_else(file: Path) -> None:
    """Names that do not resolve and loops stand beside other faults, at their lines."""
    text = FILE.replace("127.0.0.1:9001", "nowhere.invalid:1").replace("9002", "8125")
    file.write_text(text + "[what]\n", encoding="utf-8")
    done = run_statshard("check", "-c", str(file), "--workers", "0")
    told = [
        line.removeprefix(f"statshard: {file}:") for line in done.stderr.split("\n")
    ]
    starts = (
        "7: backend.address = \"nowhere.invalid:1\": backend one: 'nowhere.invalid' ",
        '10: backend.address = "127.0.0.1:8125": backend 127.0.0.1:8125: 127.0.0.1:8',
        "12: what: no such table; valid: ",
        "statshard: --workers '0': valid: ",
        "",
    )
    assert len(starts) == len(told)
    for start, line in zip(starts, told, strict=True):
        assert start == line[: len(start)]


@pytest.mark.parametrize("command", ["check", "run"])
def test_listeners_that_cannot_be_bound_together_are_told(
    file: Path, command: str
) -> None:
    """What could never be bound is told at its line, as a fault of the settings."""
    urls = 'listen = [\n"udp://0.0.0.0:8125",\n"udp://127.0.0.1:8125"\n]'
    text = FILE.replace('listen = ["udp://127.0.0.1:8125"]', urls)
    file.write_text(text, encoding="utf-8")
    done = run_statshard(command, "-c", str(file))
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr == (
        f'statshard: {file}:4: proxy.listen = "udp://127.0.0.1:8125": cannot be bound '
        f"beside udp://0.0.0.0:8125 ({file}:3), whose address is the same or within "
        "it; valid: one of the two, or another port\n"
    )
    assert run_statshard("check", "--no-network", "-c", str(file)).returncode == 0


def test_all_faults_are_told_at_once(file: Path) -> None:
    """Each fault is a line with its place; the status is 78."""
    text = FILE.replace("listen", "lisen").replace('"7ms"', '"7 megs"')
    file.write_text(text, encoding="utf-8")
    done = run_statshard("check", "-c", str(file), "--workers", "0")
    assert (done.returncode, done.stdout) == (78, "")
    faults = done.stderr.splitlines()
    assert len(faults) == 3
    assert all(fault.startswith("statshard: ") for fault in faults)
    assert f"{file}:2: proxy.lisen: no such key; did you mean listen?" in faults[0]
    assert any(f'{file}:3: proxy.max_delay_ms = "7 megs"' in each for each in faults)
    assert any("--workers '0'" in each for each in faults)
    as_json = run_statshard("check", "-c", str(file), "--workers", "0", "--json")
    assert as_json.returncode == 78
    found = json.loads(as_json.stdout)
    assert not found["valid"]
    at = {"file": str(file)}
    assert found["faults"] == [
        {**at, "line": 2, "key": "proxy.lisen", "what": faults[0].split(": ", 3)[3]},
        {
            **at,
            "line": 3,
            "key": "proxy.max_delay_ms",
            "value": "7 megs",
            "what": faults[1].split(": ", 3)[3],
        },
        {
            "flag": "--workers",
            "key": "workers",
            "value": "0",
            "what": "valid: a whole number from 1 to 64",
        },
    ]


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("127.0.0.1:8125", "is this proxy's own listener udp://127.0.0.1:8125"),
        ("nowhere.invalid:9001", "'nowhere.invalid' does not resolve"),
    ],
)
def test_what_would_fail_later_is_refused(address: str, fault: str) -> None:
    """Loops and names without an address; with --no-network neither is looked for."""
    refused = run_statshard("check", "--backend", address)
    assert (refused.returncode, fault in refused.stderr) == (78, True)
    assert run_statshard("check", "--backend", address, "--no-network").returncode == 0


def test_nothing_is_bound() -> None:
    """A port in use is no fault of the settings."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"udp://127.0.0.1:{taken.getsockname()[1]}"
        flags = ["--listen", url, "--backend", "127.0.0.1:9"]
        assert run_statshard("check", *flags).returncode == 0


def test_the_file_may_be_named_by_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STATSHARD_CONFIG names it where no -c does; a misspelt variable is told."""
    monkeypatch.setenv("STATSHARD_CONFIG", str(file))
    assert tomllib.loads(run_statshard("check").stdout)["proxy"]["max_delay_ms"] == 7
    monkeypatch.delenv("STATSHARD_CONFIG")
    monkeypatch.setenv("STATSHARD_WORKER", "2")
    refused = run_statshard("check", "-c", os.fspath(file))
    assert refused.returncode == 78
    assert "did you mean STATSHARD_WORKERS?" in refused.stderr


def test_the_schema_is_that_of_the_page() -> None:
    """--schema prints what stands in docs/, whatever else is given."""
    done = run_statshard("check", "--schema", "--workers", "none")
    page = (ROOT / "docs/settings.schema.json").read_text("utf-8")
    assert json.loads(page) == json.loads(done.stdout)


def test_what_serve_would_go_by_is_told_of_its_own(tmp_path: Path) -> None:
    """With --for serve the other section and its sinks are printed, read the same."""
    path = tmp_path / "statshard.toml"
    text = FILE + '[server]\nflush_interval = "2s"\n[[sink]]\nurl = "console:"\n'
    path.write_text(text, encoding="utf-8")
    flags = ["check", "--for", "serve", "--percentiles", "50", "-c", str(path)]
    first = run_statshard(*flags)
    assert (first.returncode, first.stderr) == (0, "")
    found = tomllib.loads(first.stdout)
    assert ["server", "sink"] == list(found)
    assert (2, [50]) == (
        found["server"]["flush_interval"],
        found["server"]["percentiles"],
    )
    assert ["console:"] == [sink["url"] for sink in found["sink"]]
    path.write_text(first.stdout, encoding="utf-8")
    assert first.stdout == run_statshard(*flags).stdout


@pytest.mark.parametrize("subject", ["run", "serve"])
def test_both_sections_of_a_file_are_judged(file: Path, subject: str) -> None:
    """Whomever it is asked for, a fault of the other's settings is told too."""
    file.write_text(FILE + "[server]\ngauges_max_ttl = 0\n", encoding="utf-8")
    done = run_statshard("check", "--for", subject, "-c", str(file))
    assert (78, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(f"statshard: {file}:13: server.gauges_max_ttl = 0: ")
    assert 1 == done.stderr.count("\n")


@pytest.mark.parametrize(
    ("subject", "flag"), [("serve", "--backend"), ("run", "--sink")]
)
def test_a_flag_of_the_other_command_is_usage(subject: str, flag: str) -> None:
    """A flag that the command does not have is told, with status 2."""
    done = run_statshard("check", "--for", subject, flag, "console:")
    assert (2, "") == (done.returncode, done.stdout)
    assert f"`statshard {subject}` has no {flag}\n" in done.stderr


@pytest.mark.parametrize("command", [("check", "--for", "serve"), ("serve",)])
def test_a_sink_that_cannot_be_made_is_refused(
    file: Path, command: tuple[str, ...]
) -> None:
    """A scheme that nobody has, and a format, with the line of each, by both."""
    sinks = '[[sink]]\nurl = "nobody:"\n[[sink]]\nurl = "console:?format=xml"\n'
    file.write_text(FILE + sinks, encoding="utf-8")
    done = run_statshard(*command, "-c", str(file))
    first, second = done.stderr.splitlines()
    assert (78, "") == (done.returncode, done.stdout)
    assert first.startswith(f"statshard: {file}:13: sink.url: sink 'nobody:': no sink ")
    assert f"{file}:15: sink.url: " in second
    assert "format 'xml'; valid: etsy, json" in second
