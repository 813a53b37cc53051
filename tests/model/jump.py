"""Jump consistent hashing over FNV-1a, as jjneely/statsrelay places lines.

    name    = the key, or hash_prefix "." key where a prefix is set
    h       = FNV-1a 64 of the name
    index   = Jump(h, number of backends)

Rules: unsigned 64-bit arithmetic wraps. The jump itself is in doubles: the quotient of
2^31 and the upper bits plus 1 is a double, and so is its product with b + 1, which is
then cut to a whole number.

Sources: jjneely/statsrelay (Go), whose placement it reproduces; Lamping and Veach, "A
fast, minimal memory, consistent hash algorithm" (2014); FNV-1a,
www.isthe.com/chongo/tech/comp/fnv. tests/vectors/sharding.json pins it.
"""

_U64 = 2**64 - 1
_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_STEP = 2862933555777941757


def prefixed(key: bytes, prefix: bytes = b"") -> bytes:
    """Give the name that is hashed: the key behind the prefix and a dot, if any."""
    return prefix + b"." + key if prefix else key


def fnv1a_64(name: bytes) -> int:
    """Hash bytes to an unsigned 64-bit number by FNV-1a."""
    value = _OFFSET
    for byte in name:
        value = ((value ^ byte) * _PRIME) & _U64
    return value


def jump(value: int, count: int) -> int:
    """Give the bucket of a hash among ``count``, 0 to ``count`` - 1."""
    bucket, ahead = -1, 0
    while ahead < count:
        bucket = ahead
        value = (value * _STEP + 1) & _U64
        ahead = int(float(bucket + 1) * (float(2**31) / float((value >> 33) + 1)))
    return bucket
