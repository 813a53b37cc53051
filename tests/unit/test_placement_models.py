"""The plain models of other programs' placement against literal truth.

Rule: nothing compiled is touched here. What these tests hold, the property tests carry
over to the compiled code.
Source: tests/vectors/sharding.json, checked against the programs whose placement is
reproduced.
"""

import json
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest

from tests.model import live, rings
from tests.model.jump import fnv1a_64, jump, prefixed
from tests.model.key import raw_key, series_key
from tests.model.live import Ring
from tests.model.murmur3 import murmur3_32
from tests.model.sdbm import sdbm_64, walk


class KeyRow(TypedDict):
    """A line and its key under each ``shard_by`` that the vectors know of it."""

    line: str
    series: NotRequired[str]
    raw: NotRequired[str]


class JumpRow(TypedDict):
    """A key, its hash, and its shard by number of backends, with a prefix too."""

    key: str
    fnv1a_64: int
    shard: dict[str, int]
    prefix: str
    prefixed_shard: dict[str, int]


class Murmur3Row(TypedDict):
    """A key, its hash, and its shard by number of entries."""

    key: str
    murmur3: int
    shard: dict[str, int]


class SdbmRow(TypedDict):
    """A key, its hash, and its pick by who of three is alive ("101")."""

    key: str
    sdbm64: int
    pick: dict[str, int]


class EtsyRing(TypedDict):
    """A ring of etsy's, the number of its points, and the node of each key."""

    nodes: list[str]
    points: int
    keys: dict[str, str]


class Vectors(TypedDict):
    """The sections of the vectors that these models answer for."""

    keys: list[KeyRow]
    jump: list[JumpRow]
    murmur3: list[Murmur3Row]
    sdbm: list[SdbmRow]
    etsy: dict[str, EtsyRing]
    ketama: dict[str, dict[str, str]]
    libketama: dict[str, dict[str, str]]


VECTORS: Vectors = json.loads(
    Path(__file__)
    .parents[1]
    .joinpath("vectors", "sharding.json")
    .read_text(encoding="utf-8")
)

# ring of the vectors -> its backends (node, weight), as its name tells them
KETAMA_BACKENDS = {
    "hit9_8126_8128": [(f"127.0.0.1:{port}", 1) for port in (8126, 8127, 8128)],
    "hit9_weights_1_2_4": [
        *(("127.0.0.1:8126", 1), ("127.0.0.1:8127", 2), ("127.0.0.1:8128", 4)),
    ],
    "libketama_0_0_0_1to5_weights_1to5": [(f"0.0.0.{n}", n) for n in range(1, 6)],
}


def ring_of(hash_name: str, backends: list[tuple[str, float]]) -> Ring:
    """Give a ring of backends (node, weight), each named as its node."""
    return Ring(
        hash_name, tuple((node.encode(), node.encode(), w) for node, w in backends)
    )


@pytest.mark.parametrize(
    "row", [r for r in VECTORS["keys"] if "series" in r], ids=lambda row: row["line"]
)
def test_series_keys_match_the_vectors(row: KeyRow) -> None:
    """The ``series`` key of a line is the one that the vectors pin."""
    assert row["series"].encode() == series_key(row["line"].encode())


@pytest.mark.parametrize(
    "row", [r for r in VECTORS["keys"] if "raw" in r], ids=lambda row: row["line"]
)
def test_raw_keys_match_the_vectors(row: KeyRow) -> None:
    """The ``raw`` key of a line is the one that the vectors pin."""
    assert row["raw"].encode() == raw_key(row["line"].encode())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"", b""),
        (b"a", b"a"),
        (b"a:1|c|", b"a"),
        (b"a:1|c|#", b"a"),
        (b"a:1|c|#:", b"a,="),
        (b"a:1|#t", b"a,t"),
        (b"a:#t|c", b"a"),
        (b"a#x;y,z", b"a,x,y,z"),
        (b"a,,;#:1|c", b"a"),
        (b"a[y;x]b#w:1|c", b"ab,w,x,y"),
        (b"a[]b[k=v]:1|c", b"ab[k=v]"),
        (b"a,[k=v]:1|c", b"a,[k=v]"),
        (b"a[k:v]b:1|c|#z", b"a[k,z"),
        (b"a:1|c|#b:1|#a:1|@0.5", b"a,a=1,b=1"),
        (b"a:1|c|#t;u#v", b"a,t;u#v"),
        (b"a:1|c|#b:1,b=1,b:1:2", b"a,b=1,b=1:2"),
        (b"_e{5,4}:title|te|x|#t", b"title,t"),
        (b"_e{5,5}:title|te|x|#t", b"_e{5,5},t"),
        (b"_e{5,6}:title|te|#xy|#t:1|k:", b"title,t=1"),
        (b"_sc|up|0|#b,a|#c", b"up,a,b,c"),
        (b"_sc|up|#b", b"up,b"),
        (b"_sc|u,p:x|0", b"u,p:x"),
        (b"_sc", b"_sc"),
    ],
)
def test_series_key_of_awkward_lines(line: bytes, expected: bytes) -> None:
    """The ``series`` key is total; each tag is in it once, wherever it stood."""
    assert expected == series_key(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [(b"", b""), (b":1", b""), (b"a,b", b"a,b"), (b"_sc|a|0|#b:1", b"_sc|a|0|#b")],
)
def test_raw_key_of_awkward_lines(line: bytes, expected: bytes) -> None:
    """The ``raw`` key is total, and knows no event, check or tag."""
    assert expected == raw_key(line)


@pytest.mark.parametrize("row", VECTORS["jump"], ids=lambda row: row["key"])
def test_jump_places_keys_as_its_program_does(row: JumpRow) -> None:
    """Hash and shards of a key, with a prefix too, are those of jjneely/statsrelay."""
    key = row["key"].encode()
    value = fnv1a_64(key)
    behind = fnv1a_64(prefixed(key, row["prefix"].encode()))
    assert row["fnv1a_64"] == value
    assert row["shard"] == {n: jump(value, int(n)) for n in row["shard"]}
    assert row["prefixed_shard"] == {
        n: jump(behind, int(n)) for n in row["prefixed_shard"]
    }


@pytest.mark.parametrize("row", VECTORS["murmur3"], ids=lambda row: row["key"])
def test_murmur3_places_keys_as_its_programs_do(row: Murmur3Row) -> None:
    """Hash and shards of a key are those of the statsrelays of lyft and uber."""
    value = murmur3_32(row["key"].encode())
    assert row["murmur3"] == value
    assert row["shard"] == {n: value % int(n) for n in row["shard"]}


@pytest.mark.parametrize("row", VECTORS["sdbm"], ids=lambda row: row["key"])
def test_sdbm_places_keys_as_its_program_does(row: SdbmRow) -> None:
    """Hash and picks of a key, whoever is alive, are those of hulu/statsd-router."""
    value = sdbm_64(row["key"].encode())
    picks = {
        alive: walk(value, [mark == "1" for mark in alive]) for alive in row["pick"]
    }
    assert row["sdbm64"] == value
    assert row["pick"] == picks


@pytest.mark.parametrize("ring", VECTORS["etsy"].values(), ids=VECTORS["etsy"])
def test_etsy_places_keys_as_its_program_does(ring: EtsyRing) -> None:
    """Number of points and node of each key are those of statsd's proxy.js."""
    model = ring_of("etsy", [(node, 1.0) for node in ring["nodes"]])
    assert ring["points"] == len(live.points(model))
    assert ring["keys"] == {key: node_of(model, key) for key in ring["keys"]}


def test_etsy_without_a_backend_is_its_ring_without_it() -> None:
    """The ring with one out is the one that the vectors have without it."""
    whole, without = VECTORS["etsy"]["ex3"], VECTORS["etsy"]["ex3_without_8129"]
    backends = ring_of("etsy", [(node, 1.0) for node in whole["nodes"]]).backends
    model = Ring("etsy", backends, out=frozenset({1}))
    assert without["keys"] == {key: node_of(model, key) for key in without["keys"]}


@pytest.mark.parametrize("hash_name", ["ketama", "libketama"])
def test_ketama_rings_match_the_vectors(hash_name: str) -> None:
    """Each key has the node that the program, or its fixtures, give it."""
    section = VECTORS["ketama"] if hash_name == "ketama" else VECTORS["libketama"]
    for name, keys in section.items():
        model = ring_of(hash_name, [(n, float(w)) for n, w in KETAMA_BACKENDS[name]])
        assert keys == {key: node_of(model, key) for key in keys}


@pytest.mark.parametrize(
    ("count", "each"), [(1, 40), (6, 40), (7, 39), (14, 39), (28, 39), (50, 40)]
)
def test_floating_point_decides_how_many_points_etsy_has(count: int, each: int) -> None:
    """A node of etsy's ring has 39 points for some numbers of nodes, else 40."""
    nodes = [b"%d" % number for number in range(count)]
    assert count * each == len(rings.etsy(nodes))


@pytest.mark.parametrize(
    ("weights", "digests"),
    [
        ([1] * 7, [40] * 7),
        ([1] * 14, [40] * 14),
        ([1, 2, 3, 4, 5], [13, 26, 40, 53, 66]),
        ([1, 99], [0, 79]),
    ],
)
def test_libketama_rounds_as_c_does(weights: list[int], digests: list[int]) -> None:
    """Points of libketama come of 32-bit floats: 40 where doubles would make 39."""
    total, count = sum(weights), len(weights)
    assert digests == [rings.libketama_digests(w, total, count) for w in weights]


def test_sdbm_takes_bytes_as_signed() -> None:
    """A byte above 127 counts as itself less 256."""
    assert sdbm_64(b"\xff") == 2**64 - 1


def test_the_first_point_takes_what_is_behind_the_last() -> None:
    """A value belongs to the first point at or above it, and the ring is closed."""
    points = [(10, 0), (10, 1), (20, 2)]
    owners = [rings.owner(points, value) for value in (0, 10, 11, 20, 21)]
    assert owners == [0, 0, 2, 2, 0]


@pytest.mark.parametrize("hash_name", live.HASHES)
def test_without_anyone_live_there_is_no_backend(hash_name: str) -> None:
    """A key has no backend where all are out."""
    backends = ring_of(hash_name, [("a:1", 1.0), ("b:1", 1.0)]).backends
    ring = Ring(hash_name, backends, out=frozenset({0, 1}))
    assert live.pick(ring, b"foo") is None


def test_a_shard_map_names_the_backend_of_an_entry() -> None:
    """Under murmur3 the entry decides, and a backend may have many."""
    backends = ring_of("murmur3", [("a:1", 1.0), ("b:1", 1.0)]).backends
    ring = Ring("murmur3", backends, shard_map=(1, 1, 0, 1))
    keys = [b"apple", b"banana", b"orange", b"lemon"]  # entries 2, 3, 0, 1 of 4
    assert [live.pick(ring, key) for key in keys] == [0, 1, 1, 1]


def node_of(ring: Ring, key: str) -> str | None:
    """Give the node of a key's backend, None where there is none."""
    index = live.pick(ring, key.encode())
    return None if index is None else ring.backends[index][1].decode()
