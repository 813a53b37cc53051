"""The compiled table places lines as the plain twins do, and a plan tells what it does.

Rule: all functions, all keys, 1 to 200 backends, weights, anyone out.
"""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statshard.plane.plane import Table
from statshard.routing.configured import Configured
from statshard.routing.lines import generate
from statshard.routing.placement import Placement, place
from statshard.routing.plan import count_lines, count_slots, make_plan
from statshard.routing.ring_id import live_id
from tests.model import line as line_model
from tests.model import live
from tests.model import ring_id as ring_id_model
from tests.property import ring_strategies, strategies

SLOW = settings(max_examples=25, deadline=None)  # a twin of 200 backends is slow
LINES = list(generate(2000))

texts = st.lists(strategies.lines | strategies.octets, max_size=10)


class Member:
    """A backend as routing takes it."""

    def __init__(self, backend: live.Backend) -> None:
        name, node, self.weight = backend
        self.name, self.node = name.decode(), node.decode()


def table_of(ring: live.Ring, shard_by: str) -> Table:
    """Return the compiled table of a twin."""
    return Table(
        ring.hash_name,
        shard_by,
        ring.backends,
        hash_prefix=ring.hash_prefix,
        shard_map=ring.shard_map,
        out=ring.out,
    )


def placement_of(ring: live.Ring, shard_by: str = "name") -> Placement:
    """Return the placement of a twin."""
    members = [Member(backend) for backend in ring.backends]
    entries = [members[index].name for index in ring.shard_map]
    prefix = ring.hash_prefix.decode()
    configured = Configured(
        ring.hash_name, shard_by, tuple(members), prefix, tuple(entries)
    )
    whole = place(configured)
    return whole.without([members[index].name for index in ring.out])


def expected_of(ring: live.Ring, shard_by: str, line: bytes) -> int:
    """Return where the twins place a line; -1: nowhere."""
    if line_model.refusal(line) is not None:
        return -1
    index = live.pick(ring, live.line_key(shard_by, line))
    return -1 if index is None else index


@pytest.mark.parametrize("hash_name", live.HASHES)
@SLOW
@given(st.data())
def test_a_line_is_placed_as_by_the_twins(hash_name: str, data: st.DataObject) -> None:
    """Any line, by any function and key, has the twins' backend, whoever is out."""
    ring = data.draw(ring_strategies.rings(hash_name))
    shard_by = data.draw(ring_strategies.keys)
    lines = [line.replace(b"\n", b"|") for line in data.draw(texts)]
    lines += [b"page.%d.views:1|c|#k:%d" % (number, number) for number in range(20)]
    expected = [expected_of(ring, shard_by, line) for line in lines]
    table = table_of(ring, shard_by)
    assert expected == table.pick_many(lines)
    assert expected == [table.pick(line) for line in lines]


@pytest.mark.parametrize("shard_by", sorted(live.KEYS))
@given(
    strategies.lines | strategies.bracketed | strategies.events() | strategies.octets
)
def test_a_key_is_that_of_the_twins(shard_by: str, line: bytes) -> None:
    """Any line, carried or not, has the twins' key."""
    text = line.replace(b"\n", b"|").removesuffix(b"\r")
    table = Table("rendezvous", shard_by, [(b"a", b"a", 1.0)])
    assert live.line_key(shard_by, text) == table.key(text)


@pytest.mark.parametrize("hash_name", live.HASHES)
@given(key=strategies.names | strategies.octets, prefix=st.sampled_from([b"", b"p"]))
def test_a_hash_is_that_of_the_twins(hash_name: str, key: bytes, prefix: bytes) -> None:
    """Any key has the twins' hash."""
    line = key.translate(None, b":\n\r") + b":1|c"
    ring = live.Ring(hash_name, ((b"a", b"a", 1.0),))
    if hash_name == "jump":
        ring = live.Ring(hash_name, ring.backends, prefix)
    expected = live.hash_of(ring, live.line_key("raw", line))
    assert expected == table_of(ring, "raw").hash(line)


@pytest.mark.parametrize("hash_name", ["etsy", "ketama", "libketama"])
@SLOW
@given(st.data())
def test_points_are_those_of_the_twins(hash_name: str, data: st.DataObject) -> None:
    """A ring has the twins' points of its live backends, in order."""
    ring = data.draw(ring_strategies.rings(hash_name))
    assert live.points(ring) == table_of(ring, "raw").points()


@SLOW
@given(st.data())
def test_a_changed_table_is_the_one_built_at_once(data: st.DataObject) -> None:
    """Backends out and back, added, removed: what was before leaves no mark."""
    hash_name = data.draw(ring_strategies.hashes)
    table = Table(hash_name, "raw", [(b"first", b"first", 1.0)])
    for generation in range(2, 5):
        drawn = data.draw(ring_strategies.backends(hash_name, 8))
        ring = live.Ring(hash_name, drawn)
        ring = live.Ring(
            hash_name, drawn, out=data.draw(ring_strategies.outs(len(drawn)))
        )
        table = table.changed(ring.backends, generation, out=ring.out)
        assert generation == table.generation
        assert table_of(ring, "raw").pick_many(LINES) == table.pick_many(LINES)


@pytest.mark.parametrize("hash_name", live.HASHES)
@SLOW
@given(st.data())
def test_out_and_back_moves_only_its_own_keys(
    hash_name: str, data: st.DataObject
) -> None:
    """Of each key: it moves only if its backend went, and then to one that is live."""
    ring = data.draw(ring_strategies.rings(hash_name))
    gone = data.draw(ring_strategies.outs(len(ring.backends))) | ring.out
    table = table_of(ring, "name")
    without = table.changed(ring.backends, 2, out=gone)
    pairs = list(zip(table.pick_many(LINES), without.pick_many(LINES), strict=True))
    assert {after for _, after in pairs} & gone == set()
    if hash_name != "etsy":
        stayers = [pair for pair in pairs if pair[0] not in gone]
        assert [pair for pair in stayers if pair[0] != pair[1]] == []
    back = without.changed(ring.backends, 3, out=ring.out)
    assert [before for before, _ in pairs] == back.pick_many(LINES)


@pytest.mark.parametrize("hash_name", ["rendezvous", "jump", "ketama"])
@SLOW
@given(st.data())
def test_a_new_backend_gets_all_that_moves(hash_name: str, data: st.DataObject) -> None:
    """Of each key: it stays, or goes to the backend that was added at the end."""
    backends = data.draw(ring_strategies.backends(hash_name))
    fewer, new = backends[:-1] or backends, len(backends) - 1
    before = Table(hash_name, "name", fewer).pick_many(LINES)
    after = Table(hash_name, "name", backends).pick_many(LINES)
    moves = {now for then, now in zip(before, after, strict=True) if then != now}
    assert moves <= {new}


@pytest.mark.parametrize("hash_name", live.HASHES)
@SLOW
@given(st.data())
def test_a_plan_is_what_the_tables_do(hash_name: str, data: st.DataObject) -> None:
    """Of each key: the plan's figures are the sums of where both tables place it."""
    old = data.draw(ring_strategies.rings(hash_name))
    new_hash = data.draw(st.sampled_from([hash_name, *live.HASHES]))
    new = data.draw(ring_strategies.rings(new_hash))
    befores, afters = placement_of(old), placement_of(new, "series")
    flow: Counter[tuple[str | None, str | None]] = Counter()
    for line in LINES:
        pair = (befores.table.pick(line), afters.table.pick(line))
        flow[name_at(befores, pair[0]), name_at(afters, pair[1])] += 1
    made = make_plan(befores, afters, LINES)
    moves = {pair: many for pair, many in flow.items() if pair[0] != pair[1]}
    assert moves == {(m.source, m.target): m.count for m in made.moves}
    assert made.moved == sum(moves.values())
    assert made.total == made.keys == len(LINES)


@SLOW
@given(st.data())
def test_a_plan_over_slots_is_what_the_tables_do(data: st.DataObject) -> None:
    """Of each key: it goes from the owner before to the owner after of its slot."""
    rings = [data.draw(ring_strategies.rings("rendezvous", 12)) for _ in range(2)]
    old, new = map(placement_of, rings)
    if not (old.live and new.live):
        return
    by_slots = count_slots(old, new)
    assert sum(by_slots.values()) == 65_536
    by_lines = count_lines(old, new, LINES).lines
    assert set(by_lines) <= set(by_slots)
    owners = [memoryview(each.table.owners()).cast("H") for each in (old, new)]
    for line in LINES[:200]:
        slot = old.table.slot(old.table.hash(line))
        picked = [each.table.pick(line) for each in (old, new)]
        assert picked == [each[slot] for each in owners]


@given(st.data())
def test_ids_are_those_of_the_twins(data: st.DataObject) -> None:
    """Ring id and live id are digested as the model does it, of any ring."""
    ring = data.draw(data.draw(ring_strategies.hashes.map(rings_of)))
    shard_by = data.draw(ring_strategies.keys)
    placed = placement_of(ring, shard_by)
    parts = [(b.name, b.node, b.weight) for b in placed.ring.backends]
    entries = [parts[index] for index in ring.shard_map] or parts
    expected = ring_id_model.ring_id(
        ring.hash_name, shard_by, entries, ring.hash_prefix.decode()
    )
    assert expected == placed.ring.ring_id
    assert ring_id_model.live_id(expected, placed.out) == placed.live_id
    assert placed.live_id == live_id(expected, placed.out)


def rings_of(hash_name: str) -> st.SearchStrategy[live.Ring]:
    """Return small rings of a function."""
    return ring_strategies.rings(hash_name, 6)


def name_at(placement: Placement, index: int) -> str | None:
    """Return a backend's name; of -1, none."""
    return placement.names[index] if index >= 0 else None
