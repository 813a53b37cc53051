"""Every placement against literal truth: the vectors, hashlib, and awkward cases.

Rule: the compiled table is asked through its face alone; what the plain twins hold is
theirs (tests/property). Source: tests/vectors/sharding.json, most of it checked against
the programs whose placement is reproduced.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from statshard.plane import _testing
from statshard.plane.plane import Table

# Any: rows of a JSON file, of a shape for each section.
VECTORS: dict[str, Any] = json.loads(
    Path(__file__)
    .parents[1]
    .joinpath("vectors", "sharding.json")
    .read_text(encoding="utf-8")
)
HASHES = (
    *("rendezvous", "djb2", "jump", "etsy", "murmur3", "ketama", "libketama", "sdbm"),
)
RINGS = {
    **{("etsy", each): row["nodes"] for each, row in VECTORS["etsy"].items()},
    ("ketama", "hit9_8126_8128"): [f"127.0.0.1:{8126 + i}" for i in range(3)],
    ("ketama", "hit9_weights_1_2_4"): [f"127.0.0.1:{8126 + i}" for i in range(3)],
    ("libketama", "libketama_0_0_0_1to5_weights_1to5"): [
        f"0.0.0.{i}" for i in range(1, 6)
    ],
}
RING_WEIGHTS = {
    "hit9_weights_1_2_4": (1, 2, 4),
    "libketama_0_0_0_1to5_weights_1to5": (1, 2, 3, 4, 5),
}
# SHA-256 over the owners' names of the names below, each ended by LF: a promise.
GOLDEN = "4d3241fb877912dac431a8bd90377400754729fb7f9fb5b9d8906a95eb7ef49d"
GOLDEN_COUNT = 1_000_000
LANE_KEY_SIZE = 248  # bytes: a key of so many is digested alone


def rows(
    names: Sequence[str], weights: Sequence[float] = ()
) -> list[tuple[bytes, bytes, float]]:
    """Return backends whose node is their name, of weight 1 unless told otherwise."""
    weights = weights or [1] * len(names)
    pairs = zip(names, weights, strict=True)
    return [(name.encode(), name.encode(), float(weight)) for name, weight in pairs]


def numbered(count: int) -> list[tuple[bytes, bytes, float]]:
    """Return so many backends."""
    return rows([f"10.0.{i // 250}.{i % 250}:8125" for i in range(count)])


def lines_of(keys: Sequence[str]) -> list[bytes]:
    """Return a line of each key under `raw`."""
    return [key.encode() + b":1|c" for key in keys]


@pytest.mark.parametrize("row", VECTORS["djb2"], ids=lambda row: row["line"])
def test_djb2_vectors(row: dict[str, Any]) -> None:
    """A line has the key, the hash and the shards of the Rust proxy."""
    line = row["line"].encode()
    for count, shard in row["shard"].items():
        table = Table("djb2", "embedded", numbered(int(count)))
        assert row["key"].encode() == table.key(line)
        assert row["hash"] == table.hash(line)
        assert shard == table.place(table.hash(line)) == table.slot(row["hash"])


@pytest.mark.parametrize("row", VECTORS["jump"], ids=lambda row: row["key"])
def test_jump_vectors(row: dict[str, Any]) -> None:
    """A key jumps to where statsrelay sends it, with its prefix and without."""
    key = row["key"].encode()
    assert row["fnv1a_64"] == _testing.fnv1a_64(key)
    for count, shard in row["shard"].items():
        table = Table("jump", "raw", numbered(int(count)))
        assert row["fnv1a_64"] == table.hash(key)
        assert shard == _testing.jump(row["fnv1a_64"], int(count))
        assert shard == table.place(table.hash(key))
    for count, shard in row["prefixed_shard"].items():
        prefix = row["prefix"].encode()
        table = Table("jump", "raw", numbered(int(count)), hash_prefix=prefix)
        assert prefix + b"." + key == table.key(key)
        assert shard == table.pick(key + b":1|c")


@pytest.mark.parametrize("row", VECTORS["murmur3"], ids=lambda row: row["key"])
def test_murmur3_vectors(row: dict[str, Any]) -> None:
    """A key has the hash and the shards of statsrelay in C."""
    key = row["key"].encode()
    assert row["murmur3"] == _testing.murmur3_32(key, 0xACCD3D34)
    for count, shard in row["shard"].items():
        table = Table("murmur3", "raw", numbered(int(count)))
        assert row["murmur3"] == table.hash(key)
        assert shard == table.pick(key + b":1|c")


@pytest.mark.parametrize(("hash_name", "name"), RINGS, ids=lambda name: name)
def test_ring_vectors(hash_name: str, name: str) -> None:
    """A key's backend is that of the program that the ring is taken from."""
    nodes = RINGS[hash_name, name]
    table = Table(hash_name, "raw", rows(nodes, RING_WEIGHTS.get(name, ())))
    row = VECTORS[hash_name][name]
    expected = row["keys"] if hash_name == "etsy" else row
    found = table.pick_many(lines_of(list(expected)))
    assert expected == dict(zip(expected, [nodes[i] for i in found], strict=True))
    if hash_name == "etsy":
        assert row["points"] == len(table.points())


@pytest.mark.parametrize("row", VECTORS["sdbm"], ids=lambda row: row["key"])
def test_sdbm_vectors(row: dict[str, Any]) -> None:
    """A key's walk ends where statsd-router's does, whichever servers are out."""
    key = row["key"].encode()
    assert row["sdbm64"] == _testing.sdbm(key)
    found = {}
    for alive in row["pick"]:
        out = [i for i, each in enumerate(alive) if each == "0"]
        table = Table("sdbm", "raw", numbered(3), out=out)
        found[alive] = table.pick(key + b":1|c")
        assert found[alive] == table.place(table.hash(key))
    assert row["pick"] == found


@pytest.mark.parametrize("name", VECTORS["rendezvous"])
def test_rendezvous_vectors(name: str) -> None:
    """A key's slot, and the whole table of slots, are those that the vectors pin."""
    ring = VECTORS["rendezvous"][name]
    names = [each["name"] for each in ring["backends"]]
    table = Table(
        "rendezvous", "raw", rows(names, [each["weight"] for each in ring["backends"]])
    )
    owners = [names[i] for i in memoryview(table.owners()).cast("H")]
    digest = hashlib.sha256("\n".join(owners).encode()).hexdigest()
    assert ring["slot_table_sha256"] == digest
    for key, expected in ring["keys"].items():
        number = table.hash(key.encode())
        assert expected["slot"] == table.slot(number)
        assert expected["backend"] == names[table.place(number)]


@pytest.mark.parametrize("row", VECTORS["keys"], ids=lambda row: row["line"])
def test_key_vectors(row: dict[str, Any]) -> None:
    """A line has the key that the vectors pin, under each `shard_by`."""
    expected = {each: row[each].encode() for each in row if each != "line"}
    found = {each: _testing.key(row["line"].encode(), each) for each in expected}
    assert expected == found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"x,b=2;a=1#c:1|c", b"x,a=1,b=2,c"),
        (b"x[b=2;a]y,c:1|c", b"xy,a,b=2,c"),
        (b"[a]:1|c", b",a"),
        (b"x[a:1|c", b"x[a"),
        (b"x[a]y[b]:1|c", b"xy[b],a"),
        (b"x,,;#:1|c", b"x"),
        (b"x:1|c|#", b"x"),
        (b"x:1|c|#:", b"x,="),
        (b"x:1|c|#a|@1|#b,a", b"x,a,b"),
        (b"x:#a|s", b"x"),
        (b"x:1|c|#aa,a,ab,a", b"x,a,aa,ab"),
        (b"x:1|c|#url:http://h/p?a=b", b"x,url=http://h/p?a=b"),
        (b"_sc|#x|0|#a", b"#x,a"),
        (b"_sc|x|0|d:1|h:b|#c:1,a|m:#b", b"x,a,c=1"),
        (b"_e{3,4}:|#a||#b||k:k|#d", b"k,d"),
        (b"_e{1,1}:a|b,c:1|c|#d", b"_e{1,1},d"),
        (b"nothing|#a", b"nothing|,a"),
        (b"", b""),
    ],
)
def test_series_of_awkward_lines(line: bytes, expected: bytes) -> None:
    """The key `series` of a line is its name and its sorted, different tags."""
    assert expected == _testing.series_key(line)


def test_series_of_the_longest_line() -> None:
    """A line of nothing but tags has each of them once in its key, in order."""
    tags = [b"%x" % (i * 40503 % 16384) for i in range(13000)]
    line = b"n:1|c|#" + b",".join(tags)
    expected = b",".join([b"n", *sorted(set(tags))])
    assert expected == _testing.series_key(line[:65535])
    commas = b"n:1|c|#" + b"a," * 32764
    assert _testing.series_key(commas) == b"n,a"


@pytest.mark.parametrize("size", [*range(260), 1000])
def test_md5(size: int) -> None:
    """MD5 of any size is hashlib's, alone and in a lane."""
    octets = bytes((7 * i + size) % 256 for i in range(size))
    digest = hashlib.md5(octets, usedforsecurity=False).digest()
    assert digest == _testing.md5(octets)
    first = int.from_bytes(digest[:4], "little")
    if size < LANE_KEY_SIZE:
        others = [b"x" * (35 * i) for i in range(7)]
        assert first == _testing.md5_lanes([*others, octets])[7]
        assert first == _testing.md5_lanes([octets, *others])[0]
    table = Table("ketama", "raw", numbered(3))
    assert first == table.hash(octets.replace(b":", b";")) or b":" in octets


@pytest.mark.parametrize(
    ("octets", "seed", "expected"),
    [
        (b"", 0, 0),
        (b"", 1, 0x514E28B7),
        (b"", 0xFFFFFFFF, 0x81F16F39),
        (bytes(4), 0, 0x2362F9DE),
        (b"aaaa", 0x9747B28C, 0x5A97808A),
        (b"Hello, world!", 0x9747B28C, 0x24884CBA),
    ],
)
def test_murmur3(octets: bytes, seed: int, expected: int) -> None:
    """MurmurHash3_x86_32 has its published values."""
    assert expected == _testing.murmur3_32(octets, seed)


def test_rendezvous_is_the_same_for_ever() -> None:
    """A million names stay where version 1 put them."""
    names = [b"shard-1", b"shard-2", b"shard-3", b"shard-4", b"shard-5"]
    weights = (1.0, 1.0, 2.0, 0.5, 3.0)
    backends = [(n, n, weight) for n, weight in zip(names, weights, strict=True)]
    lines = [b"metric.%d:1|c" % i for i in range(GOLDEN_COUNT)]
    found = Table("rendezvous", "name", backends).pick_many(lines)
    owners = b"".join([names[i] + b"\n" for i in found])
    assert hashlib.sha256(owners).hexdigest() == GOLDEN


@pytest.mark.parametrize("hash_name", HASHES)
def test_label_lines_are_the_picks(hash_name: str) -> None:
    """Each line of a text stands behind the name of the backend that `pick` says."""
    names = [b"first", b"", b"the-third"]
    table = Table(hash_name, "name", numbered(3), out=[1])
    lines = [b"m%d%s:1|c" % (i, b"x" * (7 * i % 270)) for i in range(200)]
    lines[3::9] = [b":1|c"] * len(lines[3::9])
    text = b"\r\n\n".join(lines) + b"\n"
    expected = [
        (b"-" if index < 0 else names[index]) + b"\t" + line + b"\n"
        for index, line in zip(table.pick_many(lines), lines, strict=True)
    ]
    assert b"".join(expected) == table.label_lines(text, names)
    with pytest.raises(ValueError, match="2 names, 3 backends"):
        table.label_lines(text, names[1:])


@pytest.mark.parametrize("hash_name", HASHES)
@pytest.mark.parametrize("out", [(), (0,), (1, 3), (0, 1, 2, 3), (0, 1, 2, 3, 4)])
def test_who_is_out_gets_nothing(hash_name: str, out: tuple[int, ...]) -> None:
    """Only those in get lines; but for etsy, nobody else's lines move."""
    lines = [b"m%d:1|c" % i for i in range(2000)]
    whole = Table(hash_name, "name", numbered(5))
    partial = Table(hash_name, "name", numbered(5), out=out)
    before, after = whole.pick_many(lines), partial.pick_many(lines)
    assert set(after) == (set(range(5)) - set(out) or {-1})
    if hash_name != "etsy":
        stay = [(b, a) for b, a in zip(before, after, strict=True) if b not in out]
        assert [b for b, _ in stay] == [a for _, a in stay]


@pytest.mark.parametrize("hash_name", HASHES)
def test_changed_is_the_table_made_anew(hash_name: str) -> None:
    """A table that follows another places as one made from nothing, step by step."""
    lines = [b"m%d:1|c" % i for i in range(1000)]
    five, six = numbered(5), numbered(6)
    heavy = [(n, o, 3.0 if n == five[2][0] else w) for n, o, w in five]
    steps: list[tuple[list[tuple[bytes, bytes, float]], tuple[int, ...]]] = [
        (five, (1,)),
        (five, (1, 2)),
        (five, ()),
        (six, (0,)),
        (six[1:], ()),
        (five[::-1], (4,)),
        (five, (0, 1, 2, 3, 4)),
        (heavy, ()),
        (five[:1], ()),
        (six, ()),
    ]
    table = Table(hash_name, "name", five)
    for generation, (backends, out) in enumerate(steps, 2):
        table = table.changed(backends, generation, out=out)
        anew = Table(hash_name, "name", backends, out=out)
        assert (generation, len(backends)) == (table.generation, table.count)
        assert anew.pick_many(lines) == table.pick_many(lines)
        assert anew.owners() == table.owners()
        assert anew.points() == table.points()


def test_murmur3_goes_by_its_shard_map() -> None:
    """A backend may stand at many positions; one at none gets nothing, out or in."""
    shard_map = (2, 0, 2, 2)
    table = Table("murmur3", "raw", numbered(4), shard_map=shard_map)
    keys = [b"m%d" % i for i in range(500)]
    expected = [shard_map[_testing.murmur3_32(k, 0xACCD3D34) % 4] for k in keys]
    assert expected == table.pick_many([key + b":1|c" for key in keys])
    partial = table.changed(numbered(4), 2, out=[2])
    assert set(partial.pick_many([key + b":1|c" for key in keys])) == {0}
    nobody = table.changed(numbered(4), 3, out=[0, 2])
    assert set(nobody.pick_many([key + b":1|c" for key in keys])) == {-1}


def test_spares_are_chosen_by_rendezvous() -> None:
    """The keys of a position that is out are rendezvous' over those in."""
    lines = [b"m%d:1|c" % i for i in range(500)]
    whole = Table("jump", "name", numbered(5), hash_prefix=b"p")
    partial = whole.changed(numbered(5), 2, out=[3])
    spare = Table("rendezvous", "name", numbered(5), out=[3])
    expected = [
        s if own == 3 else own
        for own, s in zip(whole.pick_many(lines), spare.pick_many(lines), strict=True)
    ]
    assert expected == partial.pick_many(lines)
    moved = next(line for line in lines if whole.pick(line) == 3)
    assert partial.place(partial.hash(moved)) == -1
    assert partial.slot(partial.hash(moved)) == 3


@pytest.mark.parametrize(("hash_name", "words"), [("etsy", 1), ("ketama", 4)])
def test_points_are_of_the_nodes(hash_name: str, words: int) -> None:
    """A ring's points are the words of the digests of `node-i`, names play no part."""
    backends = [(b"n%d" % i, b"10.0.0.%d:8125" % i, 1.0) for i in range(3)]
    digests = [
        (hashlib.md5(b"%s-%d" % (node, k), usedforsecurity=False).digest(), i)
        for i, (_, node, _) in enumerate(backends)
        for k in range(40)
    ]
    points = [
        (int.from_bytes(digest[4 * w : 4 * w + 4], "little"), i)
        for digest, i in digests
        for w in range(words)
    ]
    table = Table(hash_name, "raw", backends)
    assert sorted(points, key=lambda point: point[0]) == table.points()
    for value in (0, points[0][0], points[0][0] + 1, 2**32 - 1):
        first = next((p for p in table.points() if p[0] >= value), table.points()[0])
        assert first[1] == table.place(value)
        assert first == table.points()[table.slot(value)]


def test_equal_points_stay_in_order() -> None:
    """Of two backends with the same node, and so the same points, the first has all."""
    backends = [(b"a", b"h:1", 1.0), (b"b", b"h:1", 1.0)]
    lines = [b"m%d:1|c" % i for i in range(300)]
    assert set(Table("ketama", "raw", backends).pick_many(lines)) == {0}
    assert set(Table("ketama", "raw", backends, out=[0]).pick_many(lines)) == {1}


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"hash_name": "md4"}, "no such hash or key"),
        ({"shard_by": "tags"}, "no such hash or key"),
        ({"backends": []}, "0 backends"),
        ({"backends": [(b"a", b"a", 0.0)]}, "is not above 0"),
        ({"backends": [(b"a", b"a", float("nan"))]}, "is not above 0"),
        ({"hash_name": "ketama", "backends": [(b"a", b"a", 1e9)]}, "16777216 points"),
        ({"hash_prefix": b"p"}, "only jump has one"),
        ({"shard_map": [0]}, "only murmur3 has one"),
        ({"out": [1]}, "no backend has the index 1"),
        ({"out": [-1]}, "no backend has the index -1"),
    ],
)
def test_impossible_tables(options: dict[str, Any], fault: str) -> None:
    """What no table can be made of is refused when it is made."""
    usual = {
        "hash_name": "rendezvous",
        "shard_by": "name",
        "backends": [(b"a", b"a", 1.0)],
    }
    with pytest.raises(ValueError, match=fault):
        Table(**(usual | options))


def test_lines_that_are_none() -> None:
    """Refused and overlong lines have no backend; the latter have no key either."""
    table = Table("rendezvous", "series", numbered(2))
    assert [-1, -1, -1] == table.pick_many([b"", b":1|c", b"x" * 65536 + b":1|c"])
    with pytest.raises(ValueError, match="65536 bytes"):
        table.key(b"x" * 65536)


@pytest.mark.parametrize("factor", [2.0**980, 2.0**-980])
def test_the_scale_of_weights_does_not_matter(factor: float) -> None:
    """Weights far beyond those that scores are bounded by place as usual ones do."""
    names = [f"shard-{i}" for i in range(9)]
    weights = [1.0, 1.0, 0.5, 2.0, 7.25, 0.01, 1.0, 30.0, 0.125]
    usual = Table("rendezvous", "name", rows(names, weights))
    scaled = Table("rendezvous", "name", rows(names, [w * factor for w in weights]))
    assert usual.owners() == scaled.owners()
