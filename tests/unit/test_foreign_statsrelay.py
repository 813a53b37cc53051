"""Statsrelay: what the command line of the Go program means is what ours says.

Source: jjneely/statsrelay (statsrelay.go).
"""

from typing import Any

import pytest

from tests.support.foreign import backends, left, proxy, told

TCP = "TCP is not supported by this version"


def words(text: str) -> tuple[str, ...]:
    """Return a command line's words."""
    return tuple(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:1", {"listen": ["udp://[::]:9125"], "max_payload": 1400}),
        ("-p 1 a:1", {"listen": ["udp://[::]:1"], "max_payload": 1400}),
        ("--port=1 -b ::1 a:1", {"listen": ["udp://[::1]:1"], "max_payload": 1400}),
        ("-v -bind 1.2.3.4 a:1", {"listen": ["udp://1.2.3.4:9125"]}),
        ("-verbose=false -bind 1.2.3.4 a:1", {"listen": ["udp://1.2.3.4:9125"]}),
        ("-p 1 -p 2 a:1", {"listen": ["udp://[::]:2"]}),
        ("-packetlen 512 a:1", {"max_payload": 512}),
        ("-bufsize 65536 a:1", {"receive_buffer": 65536}),
        ("-metrics-prefix prod a:1", {"hash_prefix": "prod"}),
        ("-metrics-prefix= a:1", {}),
    ],
)
def test_statsrelay_flags_mean_what_they_did(
    text: str, expected: dict[str, Any]
) -> None:
    """Each flag in each of Go's spellings is the setting it was, also in a file."""
    found = proxy("statsrelay", words(text))
    assert expected == {key: found[key] for key in expected}
    assert ("hash_prefix" in expected) == ("hash_prefix" in found)
    unit = f"ExecStart=-/usr/bin/statsrelay \\\n {text}\n"
    for other in (unit, f"exec chpst statsrelay {text}\n", text):
        assert found == proxy("statsrelay", other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b:1 a:2", [("b:1", None), ("a:2", None)]),
        ("-- b:1", [("b:1", None)]),
        ("a:1:x a:1:y", [("a:1", "a:1:x"), ("a:1", "a:1:y")]),
        ("a:1 a:1 a:1", [("a:1", None), ("a:1", "a:1#2"), ("a:1", "a:1#3")]),
    ],
)
def test_statsrelay_backends_stand_in_their_order(
    text: str, expected: list[tuple[str, str | None]]
) -> None:
    """Each argument is a place of its own, whatever its address."""
    found = backends("statsrelay", words(text))
    assert expected == [(one["address"], one.get("name")) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "F: no backend; valid: HOST:PORT, one or more, behind the flags"),
        ("-p", "F: word 1: '-p': no value; valid: -p VALUE"),
        ("-prt 1 a:1", "F: word 1: '-prt': no flag of statsrelay (Go); did you mean "),
        ("-p x a:1", "F: word 1: port = \"x\": port 'x' is not 0 to 65535"),
        ("a:1 b", 'F: word 2: backend = "b": valid: HOST:PORT or HOST:PORT:INSTANCE'),
        ("a:1 -p 2", 'F: word 2: backend = "-p": valid: HOST:PORT or '),
        ("$A:1", 'F: word 1: backend = "$A:1": a variable; valid: HOST:PORT, written'),
        ("-sendproto SCTP a:1", 'F: word 1: sendproto = "SCTP": valid: UDP or TCP'),
    ],
)
def test_statsrelay_words_that_are_none_are_refused(text: str, expected: str) -> None:
    """A word that the program would not take is refused by its place."""
    found = told("statsrelay", words(text))
    assert [expected] == [line[: len(expected)] for line in found[:1]]


def test_statsrelay_file_with_two_commands_is_refused() -> None:
    """Of two commands in a file neither is chosen."""
    text = "statsrelay a:1\nstatsrelay b:1\n"
    assert ["F:2: commands on lines 1 and 2; valid: one"] == told("statsrelay", text)
    open_quote = "statsrelay 'a:1\n"
    assert 'F:1: "statsrelay \'a:1": No closing quotation' in told(
        "statsrelay", open_quote
    )
    long = "statsrelay a:1 " + "x" * 70_000
    what = "F:1: longer than 65536 characters: no command"
    assert what in told("statsrelay", long)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("-sendproto TCP a:1", "sendproto"),
        ("-tcptimeout 1s a:1", "tcptimeout"),
        ("-t 1s a:1", "tcptimeout"),
        ("-metrics-prefix x a:1", "metrics-prefix"),
        ("-metrics-tags x a:1", "metrics-tags"),
        ("-prefix x a:1", "prefix"),
        ("-v a:1", "verbose"),
        ("-packetlen 9 a:1", "packetlen"),
        ("-p 1 -p 2 a:1", "port"),
    ],
)
def test_statsrelay_leaves_nothing_out_in_silence(text: str, key: str) -> None:
    """A flag without a counterpart is left over; so is one that a later one undoes."""
    plain = ["0 bind"]  # what Go makes of 0.0.0.0
    found = [one.partition(" = ")[0] for one in left("statsrelay", words(text))]
    assert [key] == [one.split()[1] for one in found if one not in plain]
