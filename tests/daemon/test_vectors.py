"""Vectors: a real proxy puts every key where the program that it stands in for does.

One process for each kind of ring that the vectors have, all its keys at once (every
ring is held in tests/unit). A backend's name and node are what the vectors call it.
Source: tests/vectors/sharding.json.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from statshard import Ring
from tests.model.line import refusal
from tests.support.proxy import Proxy
from tests.support.receivers import Receivers
from tests.support.senders import open_senders, send_closed_loop

# Any: rows of a JSON file, of a shape for each section.
VECTORS: dict[str, Any] = json.loads(
    Path(__file__)
    .parents[1]
    .joinpath("vectors", "sharding.json")
    .read_text(encoding="utf-8")
)
HIT9 = [f"127.0.0.1:{8126 + index}" for index in range(3)]
LIBKETAMA = [f"0.0.0.{index}" for index in range(1, 6)]

Place = str | int  # of a key: its backend's name, or position


@dataclass(frozen=True)
class Row:
    """A ring, and where the vectors put its lines."""

    hash: str
    names: Sequence[str]
    places: Mapping[str, Place]  # by line
    weights: Sequence[float] = ()
    options: Mapping[str, Any] = field(default_factory=dict)  # Any: as Ring takes them

    @property
    def expected(self) -> dict[bytes, str]:
        """The name of the backend of each line that a proxy carries."""
        return {
            line.encode(): place if isinstance(place, str) else self.names[place]
            for line, place in self.places.items()
            if refusal(line.encode()) is None
        }

    @property
    def flags(self) -> list[str]:
        """The flags of what is not said of a backend."""
        flags = ["--hash", self.hash]
        for key, value in self.options.items():
            for each in [value] if isinstance(value, str) else value:
                flags += [f"--{key.replace('_', '-')}", each]
        return flags


def lines_of(places: Mapping[str, Place]) -> dict[str, Place]:
    """Return a line of each key, at the key's place."""
    return {f"{key}:1|c": place for key, place in places.items()}


def shards(section: str, count: int, shard: str = "shard") -> dict[str, Place]:
    """Return a line of each key of a section, at its position of so many."""
    return lines_of({row["key"]: row[shard][str(count)] for row in VECTORS[section]})


def numbered(count: int) -> list[str]:
    """Return so many names, where the position decides."""
    return [f"shard-{index}" for index in range(count)]


def list_rendezvous() -> Iterator[Row]:
    """Yield the rings of rendezvous; the vectors hash whole keys, commas and all."""
    for each in (VECTORS["rendezvous"][name] for name in ("three", "weights")):
        names = [backend["name"] for backend in each["backends"]]
        weights = [backend["weight"] for backend in each["backends"]]
        places = {key: found["backend"] for key, found in each["keys"].items()}
        options = {"shard_by": "raw"}
        yield Row("rendezvous", names, lines_of(places), weights, options)


def list_by_position() -> Iterator[Row]:
    """Yield the rings in which the position decides, and their options."""
    lines = {row["line"]: row["shard"]["3"] for row in VECTORS["djb2"]}
    yield Row("djb2", numbered(3), lines)
    yield Row("jump", numbered(10), shards("jump", 10))
    prefixed = shards("jump", 10, "prefixed_shard")
    yield Row("jump", numbered(10), prefixed, options={"hash_prefix": "prod"})
    yield Row("murmur3", numbered(6), shards("murmur3", 6))
    entries = [f"shard-{entry % 3}" for entry in range(6)]
    by_entry = {line: entries[int(at)] for line, at in shards("murmur3", 6).items()}
    yield Row("murmur3", numbered(3), by_entry, options={"shard_map": entries})
    picks = {row["key"]: row["pick"]["111"] for row in VECTORS["sdbm"]}
    yield Row("sdbm", numbered(3), lines_of(picks))


def list_rings_of_points() -> Iterator[Row]:
    """Yield the rings in which the nodes decide."""
    for each in (VECTORS["etsy"][name] for name in ("ex3", "seven")):
        yield Row("etsy", each["nodes"], lines_of(each["keys"]))
    hit9, rj = VECTORS["ketama"], VECTORS["libketama"]
    yield Row("ketama", HIT9, lines_of(hit9["hit9_8126_8128"]))
    yield Row("ketama", HIT9, lines_of(hit9["hit9_weights_1_2_4"]), (1, 2, 4))
    places = lines_of(rj["libketama_0_0_0_1to5_weights_1to5"])
    yield Row("libketama", LIBKETAMA, places, (1, 2, 3, 4, 5))


ROWS = [*list_rendezvous(), *list_by_position(), *list_rings_of_points()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.hash}-{len(row.names)}")
def test_a_key_is_where_its_vector_says(row: Row) -> None:
    """Each line is at its own backend, and the log has the id of the Python ring."""
    expected = row.expected
    weights = row.weights or [1] * len(row.names)
    with Receivers(len(row.names)) as receivers:
        backends = [
            f"{name}={each.address},weight={weight:g},node={name}"
            for name, each, weight in zip(
                row.names, receivers.each, weights, strict=True
            )
        ]
        words = [word for backend in backends for word in ("--backend", backend)]
        with Proxy(*words, *row.flags) as proxy, open_senders(proxy.address) as senders:
            lines = [(line, 1) for line in expected]
            send_closed_loop(senders, lines, lambda: receivers.lines)
        arrived = {
            line: name
            for name, each in zip(row.names, receivers.each, strict=True)
            for line in each.list_lines()
        }
    assert expected == arrived
    ring = Ring(backends, row.hash, **row.options)
    assert ring.ring_id == proxy.list_events("started")[0]["ring_id"]


def test_the_rows_are_those_of_the_vectors() -> None:
    """Each function has its rows; only lines that have no name are refused."""
    sections = set(VECTORS) - {"keys", "ring_id"}
    assert sections == {row.hash for row in ROWS}
    for row in ROWS:
        refused = {*row.places} - {line.decode() for line in row.expected}
        assert all(":" not in line or line[0] == ":" for line in refused)
        assert len(set(row.expected.values())) > 1
