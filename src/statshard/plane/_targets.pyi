# _targets: the fuzz targets as libFuzzer calls them, typed.
from collections.abc import Callable

def find_fault(target: str, octets: bytes) -> str | None: ...
def fuzz(
    target: str,
    arguments: list[str],
    every: int,
    compare: Callable[[bytes], None],
) -> int: ...
