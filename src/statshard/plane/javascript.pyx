"""JavaScript's spaces and numbers, for what etsy's server makes of a line.

    trim()     TAB LF VT FF CR SP, and in UTF-8 U+00A0, U+1680, U+2000 to U+200A,
               U+2028, U+2029, U+202F, U+205F, U+3000, U+FEFF
    Number()   the trimmed text as a decimal; 0x, 0b, 0o and digits, without a sign;
               [+-] Infinity; 0 where nothing is left; else NaN

Source: ECMA-262, WhiteSpace, LineTerminator and StringToNumber. Bytes that are not
UTF-8 are neither space nor digit, which is what node's decoder makes of them. Must not
know: lines, memory.
"""
from libc.math cimport INFINITY, ldexp
from libc.stdint cimport uint64_t
from libc.string cimport memcmp

from statshard.plane.key cimport Span
from statshard.plane.number cimport take_decimal

cdef enum:
    NO_DIGIT = 255
    MANTISSA_FULL = 60        # bits: a hexadecimal digit more still fits 64


cdef size_t space_size(
    const unsigned char *at, const unsigned char *end
) noexcept nogil:
    """Return how many bytes the space has that begins at `at`; 0 where none does."""
    if at >= end:
        return 0
    if at[0] < 0x80:
        return at[0] == c' ' or <unsigned char> (at[0] - 9) < 5
    if end - at >= 2 and at[0] == 0xC2 and at[1] == 0xA0:
        return 2
    return 3 if end - at >= 3 and is_wide_space(at) else 0


cdef bint is_wide_space(const unsigned char *at) noexcept nogil:
    """Tell whether three bytes are one of the spaces that have three."""
    cdef unsigned int rest = (<unsigned int> at[1] << 8) | at[2]
    if at[0] == 0xE2:
        return (
            0x8080 <= rest <= 0x808A
            or rest == 0x80A8 or rest == 0x80A9 or rest == 0x80AF or rest == 0x819F
        )
    return (
        (at[0] == 0xE1 and rest == 0x9A80)
        or (at[0] == 0xE3 and rest == 0x8080)
        or (at[0] == 0xEF and rest == 0xBBBF)
    )


cdef Span trimmed(const unsigned char *start, const unsigned char *end) noexcept nogil:
    """Return [start, end) without the spaces at both ends."""
    cdef size_t size = space_size(start, end)
    while size > 0:
        start += size
        size = space_size(start, end)
    size = last_space_size(start, end)
    while size > 0:
        end -= size
        size = last_space_size(start, end)
    return Span(start, end)


cdef size_t last_space_size(
    const unsigned char *start, const unsigned char *end
) noexcept nogil:
    """Return how many bytes the space has that ends at `end`; 0 where none does."""
    cdef size_t size
    for size in range(1, 4):
        if <size_t> (end - start) < size:
            return 0
        if space_size(end - size, end) == size:
            return size
    return 0


cdef bint read_number(
    const unsigned char *start, const unsigned char *end, double *value
) noexcept nogil:
    """Read [start, end) as Number() does; False where that is NaN."""
    cdef Span text = trimmed(start, end)
    cdef const unsigned char *at = text.start
    cdef int bits
    value[0] = 0.0
    if at == text.end:
        return True
    if take_decimal(&at, text.end, value) and at == text.end:
        return True
    bits = radix_bits(&text)
    if bits > 0:
        return read_whole(text.start + 2, text.end, bits, value)
    return read_infinity(text, value)


cdef bint read_infinity(Span text, double *value) noexcept nogil:
    """Read `Infinity` with or without a sign."""
    cdef bint is_negative = text.start[0] == c'-'
    if is_negative or text.start[0] == c'+':
        text.start += 1
    value[0] = -INFINITY if is_negative else INFINITY
    return text.end - text.start == 8 and memcmp(text.start, b"Infinity", 8) == 0


cdef int radix_bits(const Span *text) noexcept nogil:
    """Return how many bits a digit has behind 0x, 0o or 0b; 0 without one of them."""
    if text.end - text.start < 3 or text.start[0] != c'0':
        return 0
    if text.start[1] | 0x20 == c'x':
        return 4
    if text.start[1] | 0x20 == c'o':
        return 3
    return 1 if text.start[1] | 0x20 == c'b' else 0


cdef bint read_whole(
    const unsigned char *at, const unsigned char *end, int bits, double *value
) noexcept nogil:
    """Read digits of so many bits; False where one is none.

    60 bits or more are kept, and whether any bit behind them is set, so that the one
    rounding, to 53, is right.
    """
    cdef uint64_t mantissa = 0
    cdef int shift = 0
    cdef bint is_more = False
    cdef unsigned int digit
    while at < end:
        digit = digit_of(at[0])
        if digit >> bits != 0:
            return False
        if mantissa >> MANTISSA_FULL == 0:
            mantissa = mantissa << bits | digit
        else:
            is_more |= digit != 0
            shift += bits
        at += 1
    value[0] = ldexp(<double> (mantissa | is_more), shift)
    return True


cdef unsigned int digit_of(unsigned char byte) noexcept nogil:
    """Return what a hexadecimal digit says, or NO_DIGIT."""
    if c'0' <= byte <= c'9':
        return byte - c'0'
    byte |= 0x20
    return byte - c'a' + 10 if c'a' <= byte <= c'f' else NO_DIGIT
