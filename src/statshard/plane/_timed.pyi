# _timed: how long look-ups take, typed.
from statshard.plane.table import Table

def lookup_ns(
    table: Table, lines: list[bytes], rounds: int
) -> tuple[list[float], int]: ...
