# collector: the handle of a worker that collects, typed; what it means stands in
# collector.pyx.
from collections.abc import Sequence
from typing import Self

from typing_extensions import disjoint_base

from statshard.plane.counters import LISTENER_FIELDS as LISTENER_FIELDS
from statshard.plane.intake import AGGREGATED_TABLE as AGGREGATED_TABLE
from statshard.plane.intake import DROP_TABLE as DROP_TABLE
from statshard.plane.interval import Interval, KnownSeries

@disjoint_base
class Collector:
    def __new__(
        cls,
        interval: Interval,
        listeners: Sequence[int],
        wake: int,
        *,
        compat: str,
        sanitizes: bool,
        keeps_raw: bool,
        hash_key: bytes,
        max_delay_ns: int,
        receive_buffer_bytes: int,
    ) -> Self: ...
    def run(self) -> None: ...
    def stop(self, stop_by_ns: int) -> None: ...
    def swap(self, interval: Interval) -> Interval: ...
    def recognise(self, known: KnownSeries) -> None: ...
    def has_swapped(self) -> bool: ...
    def beats(self) -> int: ...
    def counters(
        self,
    ) -> tuple[int, dict[str, int], dict[str, int], list[dict[str, int]]]: ...
