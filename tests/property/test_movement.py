"""What moves is the least, for every number that a key can hash to.

Not a sample of keys: a table is asked for all it can answer. The owner of a number is
    rendezvous           that of its slot: 65 536 are all
    ketama, libketama    the same from one point to the next: the points of both rings,
                         and a number behind the last, are all
    djb2, murmur3        that of its remainder: as many as there are positions
What jump and sdbm do with 64 bits is held key by key (test_placement).
"""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statshard.plane.plane import Table
from tests.model import live
from tests.property import ring_strategies
from tests.property.test_placement import table_of

SLOT_BITS = 48  # of a hash, below its slot
SLOW = settings(max_examples=25, deadline=None)
# hash -> backends at most; rendezvous, and where one is out what stands in for it,
# looks at each slot for each.
MOST = {"rendezvous": 40, "ketama": 200, "libketama": 200, "djb2": 40, "murmur3": 40}


def numbers_of(ring: live.Ring, *tables: Table) -> list[int]:
    """Return a number for each owner that any of the tables can tell apart."""
    if ring.hash_name == "rendezvous":
        return [slot << SLOT_BITS for slot in range(1 << 16)]
    if ring.hash_name in {"djb2", "murmur3"}:
        return list(range(len(ring.shard_map or ring.backends)))
    points = {value for table in tables for value, _ in table.points()}
    return [*points, (max(points, default=0) + 1) % (1 << 32)]


def owners_of(table: Table, numbers: Sequence[int]) -> list[int]:
    """Return the index of the owner of each number, -1 for none."""
    return [table.place(number) for number in numbers]


@pytest.mark.parametrize("hash_name", MOST)
@SLOW
@given(st.data())
def test_out_and_back_moves_only_its_own_numbers(
    hash_name: str, data: st.DataObject
) -> None:
    """Of every number: it moves only if its backend went, and comes back with it."""
    ring = data.draw(ring_strategies.rings(hash_name, MOST[hash_name]))
    gone = data.draw(ring_strategies.outs(len(ring.backends))) | ring.out
    table = table_of(ring, "raw")
    without = table.changed(ring.backends, 2, out=gone)
    back = without.changed(ring.backends, 3, out=ring.out)
    numbers = numbers_of(ring, table, without)
    before, after = owners_of(table, numbers), owners_of(without, numbers)
    assert set(after) & gone == set()
    stays = [pair for pair in zip(before, after, strict=True) if pair[0] not in gone]
    assert [pair for pair in stays if pair[0] != pair[1]] == []
    assert before == owners_of(back, numbers)


@pytest.mark.parametrize("hash_name", ["rendezvous", "ketama"])
@SLOW
@given(st.data())
def test_a_new_backend_gets_every_number_that_moves(
    hash_name: str, data: st.DataObject
) -> None:
    """Of every number: it stays, or goes to the one that was added at the end."""
    backends = data.draw(ring_strategies.backends(hash_name, MOST[hash_name]))
    more = (*backends, (b"new", b"new:1", data.draw(st.sampled_from([1.0, 3.0]))))
    ring = live.Ring(hash_name, more)
    table = Table(hash_name, "raw", backends)
    grown = table.changed(more, 2)
    numbers = numbers_of(ring, table, grown)
    pairs = set(zip(owners_of(table, numbers), owners_of(grown, numbers), strict=True))
    moved_to = {after for before, after in pairs if before != after}
    assert moved_to <= {len(backends)}  # of a very small weight nothing need move
