"""The public Ring: what it takes, what it refuses, what it answers."""

import doctest
import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

import statshard
from statshard import Ring
from statshard.errors import SettingsError
from statshard.routing import ring as ring_module
from statshard.settings.hashes import HASHES
from tests.model import live

BACKENDS = ["one=10.0.0.1:8125", "two=10.0.0.2:8125", "three=10.0.0.3:8125"]
VECTORS = json.loads(
    Path(__file__)
    .parents[1]
    .joinpath("vectors", "sharding.json")
    .read_text(encoding="utf-8")
)
LINES = [f"page.{number}.views:1|c" for number in range(50)]


@dataclass
class Member:
    """A backend that is not read from a text."""

    name: str
    node: str
    weight: float = 1.0


def test_a_line_is_placed_as_the_vectors_say() -> None:
    """Keys of the vectors go where they pin them, as bytes and as text."""
    vectors = VECTORS["rendezvous"]["three"]
    ring = Ring([Member(b["name"], b["name"]) for b in vectors["backends"]])
    assert vectors["ring_id"] == ring.ring_id
    for key, placed in vectors["keys"].items():
        line = f"{key}:1|c"
        if "," not in key:  # where the key is the name
            assert placed["backend"] == ring.pick(line) == ring.pick(line.encode())


@pytest.mark.parametrize("row", VECTORS["ring_id"], ids=lambda row: row["hash"])
def test_ring_ids_match_the_vectors(row: dict[str, object]) -> None:
    """A ring has the id that the vectors pin of its configuration."""
    backends = row["backends"]
    assert isinstance(backends, list)
    ring = Ring(
        [Member(name, name, weight) for name, weight in backends],
        str(row["hash"]),
        str(row["shard_by"]),
        str(row.get("hash_prefix", "")),
    )
    assert row["id"] == ring.ring_id


@pytest.mark.parametrize(
    ("hash_name", "key"), [(name, row.key) for name, row in HASHES.items()]
)
def test_a_hash_has_a_key_of_its_own(hash_name: str, key: str) -> None:
    """Without shard_by the key is the hash's own; all functions are there."""
    assert set(live.HASHES) == set(HASHES)
    assert key == Ring(BACKENDS, hash_name).shard_by


@pytest.mark.parametrize("hash_name", HASHES)
def test_many_lines_are_placed_as_one_by_one(hash_name: str) -> None:
    """`pick_many` is `pick` of each, refused lines too."""
    ring = Ring(BACKENDS, hash_name)
    lines: list[bytes | str] = [
        *LINES,
        "",
        ":1|c",
        "no colon",
        b"caf\xc3\xa9:1|c",
        b"\xff:1|c",
    ]
    assert [ring.pick(line) for line in lines] == ring.pick_many(iter(lines))
    assert ring.pick_many([]) == []


def test_a_refused_line_has_no_backend() -> None:
    """What the proxy drops goes nowhere."""
    ring = Ring(BACKENDS)
    assert [ring.pick(line) for line in ("", ":1", "x", "_sc|a|9", "_e{1,1}:a|")] == [
        None
    ] * 5


def test_a_text_that_came_of_bytes_is_those_bytes() -> None:
    """Escaped bytes of a str are the bytes that they stand for."""
    ring = Ring(BACKENDS)
    line = b"\xff\xfe.views:1|c"
    assert ring.pick(line) == ring.pick(line.decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("hash_name", HASHES)
@pytest.mark.parametrize("out", [("one",), ("two", "three"), ()])
def test_without_is_the_live_set_of_the_page(
    hash_name: str, out: tuple[str, ...]
) -> None:
    """A ring without some places lines as the plain twin of the live set does."""
    ring = Ring(BACKENDS, hash_name).without(out)
    names = [text.partition("=") for text in BACKENDS]
    twin = live.Ring(
        hash_name,
        tuple((name.encode(), node.encode(), 1.0) for name, _, node in names),
        out=frozenset(i for i, (name, _, _) in enumerate(names) if name in out),
    )
    keys = [live.line_key(ring.shard_by, line.encode()) for line in LINES]
    expected = [live.pick(twin, key) for key in keys]
    assert [names[index][0] for index in expected if index is not None] == (
        ring.pick_many(LINES)
    )


def test_without_adds_up_and_comes_back() -> None:
    """Out twice is out once; the ring that it came of is as it was."""
    ring = Ring(BACKENDS)
    before = ring.pick_many(LINES)
    both = ring.without("one").without(["one", "two"])
    assert both.out == ("one", "two")
    assert set(both.pick_many(LINES)) == {"three"}
    assert set(both.without(["three"]).pick_many(LINES)) == {None}
    assert before == ring.pick_many(LINES)
    assert ring.out == ()


def test_ids_tell_rings_apart() -> None:
    """Who is out changes the live id and not the ring's; each set has its own."""
    ring = Ring(BACKENDS)
    sets = [c for size in range(4) for c in combinations(ring.names, size)]
    rings = [ring.without(names) for names in sets]
    assert {each.ring_id for each in rings} == {ring.ring_id}
    assert len({each.live_id for each in rings}) == len(sets)
    assert ring.live_id == ring.ring_id


def test_the_live_id_is_pinned() -> None:
    """The id of a ring with one out is SHA-256 over ring_id and name, in lines."""
    ring = Ring([Member("a", "a"), Member("b", "b")], "jump", hash_prefix="prod")
    assert ring.without(["b"]).live_id == "7b9d1903f436501b"


def test_a_shard_map_is_part_of_the_ring_id() -> None:
    """A map that names each backend once is the ring without a map; others are not."""
    plain = Ring(BACKENDS, "murmur3")
    ids = [
        Ring(BACKENDS, "murmur3", shard_map=names.split()).ring_id
        for names in ("one two three", "one two three one", "three two one")
    ]
    assert ids[0] == plain.ring_id
    assert len(set(ids)) == 3


def test_an_explained_position_is_one_of_the_shard_map() -> None:
    """The position that is told is an entry of the map, and its name the backend."""
    entries = ["three", "one", "one", "two", "three"]
    ring = Ring(BACKENDS, "murmur3", shard_map=entries)
    found = [ring.explain(line) for line in LINES]
    assert {each.of for each in found} == {len(entries)}
    assert [entries[each.at] for each in found] == ring.pick_many(LINES)


def test_a_line_that_no_datagram_holds_is_not_explained() -> None:
    """Such a line has no backend, and asking why is an error with its size."""
    ring = Ring(BACKENDS)
    assert ring.pick("x" * 65_533 + ":1|c") is None
    with pytest.raises(ValueError, match="65537 bytes"):
        ring.explain("x" * 65_533 + ":1|c")


def test_a_prefix_moves_keys() -> None:
    """The function jump hashes what the vectors say behind the prefix."""
    ring = Ring(BACKENDS, "jump", hash_prefix="prod")
    for row in VECTORS["jump"]:
        expected = ring.names[row["prefixed_shard"]["3"]]
        assert expected == ring.pick(f"{row['key']}:1|c")


def test_a_node_is_hashed_where_the_function_goes_by_nodes() -> None:
    """The function etsy goes by node, whatever the backend is called."""
    vectors = VECTORS["etsy"]["ex3"]
    nodes = enumerate(vectors["nodes"])
    ring = Ring([Member(f"s{number}", node) for number, node in nodes], "etsy")
    expected = [vectors["nodes"].index(node) for node in vectors["keys"].values()]
    picked = ring.pick_many([f"{key}:1|c" for key in vectors["keys"]])
    assert [f"s{number}" for number in expected] == picked


@pytest.mark.parametrize(
    ("backends", "options", "fault"),
    [
        ([], {}, "0 backends: valid: 1 to 65535"),
        (["nowhere"], {}, "backend 'nowhere': valid: HOST:PORT"),
        (["a:1", "a:1"], {}, "backend 'a:1': twice; give each its own name"),
        (["a:1"], {"hash": "jmp"}, "hash 'jmp': did you mean 'jump'? valid: rendez"),
        (["a:1"], {"shard_by": "nam"}, "shard_by 'nam': did you mean 'name'? valid: "),
        (
            ["a:1,weight=2"],
            {"hash": "jump"},
            "weight 2: jump has no weights; valid: none",
        ),
        (
            ["a:1,weight=2.5"],
            {"hash": "ketama"},
            "ketama has whole weights; valid: a whole number from 1 to 10000",
        ),
        (["a:1"], {"hash_prefix": "x"}, "hash_prefix 'x': rendezvous has none"),
        (["a:1"], {"shard_map": ["a:1"]}, "shard_map: rendezvous has none"),
        (
            ["a:1"],
            {"hash": "murmur3", "shard_map": ["b:1"]},
            "shard_map 'b:1': did you mean 'a:1'? valid: a:1",
        ),
    ],
)
def test_what_is_wrong_is_named(
    backends: list[str],
    options: dict[str, Any],  # Any: arguments of Ring
    fault: str,
) -> None:
    """A ring that cannot be is refused, and what would be valid is said."""
    with pytest.raises(SettingsError) as refused:
        Ring(backends, **options)
    assert fault in str(refused.value)


@pytest.mark.parametrize(
    "member",
    [Member("", "a"), Member("a b", "a"), Member("a\n", "a"), Member("a", "a", 0.0)],
)
def test_a_backend_that_cannot_be_is_refused(member: Member) -> None:
    """Names without blanks and weights above 0, from wherever a backend comes."""
    with pytest.raises(SettingsError):
        Ring([member])


def test_a_name_that_is_not_there_cannot_be_out() -> None:
    """Whoever takes out an unknown backend is told which there are."""
    with pytest.raises(SettingsError, match="'on': did you mean 'one'"):
        Ring(BACKENDS).without(["on"])


def test_all_faults_are_told_at_once() -> None:
    """Each fault is a line of the error."""
    with pytest.raises(SettingsError) as refused:
        Ring(["a:1,weight=2", "a:1"], "sdbm", "nme", hash_prefix="x")
    assert len(str(refused.value).splitlines()) == 4


def test_the_example_of_the_docstring_holds() -> None:
    """What the module shows is what Python answers."""
    found = doctest.testmod(ring_module)
    assert (found.failed, found.attempted) == (0, 2)


def test_names_are_made_once() -> None:
    """With many backends too, a look-up does not list their names again."""
    ring = Ring(BACKENDS)
    assert ring.names is ring.names is ring.without(["one"]).names


def test_a_ring_shows_what_it_is() -> None:
    """The repr names hash, key, number of backends and the live id."""
    ring = Ring(BACKENDS)
    shown = f"<Ring rendezvous by name, 3 backends, live_id {ring.live_id}>"
    assert shown == repr(ring)


def test_a_package_has_no_other_names() -> None:
    """What the package does not export is no attribute of it."""
    assert statshard.__all__ == ["Ring"]
    with pytest.raises(AttributeError, match="'statshard' has no attribute 'Rng'"):
        statshard.Rng  # type: ignore[attr-defined]  # noqa: B018 -- it must not be


def test_a_ring_takes_no_new_attributes() -> None:
    """Nothing of a ring can be set."""
    ring = Ring(BACKENDS)
    for name in ("hash", "names", "anything"):
        with pytest.raises(AttributeError):
            setattr(ring, name, 1)
