"""Explain: how a line comes to its backend, step by step. Pure.

    line -> key -> hash -> slot, point or position -> backend
                                                      elsewhere, were that one out

Must not know: how it is shown.
"""

from dataclasses import dataclass

from statshard.routing.placement import Placement, is_refused

# hash -> what its number finds first; the others find a position in the configuration
STEPS = {
    "rendezvous": "slot",
    "etsy": "point",
    "ketama": "point",
    "libketama": "point",
}
HASH_NAMES = {
    "rendezvous": "XXH64",
    "djb2": "djb2 over code points",
    "jump": "FNV-1a 64",
    "etsy": "MD5, first 4 bytes",
    "murmur3": "MurmurHash3 32",
    "ketama": "MD5, first 4 bytes",
    "libketama": "MD5, first 4 bytes",
    "sdbm": "sdbm 64",
}
SLOTS = 65_536
LINE_MAX = 65_535  # bytes: no line is longer than a datagram
KEPT = 64  # rings with one backend out, each up to 128 KiB


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one line comes to its backend."""

    line: bytes
    key: bytes  # the bytes that are hashed
    hash: int
    hash_name: str
    step: str  # slot, point or position
    at: int  # its number, from 0
    of: int  # how many there are
    point: int | None  # the value of the point, where it is one
    backend: str | None  # None: refused, or nobody is live
    is_refused: bool
    elsewhere: str | None  # where it would go, were its backend out


class Explainer:
    """Explains lines of one placement; it keeps the rings with one backend out."""

    def __init__(self, placement: Placement) -> None:
        self._placement = placement
        self._names = placement.names
        self._points = self._list_points(placement)
        self._without: dict[str, Placement] = {}

    def explain(self, line: bytes) -> Explanation:
        """Return how a line comes to its backend; of a refused one, how it would.

        Raises ValueError for a line of more than LINE_MAX bytes, which has no key.
        """
        table = self._placement.table
        key, index = table.key(line), table.pick(line)
        number = table.hash(line)
        at = table.slot(number)
        step = STEPS.get(self._placement.ring.hash, "position")
        counts = {"slot": SLOTS, "point": len(self._points)}
        positions = len(self._placement.ring.shard_map or self._names)
        backend = self._names[index] if index >= 0 else None
        return Explanation(
            line=line,
            key=key,
            hash=number,
            hash_name=HASH_NAMES[self._placement.ring.hash],
            step=step,
            at=at,
            of=counts.get(step, positions),
            point=self._points[at][0] if step == "point" and self._points else None,
            backend=backend,
            is_refused=is_refused(line),
            elsewhere=backend and self._elsewhere(backend, line),
        )

    def _elsewhere(self, backend: str, line: bytes) -> str | None:
        """Return where a line would go, were its backend out."""
        if len(self._placement.live) == 1:
            return None
        if backend not in self._without:
            if len(self._without) == KEPT:
                self._without.clear()
            self._without[backend] = self._placement.without([backend])
        index = self._without[backend].table.pick(line)
        return self._names[index] if index >= 0 else None

    @staticmethod
    def _list_points(placement: Placement) -> list[tuple[int, int]]:
        """Return a ring's points, of another function none."""
        is_ring = STEPS.get(placement.ring.hash) == "point"
        return placement.table.points() if is_ring else []
