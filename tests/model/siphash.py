"""SipHash, in plain Python: a keyed hash for tables that strangers fill.

Rules: all arithmetic wraps at 64 bits; words are little-endian. ``rounds`` are those
of each word and those at the end: (1, 3) is what our tables take, (2, 4) what the
reference vectors are of.

Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012,
section 2; the names are those of the paper.
"""

_U64 = 2**64 - 1


def siphash(octets: bytes, key: bytes, rounds: tuple[int, int] = (1, 3)) -> int:
    """Hash bytes under a key of 16 bytes to an unsigned 64-bit number."""
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    state = [
        k0 ^ int.from_bytes(b"somepseu", "big"),
        k1 ^ int.from_bytes(b"dorandom", "big"),
        k0 ^ int.from_bytes(b"lygenera", "big"),
        k1 ^ int.from_bytes(b"tedbytes", "big"),
    ]
    padding = bytes(7 - len(octets) % 8)
    padded = octets + padding + bytes([len(octets) & 0xFF])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        state[3] ^= word
        _mix(state, rounds[0])
        state[0] ^= word
    state[2] ^= 0xFF
    _mix(state, rounds[1])
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _mix(v: list[int], rounds: int) -> None:
    """Do so many SipRounds."""
    for _ in range(rounds):
        v[0] = (v[0] + v[1]) & _U64
        v[1] = _rotate(v[1], 13) ^ v[0]
        v[0] = _rotate(v[0], 32)
        v[2] = (v[2] + v[3]) & _U64
        v[3] = _rotate(v[3], 16) ^ v[2]
        v[0] = (v[0] + v[3]) & _U64
        v[3] = _rotate(v[3], 21) ^ v[0]
        v[2] = (v[2] + v[1]) & _U64
        v[1] = _rotate(v[1], 17) ^ v[2]
        v[2] = _rotate(v[2], 32)


def _rotate(value: int, bits: int) -> int:
    """Rotate 64 bits to the left."""
    return (value << bits | value >> (64 - bits)) & _U64
