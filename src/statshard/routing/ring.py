"""Ring: the public face of placement, `from statshard import Ring`.

The same compiled code decides here as in `statshard run`. A ring is immutable; what
changes it returns another one.

    >>> ring = Ring(["one=10.0.0.1:8125", "two=10.0.0.2:8125,weight=2"])
    >>> ring.pick("page.views:1|c")
    'one'

Must not know: sockets, settings files.
"""

from collections.abc import Collection, Iterable, Sequence

from statshard.errors import SettingsError
from statshard.routing.configured import Configured
from statshard.routing.explain import Explainer, Explanation
from statshard.routing.functions import own_key
from statshard.routing.placement import Placement, place
from statshard.routing.plan import Plan, make_plan
from statshard.routing.ring_id import RingMember
from statshard.settings.addresses import read_backend
from statshard.settings.reading import quoted

Text = bytes | str  # a str is taken as UTF-8


class Ring:
    """Which backend gets a line, by any of the shard functions.

    `backends` are texts as on the command line, [NAME=]HOST:PORT[,weight=W][,node=N],
    or objects with `name`, `node` and `weight`; their order counts where position
    decides (djb2, jump, murmur3, sdbm). `hash` and `shard_by` are those of the
    settings; without `shard_by`, the hash's own. `hash_prefix` is jump's, `shard_map`
    (names, any of them many times) murmur3's. Raises SettingsError naming every fault.
    """

    __slots__ = ("_placement",)

    def __init__(
        self,
        backends: Iterable[str | RingMember],
        hash: str = "rendezvous",  # noqa: A002 -- the setting's name
        shard_by: str | None = None,
        hash_prefix: str = "",
        shard_map: Sequence[str] | None = None,
    ) -> None:
        members = [_read(one) if isinstance(one, str) else one for one in backends]
        key = shard_by or own_key(hash)
        entries = tuple(shard_map or ())
        self._placement = place(
            Configured(hash, key, tuple(members), hash_prefix, entries)
        )

    @classmethod
    def of(cls, placement: Placement) -> "Ring":
        """Return the ring of a placement, as `statshard run` has it."""
        ring = cls.__new__(cls)
        ring._placement = placement  # noqa: SLF001 -- of this class
        return ring

    @property
    def hash(self) -> str:
        """The shard function."""
        return self._placement.ring.hash

    @property
    def shard_by(self) -> str:
        """Which part of a line is the key."""
        return self._placement.ring.shard_by

    @property
    def names(self) -> tuple[str, ...]:
        """The backends' names, in their order; those that are out too."""
        return self._placement.names

    @property
    def out(self) -> tuple[str, ...]:
        """The names of those that are out, sorted."""
        return tuple(sorted(self._placement.out, key=str.encode))

    @property
    def ring_id(self) -> str:
        """Sixteen hex digits, equal on every proxy with the same ring."""
        return self._placement.ring.ring_id

    @property
    def live_id(self) -> str:
        """The same of the ring and who is out; `ring_id`, where none is."""
        return self._placement.live_id

    def pick(self, line: Text) -> str | None:
        """Return the name of a line's backend.

        None for a line that the proxy refuses (no name before a colon, an event or
        check that is not well formed), and where all backends are out.
        """
        index = self._placement.table.pick(_encoded(line))
        return None if index < 0 else self._placement.names[index]

    def pick_many(self, lines: Iterable[Text]) -> list[str | None]:
        """Return for each line what `pick` does, at once and faster."""
        names: list[str | None] = [*self._placement.names, None]  # -1 is the last
        picked = self._placement.table.pick_many([_encoded(line) for line in lines])
        return [names[index] for index in picked]

    def without(self, names: Collection[str]) -> "Ring":
        """Return this ring with backends out, as a proxy has it that rehashes.

        It keeps the `ring_id`; the `live_id` is another. Raises SettingsError for a
        name that is none of the ring's.
        """
        listed = [names] if isinstance(names, str) else names
        return Ring.of(self._placement.without(listed))

    def plan(self, other: "Ring", keys: Iterable[Text] | None = None) -> Plan:
        """Return what moves when `other` takes this ring's place.

        `keys` are metric names (each counts once) or StatsD lines (each counts), told
        apart by the colon in the first; without them it is counted over the slots,
        where both rings are of rendezvous by the same key, or over generated names.
        """
        encoded = None if keys is None else map(_encoded, keys)
        return make_plan(
            self._placement,
            other._placement,  # noqa: SLF001 -- of this class
            encoded,
        )

    def explain(self, line: Text) -> Explanation:
        """Return how a line comes to its backend, and where else it could go.

        Raises ValueError for a line that is longer than a datagram can be.
        """
        return Explainer(self._placement).explain(_encoded(line))

    def __repr__(self) -> str:
        return (
            f"<Ring {self.hash} by {self.shard_by}, {len(self.names)} backends, "
            f"live_id {self.live_id}>"
        )


def _encoded(line: Text) -> bytes:
    """Return a line's bytes; a str that came of bytes gives the same bytes back."""
    return line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape")


def _read(text: str) -> RingMember:
    """Read a backend as it stands on a command line."""
    try:
        return read_backend(text)
    except ValueError as fault:
        raise SettingsError(f"backend {quoted(text)}: {fault}") from None
