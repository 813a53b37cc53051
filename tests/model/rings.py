"""The three rings of MD5 points: etsy's, ketama and libketama.

    md5 of      "node-0"  "node-1"  ...            node: bytes, as configured
    etsy        one point each, of bytes 0-3       n = floor(100 / total * 40 * N)
    ketama      four points each, of bytes 0-3,    n = 40 * weight
    libketama   4-7, 8-11 and 12-15                n = floorf(pct * 40 * N)

    points, sorted ascending       key value = bytes 0-3 of md5(key)
    ---o------o---------o----o---
          ^ value: its owner is that of the first point >= value; behind the last
            point, of the first

Rules: all numbers are little-endian and unsigned, 32 bits. Where two points are equal,
the backend that comes first in the configuration has it. A backend is its index.

- etsy: every weight is 100; the quotient and the products are doubles, from left to
  right, so n is 39 for some N (7, 14, 28, ...) and 40 for others.
- libketama: pct is the float (of 32 bits) nearest to the quotient of the floats of
  weight and total; the products are doubles, as C has them of the literal 40.0, and
  what is floored is the float nearest to them.

Sources: npm hashring 3.2.0 as statsd/statsd proxy.js calls it; hit9/statsd-proxy
(ketama.c); RJ/ketama (libketama/ketama.c). tests/vectors/sharding.json pins them.
"""

import hashlib
import math
import struct
from bisect import bisect_left
from collections.abc import Sequence

Point = tuple[int, int]  # (its value, the index of its backend)

_ETSY_WEIGHT = 100


def etsy(nodes: Sequence[bytes]) -> list[Point]:
    """Give the points of etsy's ring over nodes."""
    total = _ETSY_WEIGHT * len(nodes)
    each = math.floor(_ETSY_WEIGHT / total * 40 * len(nodes)) if nodes else 0
    return sorted(
        (digest_numbers(b"%b-%d" % (node, number))[0], index)
        for index, node in enumerate(nodes)
        for number in range(each)
    )


def ketama(backends: Sequence[tuple[bytes, int]]) -> list[Point]:
    """Give the points of hit9's ring over backends (node, weight)."""
    return _four_each([(node, 40 * weight) for node, weight in backends])


def libketama(backends: Sequence[tuple[bytes, int]]) -> list[Point]:
    """Give the points of RJ's ring over backends (node, weight)."""
    total = sum(weight for _, weight in backends)
    return _four_each(
        [
            (node, libketama_digests(weight, total, len(backends)))
            for node, weight in backends
        ]
    )


def libketama_digests(weight: int, total: int, count: int) -> int:
    """Give how many MD5s a backend has of RJ's ring; each is four points."""
    share = _float(_float(weight) / _float(total))
    return math.floor(_float(share * 40.0 * count))


def owner(points: Sequence[Point], value: int) -> int | None:
    """Give the backend of a key's value; None where there is no point."""
    if not points:
        return None
    at = bisect_left(points, (value, -1))
    return points[at % len(points)][1]


def key_value(key: bytes) -> int:
    """Give the place of a key on a ring."""
    return digest_numbers(key)[0]


def digest_numbers(text: bytes) -> tuple[int, int, int, int]:
    """Give the four numbers of an MD5."""
    digest = hashlib.md5(text, usedforsecurity=False).digest()
    first, second, third, fourth = struct.unpack("<4I", digest)
    return first, second, third, fourth


def _four_each(digests: Sequence[tuple[bytes, int]]) -> list[Point]:
    """Give four points for each of a node's digests (node, how many)."""
    return sorted(
        (value, index)
        for index, (node, count) in enumerate(digests)
        for number in range(count)
        for value in digest_numbers(b"%b-%d" % (node, number))
    )


def _float(number: float) -> float:
    """Round to the nearest float of 32 bits."""
    (rounded,) = struct.unpack("<f", struct.pack("<f", number))
    return float(rounded)
