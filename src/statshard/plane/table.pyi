# table: the handle of a routing table, typed; what it means stands in table.pyx.
from collections.abc import Sequence
from typing import Self

from typing_extensions import disjoint_base

@disjoint_base
class Table:
    def __new__(
        cls,
        hash_name: str,
        shard_by: str,
        backends: Sequence[tuple[bytes, float]],
        generation: int,
    ) -> Self: ...
    @property
    def generation(self) -> int: ...
