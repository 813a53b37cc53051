"""The plain models against literal truth: vectors, PyPI xxhash, and awkward cases.

Rule: nothing compiled is touched here. What these tests hold, the property tests carry
over to the compiled code.
Source: tests/vectors/sharding.json, checked against the programs whose placement is
reproduced.
"""

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest
import xxhash

from tests.model.hash import djb2, xxh64
from tests.model.key import embedded_key, name_key
from tests.model.packer import pack, split
from tests.model.ring_id import ring_id
from tests.model.slots import owners, pick, score, slot, uniform


class Djb2Row(TypedDict):
    """A line, its embedded key, and where djb2 sends it, by number of backends."""

    line: str
    key: str
    hash: int
    shard: dict[str, int]


class KeyRow(TypedDict):
    """A line and its key under each ``shard_by`` that the vectors know of it."""

    line: str
    name: NotRequired[str]
    embedded: NotRequired[str]


class RingBackend(TypedDict):
    """A backend whose node is its name."""

    name: str
    weight: float


class Placement(TypedDict):
    """Where a key goes: its slot and the name of the backend."""

    slot: int
    backend: str


class Ring(TypedDict):
    """A rendezvous ring, its id and its table."""

    backends: list[RingBackend]
    ring_id: str
    slots: dict[str, int]
    slot_table_sha256: str
    keys: dict[str, Placement]


class RingIdRow(TypedDict):
    """A configuration and its id; a backend is its name, also its node, and weight."""

    hash: str
    shard_by: str
    hash_prefix: NotRequired[str]
    backends: list[tuple[str, float]]
    id: str


class Vectors(TypedDict):
    """The sections of the vectors that the models answer for."""

    djb2: list[Djb2Row]
    keys: list[KeyRow]
    rendezvous: dict[str, Ring]
    ring_id: list[RingIdRow]


VECTORS: Vectors = json.loads(
    Path(__file__)
    .parents[1]
    .joinpath("vectors", "sharding.json")
    .read_text(encoding="utf-8")
)
RINGS = VECTORS["rendezvous"]


def named_weights(ring: Ring) -> list[tuple[bytes, float]]:
    """Give the backends of a ring as the models take them."""
    return [(each["name"].encode(), each["weight"]) for each in ring["backends"]]


@pytest.mark.parametrize("row", VECTORS["djb2"], ids=lambda row: row["line"])
def test_djb2_places_lines_as_the_rust_proxy_does(row: Djb2Row) -> None:
    """Key, hash and shard of a line are those of the program that djb2 reproduces."""
    key = embedded_key(row["line"].encode())
    assert row["key"].encode() == key
    assert row["hash"] == djb2(key)
    assert row["shard"] == {n: djb2(key) % int(n) for n in row["shard"]}


@pytest.mark.parametrize(
    "row",
    [row for row in VECTORS["keys"] if "name" in row],
    ids=lambda row: row["line"],
)
def test_name_keys_match_the_vectors(row: KeyRow) -> None:
    """The ``name`` key of a line is the one that the vectors pin."""
    assert row["name"].encode() == name_key(row["line"].encode())


@pytest.mark.parametrize(
    "row",
    [row for row in VECTORS["keys"] if "embedded" in row],
    ids=lambda row: row["line"],
)
def test_embedded_keys_match_the_vectors(row: KeyRow) -> None:
    """The ``embedded`` key of a line is the one that the vectors pin."""
    assert row["embedded"].encode() == embedded_key(row["line"].encode())


@pytest.mark.parametrize("ring", RINGS.values(), ids=RINGS)
def test_slot_tables_match_the_vectors(ring: Ring) -> None:
    """Each backend owns exactly the slots that the vectors pin."""
    table = owners(named_weights(ring), hash64=xxhash.xxh64_intdigest)
    names = [ring["backends"][owner]["name"] for owner in table]
    assert ring["slots"] == Counter(names)
    assert ring["slot_table_sha256"] == sha256("\n".join(names).encode()).hexdigest()


@pytest.mark.parametrize("ring", RINGS.values(), ids=RINGS)
def test_rendezvous_picks_match_the_vectors(ring: Ring) -> None:
    """A key goes to the slot and the backend that the vectors pin."""
    backends = named_weights(ring)
    placements = {
        key: {
            "slot": slot(key.encode()),
            "backend": backends[pick(key.encode(), backends)][0].decode(),
        }
        for key in ring["keys"]
    }
    assert ring["keys"] == placements


@pytest.mark.parametrize("ring", RINGS.values(), ids=RINGS)
def test_ring_ids_of_the_rings_match_the_vectors(ring: Ring) -> None:
    """A rendezvous ring by name has the id that the vectors pin."""
    backends = [
        (each["name"], each["name"], each["weight"]) for each in ring["backends"]
    ]
    assert ring["ring_id"] == ring_id("rendezvous", "name", backends)


@pytest.mark.parametrize("row", VECTORS["ring_id"], ids=lambda row: row["hash"])
def test_ring_ids_match_the_vectors(row: RingIdRow) -> None:
    """A configuration has the id that the vectors pin."""
    backends = [(name, name, weight) for name, weight in row["backends"]]
    prefix = row.get("hash_prefix", "")
    assert row["id"] == ring_id(row["hash"], row["shard_by"], backends, prefix)


@pytest.mark.parametrize("size", range(100))
def test_xxh64_agrees_with_the_public_package(size: int) -> None:
    """XXH64 of every short length is what the PyPI package xxhash makes of it."""
    octets = bytes(range(150, 150 + size))
    assert xxhash.xxh64_intdigest(octets) == xxh64(octets)
    assert xxhash.xxh64_intdigest(octets, 2**64 - 1) == xxh64(octets, 2**64 - 1)


def test_xxh64_of_nothing_is_the_published_constant() -> None:
    """XXH64 of no bytes with seed 0 is the number that every implementation gives."""
    assert xxh64(b"") == 0xEF46DB3751D8E999


def test_djb2_counts_code_points_not_bytes() -> None:
    """A letter outside ASCII counts once, as its code point."""
    assert djb2("café.count".encode()) == 8246162328214737647
    assert djb2("café.count".encode()) != 13868938336413731826


def test_djb2_counts_a_byte_that_is_not_utf8_as_its_value() -> None:
    """A byte that no valid UTF-8 holds counts as its own value."""
    assert djb2(b"\xff") == 5381 * 33 + 0xFF
    assert djb2(b"\xc3") == 5381 * 33 + 0xC3
    assert djb2(b"\xed\xa0\x80") == ((5381 * 33 + 0xED) * 33 + 0xA0) * 33 + 0x80


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"", b""),
        (b":1|c", b""),
        (b"a", b"a"),
        (b"a,k=v", b"a"),
        (b"a;k=v,x#y:1|c", b"a"),
        (b"[k=v]a:1|c", b"a"),
        (b"[k=v]:1|c", b""),
        (b"a[]b:1|c", b"ab"),
        (b"a[k=v]b,x=y:1|c", b"ab"),
        (b"a[k=v]b[x=y]c:1|c", b"ab[x=y]c"),
        (b"a[x[y]z]b:1|c", b"az]b"),
        (b"a]b[k=v]c:1|c", b"a]bc"),
        (b"a[b:1|c", b"a[b"),
        (b"a[b,c:1|c", b"a[b"),
        (b"a]b[c:1|c", b"a]b[c"),
        (b"a[k:v]b:1|c", b"a[k"),
        (b"a,k=[v]b:1|c", b"a"),
        (b"a#[v]b:1|c", b"a"),
        (b"\xc3[k=v]\xa9:1|c", b"\xc3\xa9"),
        (b"_e{0,0}:|", b""),
        (b"_e{5,4}:ti:le|text", b"ti:le"),
        (b"_e{5,4}:title|text|k:", b"title"),
        (b"_e{5,4}:title|text|k:|k:b|k:c", b"b"),
        (b"_e{5,4}:title|text|#k:a|k:b:c", b"b:c"),
        (b"_e{5,8}:title|te|k:no!", b"title"),
        (b"_e{5,4}:title|texts|k:agg", b"_e{5"),
        (b"_e{5,4}", b"_e{5"),
        (b"_e:1|c", b"_e"),
        (b"_sc|up", b"up"),
        (b"_sc|up|9", b"up"),
        (b"_sc|a:b,c|0", b"a:b,c"),
        (b"_sc||0", b""),
        (b"_sc|", b""),
        (b"_sc:1|c", b"_sc"),
    ],
)
def test_name_key_of_awkward_lines(line: bytes, expected: bytes) -> None:
    """The ``name`` key is total, and takes out one group, tags, and nothing else."""
    assert expected == name_key(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b",", b""),
        (b",:", b","),
        (b",,:", b",,"),
        (b"a,b", b"a"),
        (b"a,b,", b"a,b"),
        (b"a,b;c#d[e]:1|c", b"a,b;c#d[e]"),
        (b"a,\xff,\xc3\xa9,z:1", b"a,z,\xc3\xa9,\xff"),
        (b"_e{5,4}:title|text|k:agg", b"_e{5,4}"),
        (b"_sc|db.up|2|#b:1,a:2", b"_sc|db.up|2|#b"),
    ],
)
def test_embedded_key_of_awkward_lines(line: bytes, expected: bytes) -> None:
    """The ``embedded`` key is total, sorts by bytes, and knows no event or check."""
    assert expected == embedded_key(line)


def test_uniform_stays_between_zero_and_one() -> None:
    """The least and the greatest hash draw exact numbers that have a logarithm."""
    assert uniform(0, b"", lambda _: 0).hex() == (2.0**-53).hex()
    assert uniform(0, b"", lambda _: 2**64 - 1).hex() == (1 - 2.0**-53).hex()
    assert score(0, b"", 1, lambda _: 2**64 - 1) < float("inf")


def test_equal_scores_go_to_the_smaller_name() -> None:
    """On a tie the smaller name by bytes owns the slot, wherever it is listed."""
    tied = owners([(b"b", 1), (b"a", 1), (b"c", 1)], hash64=lambda _: 7)
    assert {1} == set(tied)


@pytest.mark.parametrize(
    ("weight", "decimal"),
    [
        (1, "1"),
        (1.0, "1"),
        (100, "100"),
        (2.5, "2.5"),
        (0.1, "0.1"),
        (1e-05, "0.00001"),
        (1e16, "10000000000000000"),
    ],
)
def test_ring_id_writes_weights_in_shortest_decimal_form(
    weight: float, decimal: str
) -> None:
    """A weight stands in the digested text without exponent and trailing zeros."""
    text = f"1\nrendezvous\nname\n\na\ta:1\t{decimal}\n"
    expected = sha256(text.encode()).hexdigest()[:16]
    assert expected == ring_id("rendezvous", "name", [("a", "a:1", weight)])


@pytest.mark.parametrize("hash_name", ["djb2", "jump", "murmur3", "sdbm"])
def test_ring_id_heeds_order_where_position_decides(hash_name: str) -> None:
    """Two orders are two rings under a function that goes by position."""
    backends = [("a", "a:1", 1.0), ("b", "b:1", 1.0)]
    straight = ring_id(hash_name, "raw", backends)
    assert straight != ring_id(hash_name, "raw", backends[::-1])


@pytest.mark.parametrize("hash_name", ["rendezvous", "etsy", "ketama", "libketama"])
def test_ring_id_ignores_order_where_names_decide(hash_name: str) -> None:
    """Two orders are one ring under a function that goes by name or node."""
    backends = [("a", "a:1", 1.0), ("b", "b:1", 1.0)]
    straight = ring_id(hash_name, "raw", backends)
    assert straight == ring_id(hash_name, "raw", backends[::-1])


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (1, [b"aaa", b"bb", b"ccccccccccc", b"d", b"e"]),
        (3, [b"aaa", b"bb", b"ccccccccccc", b"d\ne"]),
        (5, [b"aaa", b"bb", b"ccccccccccc", b"d\ne"]),
        (6, [b"aaa\nbb", b"ccccccccccc", b"d\ne"]),
        (12, [b"aaa\nbb", b"ccccccccccc", b"d\ne"]),
        (13, [b"aaa\nbb", b"ccccccccccc\nd", b"e"]),
        (15, [b"aaa\nbb", b"ccccccccccc\nd\ne"]),
        (99, [b"aaa\nbb\nccccccccccc\nd\ne"]),
    ],
)
def test_packing_is_greedy_and_in_order(limit: int, expected: list[bytes]) -> None:
    """A datagram takes lines while they fit, and packing then splitting is the same."""
    lines = [b"aaa", b"bb", b"ccccccccccc", b"d", b"e"]
    assert expected == pack(lines, limit)
    assert expected == split(b"\n".join(lines), limit)


def test_packing_nothing_makes_no_datagram() -> None:
    """Without lines there is no datagram."""
    assert not pack([], 100)
