"""sdbm with a walk over the live backends, as hulu/statsd-router places lines.

    h       = 0; for each byte c of the key, signed: h = (h << 6) + (h << 16) - h + c
    walk    draw one of N by h mod N; where it is out, it goes, and one of the N - 1
            that are left is drawn by the next h = (h * 7 + 5) / 3

Rules: unsigned 64-bit arithmetic wraps, also before the division; a byte above 127
counts as itself less 256 (a signed char).

Source: hulu/statsd-router, whose placement it reproduces; tests/vectors/sharding.json
pins it.
"""

from collections.abc import Sequence

_U64 = 2**64 - 1


def sdbm_64(key: bytes) -> int:
    """Hash bytes to an unsigned 64-bit number."""
    value = 0
    for byte in key:
        char = byte - 256 if byte > 127 else byte
        value = ((value << 6) + (value << 16) - value + char) & _U64
    return value


def walk(value: int, alive: Sequence[bool]) -> int | None:
    """Give the backend of a hash, by its position; None where none is alive."""
    drawn = list(range(len(alive)))
    for left in range(len(alive), 0, -1):
        at = value % left
        if alive[drawn[at]]:
            return drawn[at]
        drawn[at], drawn[left - 1] = drawn[left - 1], drawn[at]
        value = ((value * 7 + 5) & _U64) // 3
    return None
