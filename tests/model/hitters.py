"""The heaviest of many names in bounded room, Space-Saving: the plain twin.

add(name, weight) ...   merge(others)   counted() -> [(name, weight, over), ...]

Rules: a name that is counted gains; a new one takes a free place, else that of the
first of the lightest, whose weight it begins with and may be too much by. Of a merge
those that both count are added; one that only one counts may weigh in the other what is
the lightest there (nothing, where places are free); the heaviest of all are kept. The
first 106 bytes of a name count.
"""

from dataclasses import dataclass, field

CUT = 106


@dataclass
class Hitter:
    """A name that is counted."""

    name: bytes
    weight: int
    over: int


@dataclass
class Hitters:
    """A summary."""

    room: int
    total: int = 0
    places: list[Hitter] = field(default_factory=list)

    def add(self, name: bytes, weight: int) -> None:
        """Add to the weight of a name."""
        name = name[:CUT]
        self.total += weight
        found = self.find(name)
        if found:
            found.weight += weight
        elif len(self.places) < self.room:
            self.places.append(Hitter(name, weight, 0))
        else:
            lightest = self._lightest()
            lightest.name, lightest.over = name, lightest.weight
            lightest.weight += weight

    def merge(self, others: "Hitters") -> None:
        """Add what others came to."""
        floor, floor_of_others = self.floor(), others.floor()
        names = {each.name for each in self.places}
        for each in self.places:
            other = others.find(each.name)
            each.weight += other.weight if other else floor_of_others
            each.over += other.over if other else floor_of_others
        for other in others.places:
            if other.name in names:
                continue
            offered = Hitter(other.name, other.weight + floor, other.over + floor)
            if len(self.places) < self.room:
                self.places.append(offered)
                continue
            lightest = self._lightest()
            if lightest.weight < offered.weight:
                self.places[self.places.index(lightest)] = offered
        self.total += others.total

    def counted(self) -> list[tuple[bytes, int, int]]:
        """Return what is counted, place by place."""
        return [(each.name, each.weight, each.over) for each in self.places]

    def find(self, name: bytes) -> Hitter | None:
        """Return what is counted of a name."""
        return next((each for each in self.places if each.name == name), None)

    def floor(self) -> int:
        """Return what a name that is not counted may weigh."""
        if len(self.places) < self.room:
            return 0
        return self._lightest().weight

    def _lightest(self) -> Hitter:
        return min(self.places, key=lambda each: each.weight)
