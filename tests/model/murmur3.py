"""MurmurHash3 modulo the shard map, as the statsrelays of lyft and uber place lines.

    shard   = MurmurHash3_x86_32(key, seed 0xaccd3d34) mod (entries of the shard map)

Rules: unsigned 32-bit arithmetic wraps; blocks and tail are little-endian.

Sources: Austin Appleby, MurmurHash3.cpp (github.com/aappleby/smhasher), x86_32; the
seed is lyft/statsrelay's. tests/vectors/sharding.json pins it.
"""

SEED = 0xACCD3D34

_U32 = 2**32 - 1
_C1 = 0xCC9E2D51
_C2 = 0x1B873593


def murmur3_32(key: bytes, seed: int = SEED) -> int:
    """Hash bytes to an unsigned 32-bit number."""
    value = seed
    whole = len(key) // 4 * 4
    for start in range(0, whole, 4):
        value ^= _scramble(int.from_bytes(key[start : start + 4], "little"))
        value = (_rotate_left(value, 13) * 5 + 0xE6546B64) & _U32
    value ^= _scramble(int.from_bytes(key[whole:], "little"))
    return _avalanche(value ^ len(key) & _U32)


def _scramble(block: int) -> int:
    """Mix one block, or the tail; an empty tail is 0 and stays 0."""
    return _rotate_left(block * _C1 & _U32, 15) * _C2 & _U32


def _avalanche(value: int) -> int:
    """Let every bit reach every other."""
    value = (value ^ value >> 16) * 0x85EBCA6B & _U32
    value = (value ^ value >> 13) * 0xC2B2AE35 & _U32
    return value ^ value >> 16


def _rotate_left(value: int, bits: int) -> int:
    """Turn a 32-bit number by ``bits`` to the left."""
    return (value << bits | value >> (32 - bits)) & _U32
