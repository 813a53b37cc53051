"""Placements: a converted file puts every key where the other program put it.

    its file -> TOML -> settings -> the compiled table -> the vectors

Of a hash that our reader does not know, the table is made of the TOML itself.

Source: tests/vectors/sharding.json, checked against the programs themselves.
"""

import json
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from statshard.plane.plane import Table
from statshard.routing.snapshot import build_table
from statshard.settings.foreign.converted import convert
from statshard.settings.foreign.programs import PROGRAMS
from statshard.settings.model import PROXY
from tests.support.foreign import Text, source_of, written

# Any: rows of a JSON file, of a shape for each section.
VECTORS: dict[str, Any] = json.loads(
    Path(__file__)
    .parents[1]
    .joinpath("vectors", "sharding.json")
    .read_text(encoding="utf-8")
)
HASH = next(row for row in PROXY.rows if row.key == "hash")
HASHES = HASH.kind.schema["enum"]
Entry = dict[str, Any]  # Any: what TOML holds
HIT9_WEIGHTS = {"hit9_8126_8128": (1, 1, 1), "hit9_weights_1_2_4": (1, 2, 4)}


class Placed:
    """The table of a converted text, and the names that it picks."""

    def __init__(self, program: str, text: Text) -> None:
        found = tomllib.loads(written(program, text))
        if found["proxy"]["hash"] in HASHES:  # our reader knows it: the whole way
            source = source_of(text)
            settings = convert(source, PROGRAMS[program], usable_cpus=1).settings
            self.names = [backend.name for backend in settings.backend]
            self.table = build_table(settings, 1)
        else:
            self.names = [name_of(one) for one in found["backend"]]
            self.table = table_of(found["proxy"], found["backend"], self.names)

    def picks(self, lines: Iterable[str]) -> list[str]:
        """Return the backends' names; every line must be one that is carried."""
        picked = self.table.pick_many([line.encode() for line in lines])
        assert [at for at in picked if at < 0] == []
        return [self.names[at] for at in picked]


def name_of(backend: Entry) -> str:
    """Return the name of a [[backend]]."""
    return str(backend.get("name", backend["address"]))


def table_of(proxy: Entry, backends: Sequence[Entry], names: Sequence[str]) -> Table:
    """Return the table that a text of TOML means."""
    rows = [
        (
            name_of(one).encode(),
            str(one.get("node", one["address"])).encode(),
            one.get("weight", 1),
        )
        for one in backends
    ]
    return Table(
        proxy["hash"],
        proxy["shard_by"],
        rows,
        hash_prefix=proxy.get("hash_prefix", "").encode(),
        shard_map=[names.index(name) for name in proxy.get("shard_map", ())],
    )


def hosts(count: int) -> list[str]:
    """Return so many addresses, of which the order is not that of their bytes."""
    return [f"10.0.{i // 250}.{i % 250}:8125" for i in range(count)]


def lines(keys: Iterable[str]) -> list[str]:
    """Return a line of each key."""
    return [f"{key}:1|c" for key in keys]


@pytest.mark.parametrize("ring", VECTORS["etsy"])
def test_etsy_keys_stay(ring: str) -> None:
    """Each ring of etsy's proxy gives its keys to the same node."""
    row = VECTORS["etsy"][ring]
    pairs = [node.split(":") for node in row["nodes"]]
    nodes = "".join(f"{{host: '{host}', port: {port}}},\n" for host, port in pairs)
    placed = Placed("etsy", f"{{ nodes: [ {nodes} ] }}")
    assert list(row["keys"].values()) == placed.picks(lines(row["keys"]))


@pytest.mark.parametrize("ring", VECTORS["ketama"])
def test_hit9_keys_stay(ring: str) -> None:
    """Each ring of hit9's proxy gives its keys to the same node."""
    weights = HIT9_WEIGHTS[ring]
    text = "".join(f"node 127.0.0.1:{8126 + i}:{w}\n" for i, w in enumerate(weights))
    keys = VECTORS["ketama"][ring]
    assert list(keys.values()) == Placed("hit9", text).picks(lines(keys))


def shards_of(rows: Sequence[dict[str, Any]], key: str, count: str) -> list[int]:
    """Return the places of all rows, for a number of places."""
    return [row[key][count] for row in rows if count in row[key]]


@pytest.mark.parametrize("count", VECTORS["jump"][0]["shard"])
def test_statsrelay_keys_stay(count: str) -> None:
    """Each number of arguments gives its keys to the same one of them."""
    rows = VECTORS["jump"]
    names = hosts(int(count))
    keys = lines(row["key"] for row in rows if count in row["shard"])
    expected = [names[at] for at in shards_of(rows, "shard", count)]
    assert expected == Placed("statsrelay", tuple(names)).picks(keys)


@pytest.mark.parametrize("count", VECTORS["jump"][0]["prefixed_shard"])
def test_statsrelay_keys_stay_with_a_prefix(count: str) -> None:
    """-metrics-prefix places as it did; one server's instances are places."""
    rows = [row for row in VECTORS["jump"] if count in row.get("prefixed_shard", ())]
    words = [f"10.0.0.1:8125:{i}" for i in range(int(count))]
    placed = Placed("statsrelay", ("-metrics-prefix", rows[0]["prefix"], *words))
    expected = [words[at] for at in shards_of(rows, "prefixed_shard", count)]
    assert expected == placed.picks(lines(row["key"] for row in rows))


def test_hulu_keys_stay() -> None:
    """With all downstreams alive each key goes to the same one."""
    names = hosts(3)
    text = f"data_port=1\ndownstream={','.join(f'{name}:1' for name in names)}\n"
    rows = VECTORS["sdbm"]
    expected = [names[row["pick"]["111"]] for row in rows]
    assert expected == Placed("hulu", text).picks(lines(row["key"] for row in rows))


@pytest.mark.parametrize("count", VECTORS["murmur3"][0]["shard"])
@pytest.mark.parametrize("servers", [2, 7, 5000])
def test_lyft_and_uber_keys_stay(count: str, servers: int) -> None:
    """However often a server stands in the map, each key goes to the same one."""
    names = [hosts(servers)[i * i % servers] for i in range(int(count))]
    rows = VECTORS["murmur3"]
    keys = lines(row["key"] for row in rows)
    expected = [names[at] for at in shards_of(rows, "shard", count)]
    text = json.dumps({"statsd": {"shard_map": [f"{name}:udp" for name in names]}})
    assert expected == Placed("lyft", text).picks(keys)
    entries = "".join(f"    {i}: {name}\n" for i, name in enumerate(names))
    assert expected == Placed("uber", f"statsd:\n  shard_map:\n{entries}").picks(keys)


@pytest.mark.parametrize("count", VECTORS["djb2"][0]["shard"])
def test_the_rust_proxy_lines_stay(count: str) -> None:
    """Each number of destinations gives its lines to the same one of them."""
    # A line without a name before a colon is refused, wherever it would go.
    rows = [row for row in VECTORS["djb2"] if row["line"].find(":") > 0]
    names = hosts(int(count))
    found = Placed("rust", f"destinations = {' '.join(names)}\n")
    expected = [names[at] for at in shards_of(rows, "shard", count)]
    taken = [row["line"] for row in rows if count in row["shard"]]
    assert expected == found.picks(taken)
