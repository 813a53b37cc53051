"""Shard map: what lyft's JSON and uber's YAML mean is what ours says.

Source: lyft/statsrelay and uber/statsrelay (src/json_config.c, yaml_config.c, stats.c,
config.rs, backends.rs).
"""

import pytest

from tests.support.foreign import example, left, told, toml, why

TCP = "TCP is not supported by this version"


def lyft(shards: str, more: str = "") -> str:
    """Return lyft's JSON."""
    return f'{{"statsd": {{"shard_map": [{shards}]{more}}}}}'


@pytest.mark.parametrize(
    ("shards", "names", "shard_map"),
    [
        ('"b:1:udp", "a:1:udp"', ["b:1", "a:1"], None),
        ('"b:1", "a:1", "b:1"', ["b:1", "a:1"], ["b:1", "a:1", "b:1"]),
        ('"b:1", "b:1:tcp"', ["b:1"], ["b:1", "b:1"]),
    ],
)
def test_a_shard_map_places_as_it_did(
    shards: str, names: list[str], shard_map: list[str] | None
) -> None:
    """A server that stands at several places is one backend, at all of them."""
    for text in (
        lyft(shards),
        f'{{"statsd": {{"duplicate_to": [{{"shard_map": [{shards}]}}]}}}}',
        f'{{"statsd": {{"duplicate_to": {{"shard_map": [{shards}]}}}}}}',
    ):
        found = toml("lyft", text)
        assert names == [one["address"] for one in found["backend"]]
        assert shard_map == found["proxy"].get("shard_map")
        assert found["proxy"]["hash"] == "murmur3"
        assert found["proxy"]["listen"] == ["udp://127.0.0.1:8125"]
    lines = [f"    {i}: {one.strip()}\n" for i, one in enumerate(shards.split(","))]
    text = f"statsd:\n  bind: h:7\n  shard_map:\n{''.join(lines)}"
    found = toml("uber", text)
    assert names == [one["address"] for one in found["backend"]]
    assert shard_map == found["proxy"].get("shard_map")
    assert found["proxy"]["listen"] == ["udp://h:7"]


@pytest.mark.parametrize(
    ("more", "expected", "because"),
    [
        (', "validate": true', ["1 statsd.validate = true"], "every line"),
        (', "tcp_cork": true', ["1 statsd.tcp_cork = true"], TCP),
        (', "max_send_queue": 1', ["1 statsd.max_send_queue = 1"], "queue_bytes"),
        (
            ', "duplicate_to": [{"shard_map": ["c:1"]}]',
            ['1 statsd.duplicate_to = [{"shard_map": ["c:1"]}]'],
            "second cluster",
        ),
        (', "self_stats": {}', ["1 statsd.self_stats = {}"], "no metrics of its own"),
        (', "nope": 1', ["1 statsd.nope = 1"], "no key of lyft's statsrelay"),
    ],
)
def test_lyft_leaves_nothing_out_in_silence(
    more: str, expected: list[str], because: str
) -> None:
    """What has no counterpart is left over with its line, key, value and reason."""
    text = lyft('"a:1:udp"', more)
    assert expected == left("lyft", text)
    assert because in why("lyft", text)[0]
    tcp = lyft('"a:1"')
    assert ['1 statsd.shard_map[0] = "a:1"'] == left("lyft", tcp)
    assert "see that it listens to that" in why("lyft", tcp)[0]


NO_MAP = "F: no shard_map under statsd: nothing to send to"


@pytest.mark.parametrize(
    ("program", "text", "expected"),
    [
        ("lyft", "{}", "F:1: no statsd; valid: "),
        ("lyft", '{"statsd": 1}', "F:1: statsd = 1: valid: an object, {...}"),
        ("lyft", lyft(""), NO_MAP),
        ("lyft", '{"statsd": {"shard_map": "a:1"}}', 'F:1: statsd.shard_map = "a:1": '),
        ("lyft", lyft('"a"'), 'F:1: statsd.shard_map[0] = "a": valid: HOST:PORT or '),
        ("lyft", lyft('"a:x"'), "F:1: statsd.shard_map[0] = \"a:x\": port 'x' is not"),
        (
            "lyft",
            lyft('"a:1"', ', "bind": 1'),
            "F:1: statsd.bind = 1: valid: HOST:",
        ),
        ("lyft", '{"statsd"\n: nope}', "F:2: statsd: 'nope}' is no literal; valid: "),
        ("uber", "statsd:\n  bind: h:1\n", NO_MAP),
        ("uber", "x:\n  bind: h:1\n", 'F:2: x.bind = "h:1": valid: statsd or carbon'),
        (
            "uber",
            "statsd:\n  shard_map: [a:1]\n",
            "F:2: statsd.shard_map: a sequence",
        ),
        (
            "uber",
            "statsd:\n  shard_map:\n    1: a:1\n",
            'F:3: statsd.shard_map.1 = "a:1": valid: 0: a:1; the map counts from 0',
        ),
        ("uber", "statsd: &a\n  bind: *a\n", "F:2: statsd.bind: an alias; valid: "),
        ("uber", "a\n", "F:1: : a text; valid: a map, statsd: ..."),
        ("uber", "a: {b: {c: {d: 1}}}\n", "F:1: a.b.c: maps more than 3 deep"),
        ("uber", "{{a: 1}: 2}\n", "F:1: : a map as a key; valid: a text"),
        ("uber", "statsd:\n a: 1\n---\nb: 1\n", "F:3: : a second document; valid: one"),
        ("uber", "statsd:\n\tbind: 1\n", "F:2: no valid YAML: "),
        ("uber", "statsd: \x01\n", "F: no valid YAML: special characters are not"),
    ],
)
def test_a_shard_map_that_is_none_is_refused(
    program: str, text: str, expected: str
) -> None:
    """What that program would not start with, or could not place by, is refused."""
    assert expected in [line[: len(expected)] for line in told(program, text)]


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("lyft", lyft('"a:1:udp"', ', "bind": "h:1", "x.bind": "h:2"')),
        ("uber", "statsd:\n bind: h:1\n x.bind: h:2\n shard_map:\n  0: a:1:udp\n"),
    ],
)
def test_a_dot_in_a_key_makes_it_no_other(program: str, text: str) -> None:
    """A key whose end is like one of the program's is none of its keys."""
    assert toml(program, text)["proxy"]["listen"] == ["udp://h:1"]
    assert why(program, text)[0].startswith(f"no key of {program}'s statsrelay")


def test_uber_leaves_carbon_over() -> None:
    """What is for carbon is left over, key by key."""
    text = example("uber").text
    found = [one.split(" = ")[0] for one in left("uber", text)]
    assert found[-2:] == ["11 carbon.bind", "13 carbon.shard_map.0"]
