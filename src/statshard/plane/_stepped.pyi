# _stepped: a link and a worker on the scripted kernel, for tests, typed.
from typing import Self

from typing_extensions import disjoint_base

from statshard.plane._scripted import Scripted
from statshard.plane.counters import REASONS_TABLE as REASONS_TABLE
from statshard.plane.plane import Table

@disjoint_base
class ScriptedLink(Scripted):
    def __new__(
        cls,
        *,
        max_payload: int = ...,
        queue_bytes: int = ...,
        queue_age_ns: int = ...,
        is_ipv6: bool = ...,
    ) -> Self: ...
    def forward(self, line: bytes, now_ns: int) -> None: ...
    def flush(self, now_ns: int) -> None: ...
    def abandon(self) -> None: ...
    def counts(self) -> tuple[dict[str, int], dict[str, int]]: ...
    def waiting(self) -> list[bytes]: ...
    def waiting_bytes(self) -> tuple[int, bool]: ...

@disjoint_base
class ScriptedWorker(Scripted):
    def __new__(
        cls,
        table: Table,
        backends: int,
        *,
        max_payload: int = ...,
        queue_bytes: int = ...,
        datagram_max: int = ...,
    ) -> Self: ...
    def give(self, datagrams: list[bytes]) -> None: ...
    def adopt(self, table: Table) -> None: ...
    def read(self) -> bool: ...
    def flush(self) -> None: ...
    def closes(self) -> bool: ...
    def end(self) -> None: ...
    def counts(
        self,
    ) -> tuple[
        dict[str, int],
        dict[str, int],
        list[tuple[dict[str, int], dict[str, int]]],
    ]: ...
