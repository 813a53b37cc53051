# plane: the face of the data plane, typed; what it means stands in plane.pyx.
from collections.abc import Sequence
from typing import Self

from typing_extensions import disjoint_base

from statshard.plane.counters import Counter, DropReason
from statshard.plane.table import Table as Table

COUNTERS: tuple[Counter, ...]
REASONS: tuple[DropReason, ...]

@disjoint_base
class Worker:
    def __new__(
        cls,
        table: Table,
        listeners: Sequence[int],
        links: Sequence[tuple[int, bool]],
        wake: int,
        *,
        max_payload: int,
        max_delay_ns: int,
        receive_buffer_bytes: int,
        queue_bytes: int,
        queue_age_ns: int,
    ) -> Self: ...
    def run(self) -> None: ...
    def publish(self, table: Table) -> None: ...
    def stop(self, stop_by_ns: int) -> None: ...
    def generation(self) -> int: ...
    def beats(self) -> int: ...
    def counters(
        self,
    ) -> tuple[
        dict[str, int],
        list[dict[str, int]],
        list[tuple[dict[str, int], dict[str, int]]],
    ]: ...
