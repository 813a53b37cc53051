# interval: the handle of a worker's table, typed; what it means stands in interval.pyx.
from typing import Self

from typing_extensions import disjoint_base

@disjoint_base
class KnownSeries: ...

@disjoint_base
class Interval:
    def __new__(
        cls,
        limit_bytes: int,
        *,
        series_max: int = ...,
        timer_values_max: int = ...,
        set_members_max: int = ...,
    ) -> Self: ...
    def __len__(self) -> int: ...
    def raw(self) -> list[bytes]: ...
    def recognise(self, known: KnownSeries) -> None: ...
    def resident_bytes(self) -> int: ...
