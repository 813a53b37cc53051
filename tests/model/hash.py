"""The two hashes of a key, in plain Python.

Rules: all arithmetic wraps at 64 bits. XXH64 is over bytes. djb2 is over code points:
``h = h * 33 + code_point`` from 5381, and a byte that is not part of valid UTF-8 counts
as its own value. ``café`` is therefore not what a byte-wise djb2 makes of it.

Sources: XXH64, github.com/Cyan4973/xxHash, doc/xxhash_spec.md; the step numbers below
are of that page. djb2, alanszlosek/rust-sharding-statsd-proxy, whose placement it
reproduces (bytes that are not UTF-8 end that program; the value of the byte is ours).
"""

_U64 = 2**64 - 1

_PRIME_1 = 0x9E3779B185EBCA87
_PRIME_2 = 0xC2B2AE3D27D4EB4F
_PRIME_3 = 0x165667B19E3779F9
_PRIME_4 = 0x85EBCA77C2B2AE63
_PRIME_5 = 0x27D4EB2F165667C5

_STRIPE_SIZE = 32
_FIRST_ESCAPED = 0xDC80
_LAST_ESCAPED = 0xDCFF


def xxh64(data: bytes, seed: int = 0) -> int:
    """Hash bytes to an unsigned 64-bit number by XXH64; the seed is one too."""
    if len(data) < _STRIPE_SIZE:
        accumulator = (seed + _PRIME_5) & _U64
    else:
        accumulator = _fold_stripes(data, seed)
    accumulator = (accumulator + len(data)) & _U64
    tail = data[len(data) // _STRIPE_SIZE * _STRIPE_SIZE :]
    return _avalanche(_fold_tail(accumulator, tail))


def djb2(key: bytes) -> int:
    """Hash the code points of a key to an unsigned 64-bit number."""
    value = 5381
    for character in key.decode("utf-8", "surrogateescape"):
        code_point = ord(character)
        if _FIRST_ESCAPED <= code_point <= _LAST_ESCAPED:
            code_point -= 0xDC00
        value = (value * 33 + code_point) & _U64
    return value


def _fold_stripes(data: bytes, seed: int) -> int:
    """Do steps 1 to 3: four lanes over the whole stripes, merged into one number."""
    lanes = [
        (seed + _PRIME_1 + _PRIME_2) & _U64,
        (seed + _PRIME_2) & _U64,
        seed,
        (seed - _PRIME_1) & _U64,
    ]
    for start in range(0, len(data) - _STRIPE_SIZE + 1, _STRIPE_SIZE):
        for number in range(4):
            word = _read_le(data[start + 8 * number : start + 8 * number + 8])
            lanes[number] = _round(lanes[number], word)
    accumulator = sum(map(_rotate_left, lanes, (1, 7, 12, 18))) & _U64
    for lane in lanes:
        accumulator ^= _round(0, lane)
        accumulator = (accumulator * _PRIME_1 + _PRIME_4) & _U64
    return accumulator


def _fold_tail(accumulator: int, tail: bytes) -> int:
    """Do step 5: the bytes after the last whole stripe, by eight, four and one."""
    while len(tail) >= 8:
        accumulator ^= _round(0, _read_le(tail[:8]))
        accumulator = (_rotate_left(accumulator, 27) * _PRIME_1 + _PRIME_4) & _U64
        tail = tail[8:]
    if len(tail) >= 4:
        accumulator ^= _read_le(tail[:4]) * _PRIME_1 & _U64
        accumulator = (_rotate_left(accumulator, 23) * _PRIME_2 + _PRIME_3) & _U64
        tail = tail[4:]
    for byte in tail:
        accumulator ^= byte * _PRIME_5 & _U64
        accumulator = _rotate_left(accumulator, 11) * _PRIME_1 & _U64
    return accumulator


def _avalanche(accumulator: int) -> int:
    """Do step 6: let every bit reach every other."""
    accumulator = (accumulator ^ accumulator >> 33) * _PRIME_2 & _U64
    accumulator = (accumulator ^ accumulator >> 29) * _PRIME_3 & _U64
    return accumulator ^ accumulator >> 32


def _round(lane: int, word: int) -> int:
    """Mix one word of eight bytes into a lane."""
    return _rotate_left((lane + word * _PRIME_2) & _U64, 31) * _PRIME_1 & _U64


def _rotate_left(value: int, bits: int) -> int:
    """Turn a 64-bit number by ``bits`` to the left."""
    return (value << bits | value >> (64 - bits)) & _U64


def _read_le(word: bytes) -> int:
    """Read a little-endian unsigned number."""
    return int.from_bytes(word, "little")
