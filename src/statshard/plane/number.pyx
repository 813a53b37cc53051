"""Numbers: decimal text into the nearest double, whatever the locale.

    [+-] digits [. [digits]] [e [+-] digits]        or [+-] . digits [e ...]

    12.50e3   digits 1250, exponent 3 - 2   ->   1250 x 10^1

Digits that fit 2^53 and a power of ten up to 10^22 are both exact doubles, so one
multiplication or division rounds once, which is right (Clinger, "How to read floating
point numbers accurately", PLDI 1990). All else goes through the C library, which is
right to the last bit too, as a text without a decimal point; so long digits are cut:
no double needs more than 767 to be told from the middle between two, and one digit
more says whether anything followed.

What is beyond the range is infinite, which callers may refuse. Must not know: lines,
memory.
"""
from libc.stdint cimport int64_t, uint64_t

from statshard.plane.sys.locale cimport (
    LC_ALL_MASK,
    locale_t,
    newlocale,
    strtod_l,
)

cdef enum:
    EASY_DIGITS = 19              # as many always fit 64 bits
    EASY_POWER = 22               # 10^22 is the last power of ten that is a double
    HARD_DIGITS = 800
    HARD_BYTES = 816              # those, the digit for the rest, "e-99999", NUL
    EXPONENT_MAX = 99999          # beyond it, whatever the digits, 0 or infinite
    EASY_MANTISSA_BITS = 53

cdef double[EASY_POWER + 1] POWERS
fill_powers(POWERS)

cdef locale_t C_LOCALE = newlocale(LC_ALL_MASK, b"C", NULL)
if C_LOCALE == NULL:
    raise MemoryError


cdef bint take_decimal(
    const unsigned char **at, const unsigned char *end, double *value
) noexcept nogil:
    """Read the number that stands at `at` and move past it; False where none does.

    It is the longest: "1e5x" is left at the "x", "1ex" at the "e".
    """
    cdef const unsigned char *here = at[0]
    cdef const unsigned char *first
    cdef bint is_negative = here < end and here[0] == c'-'
    cdef uint64_t mantissa = 0
    cdef int64_t count, exponent = 0
    if here < end and (is_negative or here[0] == c'+'):
        here += 1
    first = here
    take_digits(&here, end, &mantissa)
    count = here - first
    if here < end and here[0] == c'.':
        here += 1
        exponent = -take_digits(&here, end, &mantissa)
        count -= exponent
    if count == 0:
        return False
    at[0] = here
    if here < end and here[0] | 0x20 == c'e':
        exponent += take_exponent(at, end)
    if (
        count <= EASY_DIGITS
        and mantissa <= (<uint64_t> 1) << EASY_MANTISSA_BITS
        and -EASY_POWER <= exponent <= EASY_POWER
    ):
        value[0] = scaled(<double> mantissa, exponent)
    else:
        value[0] = hard_decimal(first, here, exponent)
    if is_negative:
        value[0] = -value[0]
    return True


cdef inline int64_t take_digits(
    const unsigned char **at, const unsigned char *end, uint64_t *mantissa
) noexcept nogil:
    """Move past digits; return how many. What they say wraps at 2^64."""
    cdef const unsigned char *here = at[0]
    cdef uint64_t taken = mantissa[0]
    while here < end and <unsigned char> (here[0] - c'0') < 10:
        taken = taken * 10 + (here[0] - c'0')
        here += 1
    mantissa[0] = taken
    taken = here - at[0]
    at[0] = here
    return taken


cdef int64_t take_exponent(
    const unsigned char **at, const unsigned char *end
) noexcept nogil:
    """Move past `e` and a whole number, and return it; without one, stay and return 0.

    A number above 2^40 stays there, which no digits before it make up for.
    """
    cdef const unsigned char *here = at[0] + 1
    cdef bint is_negative = here < end and here[0] == c'-'
    cdef int64_t exponent = 0
    if here < end and (is_negative or here[0] == c'+'):
        here += 1
    if here == end or <unsigned char> (here[0] - c'0') > 9:
        return 0
    while here < end and <unsigned char> (here[0] - c'0') < 10:
        if exponent < (<int64_t> 1) << 40:
            exponent = exponent * 10 + (here[0] - c'0')
        here += 1
    at[0] = here
    return -exponent if is_negative else exponent


cdef inline double scaled(double mantissa, int64_t exponent) noexcept nogil:
    """Return mantissa x 10^exponent, rounded once; the exponent is an easy one."""
    if exponent < 0:
        return mantissa / POWERS[-exponent]
    return mantissa * POWERS[exponent]


cdef double hard_decimal(
    const unsigned char *at, const unsigned char *end, int64_t exponent
) noexcept nogil:
    """Return the digits of [at, end), a point among them or not, x 10^exponent."""
    cdef char text[HARD_BYTES]
    cdef size_t size = 0
    cdef bint is_more = False
    while at < end and (at[0] == c'0' or at[0] == c'.'):
        at += 1
    if at == end:
        return 0.0
    while at < end:
        if at[0] == c'.':
            pass
        elif size < HARD_DIGITS:
            text[size] = <char> at[0]
            size += 1
        else:
            is_more |= at[0] != c'0'
            exponent += 1
        at += 1
    if is_more:
        text[size] = c'1'
        size += 1
        exponent -= 1
    write_exponent(&text[size], exponent)
    return strtod_l(text, NULL, C_LOCALE)


cdef void fill_powers(double *powers) noexcept nogil:
    """Write 10^0, 10^1, ...; each product is exact."""
    cdef int power
    powers[0] = 1.0
    for power in range(EASY_POWER):
        powers[power + 1] = powers[power] * 10.0


cdef void write_exponent(char *out, int64_t exponent) noexcept nogil:
    """Write `e`, a sign, five digits, NUL."""
    cdef int64_t left = -exponent if exponent < 0 else exponent
    cdef int i
    if left > EXPONENT_MAX:
        left = EXPONENT_MAX
    out[0] = c'e'
    out[1] = c'-' if exponent < 0 else c'+'
    for i in range(6, 1, -1):
        out[i] = <char> (c'0' + left % 10)
        left //= 10
    out[7] = 0
