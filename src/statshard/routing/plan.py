"""Plan: what moves when one placement takes another's place. Pure.

    for each slot, name or line:   its backend before  ->  its backend after
    counted in                     a Flow: (before, after) -> how many

Two rings of rendezvous by the same key differ in slots, so these are counted: exact,
for keys that are spread evenly. All else is counted over lines (lines.py), each placed
by both tables, so the figure is what the two proxies do with these lines. Backends are
the same where their names are. Must not know: files, how it is shown.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from statshard.routing.configured import Configured
from statshard.routing.lines import generate, read_given
from statshard.routing.placement import Placement, is_refused

CHUNK = 8192  # lines placed at a time

Name = str | None  # of a backend; None: nobody is live
Flow = Mapping[tuple[Name, Name], int]  # (before, after) -> how many

# How a plan was counted -> what is counted
COUNTED = {
    "slots": "slots",
    "generated": "names",
    "names": "names",
    "lines": "lines",
}


@dataclass(frozen=True, slots=True)
class BackendPlan:
    """One backend, before and after, in what the plan counts."""

    name: str
    before: int | None  # None: not in the ring
    after: int | None
    came: int
    went: int


@dataclass(frozen=True, slots=True)
class Move:
    """What goes from one backend to another; None: nobody is live."""

    source: Name
    target: Name
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What moves from one ring to another."""

    basis: str  # slots, generated, names or lines
    total: int  # of what is counted: slots, names or lines
    moved: int
    keys: int  # different keys among them; of slots, the slots
    keys_moved: int
    refused: int  # lines that are not carried, and not in `total`
    evenness_before: float  # the busiest backend / its fair share; 0: nothing counted
    evenness_after: float
    moved_between_stayers: int  # of `moved`: its backend before stays, and has others
    backends: tuple[BackendPlan, ...]  # in order: those of the old ring, then the new
    moves: tuple[Move, ...]  # the largest first
    hashes: tuple[str, str]  # before and after
    live_ids: tuple[str, str]

    @property
    def counted(self) -> str:
        """What `total` counts: slots, names or lines."""
        return COUNTED[self.basis]

    @property
    def share(self) -> float:
        """The share that moves, 0 to 1."""
        return self.moved / self.total if self.total else 0.0

    @property
    def keys_share(self) -> float:
        """The share of different keys that move, 0 to 1."""
        return self.keys_moved / self.keys if self.keys else 0.0


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted."""

    lines: Flow
    keys: Flow
    refused: int


def make_plan(
    old: Placement, new: Placement, given: Iterable[bytes] | None = None
) -> Plan:
    """Return the plan from one placement to another, over names or lines if given."""
    basis, count = _count(old, new, given)
    flow, keys = count.lines, count.keys
    moves = [Move(*pair, many) for pair, many in flow.items() if pair[0] != pair[1]]
    moves.sort(key=lambda move: (-move.count, str(move.source), str(move.target)))
    stayers = set(old.live) & set(new.live)
    return Plan(
        basis=basis,
        total=sum(flow.values()),
        moved=sum(move.count for move in moves),
        keys=sum(keys.values()),
        keys_moved=sum(many for pair, many in keys.items() if pair[0] != pair[1]),
        refused=count.refused,
        evenness_before=_evenness(old, _sums(flow, 0)),
        evenness_after=_evenness(new, _sums(flow, 1)),
        moved_between_stayers=sum(
            move.count for move in moves if {move.source, move.target} <= stayers
        ),
        backends=tuple(_list_backends(old, new, flow)),
        moves=tuple(moves),
        hashes=(old.ring.hash, new.ring.hash),
        live_ids=(old.live_id, new.live_id),
    )


def evenness(counts: Sequence[int], weights: Sequence[float]) -> float:
    """Return the busiest one's count over its fair share, 1 at best; 0 for nothing.

    With equal weights it is max / mean.
    """
    total, weighed = sum(counts), sum(weights)
    pairs = zip(counts, weights, strict=True)
    fair = [(count, total * weight / weighed) for count, weight in pairs if weight > 0]
    return max((count / share for count, share in fair), default=0.0) if total else 0.0


def _count(
    old: Placement, new: Placement, given: Iterable[bytes] | None
) -> tuple[str, Count]:
    """Return how it was counted, and the counts."""
    if given is not None:
        basis, lines = read_given(given)
        return basis, count_lines(old, new, lines)
    is_by_slots = _are_rendezvous(old.ring, new.ring)
    if is_by_slots and old.live and new.live:
        flow = count_slots(old, new)
        return "slots", Count(flow, flow, 0)
    return "generated", count_lines(old, new, generate())


def _are_rendezvous(old: Configured, new: Configured) -> bool:
    """Tell whether a key has the same slot in both, so that owners can be compared."""
    return old.hash == new.hash == "rendezvous" and old.shard_by == new.shard_by


def count_slots(old: Placement, new: Placement) -> Flow:
    """Return the flow of all slots between two rings of rendezvous."""
    befores, afters = _slot_owners(old), _slot_owners(new)
    return _named(Counter(zip(befores, afters, strict=True)), old, new)


def count_lines(old: Placement, new: Placement, lines: Iterable[bytes]) -> Count:
    """Return the flow of lines, and that of their different keys.

    Two lines are of one key where both rings take them so.
    """
    flow: Counter[tuple[int, int]] = Counter()
    keys: Counter[tuple[int, int]] = Counter()
    seen: set[tuple[bytes, ...]] = set()
    refused = 0
    tables = (
        [old.table]
        if old.ring.shard_by == new.ring.shard_by
        else [old.table, new.table]
    )
    for chunk in _chunks(lines):
        pairs = zip(old.table.pick_many(chunk), new.table.pick_many(chunk), strict=True)
        for line, pair in zip(chunk, pairs, strict=True):
            if min(pair) < 0 and is_refused(line):
                refused += 1
                continue
            flow[pair] += 1
            key = tuple(table.key(line) for table in tables)
            if key not in seen:
                seen.add(key)
                keys[pair] += 1
    return Count(_named(flow, old, new), _named(keys, old, new), refused)


def _chunks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines, many at a time."""
    waiting = iter(lines)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk


def _slot_owners(placement: Placement) -> memoryview:
    """Return the index of each slot's owner."""
    # The table's numbers are little-endian, and so is every machine that it runs on.
    return memoryview(placement.table.owners()).cast("H")


def _named(flow: Mapping[tuple[int, int], int], old: Placement, new: Placement) -> Flow:
    """Return a flow by names; it was by indices, -1 for nobody."""
    befores, afters = [*old.names, None], [*new.names, None]
    return {
        (befores[before], afters[after]): many for (before, after), many in flow.items()
    }


def _sums(flow: Flow, side: int) -> Counter[Name]:
    """Return how many each backend has, before (0) or after (1)."""
    sums: Counter[Name] = Counter()
    for pair, many in flow.items():
        sums[pair[side]] += many
    return sums


def _evenness(placement: Placement, sums: Mapping[Name, int]) -> float:
    """Return how even the live backends are, by their weights or map entries."""
    entries = Counter(placement.ring.shard_map)
    weights = {
        backend.name: float(entries[backend.name]) if entries else backend.weight
        for backend in placement.ring.backends
    }
    live = placement.live
    return evenness([sums[name] for name in live], [weights[name] for name in live])


def _list_backends(old: Placement, new: Placement, flow: Flow) -> Iterator[BackendPlan]:
    """Yield each backend of either ring."""
    befores, afters = _sums(flow, 0), _sums(flow, 1)
    olds, news = dict.fromkeys(old.names), dict.fromkeys(new.names)
    for name in olds | news:
        stays = flow.get((name, name), 0)
        yield BackendPlan(
            name,
            befores[name] if name in olds else None,
            afters[name] if name in news else None,
            came=afters[name] - stays,
            went=befores[name] - stays,
        )
