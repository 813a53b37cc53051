"""The prefixes that many names have in common: the plain twin.

    prefixes_of(b"api.users.u12.x")
        -> [b"api.users.u", b"api.", b"api.users.", b"api.users.u12."]

Rules: before the first digit, or all; through the first, second and third dot, None for
a dot that is not there; the first 106 bytes of a name are looked at.
"""

import re

from tests.model.hitters import CUT, Hitters

LEVELS = 4
ROOM = 64


def prefixes_of(name: bytes) -> list[bytes | None]:
    """Return the prefix of each level."""
    name = name[:CUT]
    stem = re.split(rb"[0-9]", name, maxsplit=1)[0]
    pieces = [*re.findall(rb"[^.]*\.", name), None, None, None][: LEVELS - 1]
    dotted: list[bytes | None] = []
    so_far = b""
    for piece in pieces:
        so_far += piece or b""
        dotted.append(so_far if piece else None)
    return [stem, *dotted]


class Offenders:
    """What was noted."""

    def __init__(self, room: int = ROOM) -> None:
        self.levels = [Hitters(room) for _ in range(LEVELS)]

    def note(self, name: bytes, weight: int) -> None:
        """Add to the weight of each prefix of a name."""
        for level, prefix in zip(self.levels, prefixes_of(name), strict=True):
            if prefix is not None:
                level.add(prefix, weight)

    def merge(self, others: "Offenders") -> None:
        """Add what others came to."""
        for level, other in zip(self.levels, others.levels, strict=True):
            level.merge(other)

    def counted(self) -> list[list[tuple[bytes, int, int]]]:
        """Return what is counted of each level."""
        return [level.counted() for level in self.levels]
