"""The text of a number as JavaScript writes it: the plain twin.

    12   0.1   1e-7   1e+21   -0.7   0 (for -0)   NaN   Infinity

Rules, from ECMA-262 (2023), Number::toString (6.1.6.1.20) with radix 10, step by step,
on the shortest digits that read back as the same double, which is what Python's repr
has.
"""

import math
from decimal import Decimal


def write_number(number: float) -> str:  # noqa: PLR0911 -- the steps of the standard
    """Return what String(number) is."""
    if math.isnan(number):
        return "NaN"
    if number == 0:
        return "0"
    if number < 0:
        return "-" + write_number(-number)
    if math.isinf(number):
        return "Infinity"
    digits, n = _shortest(number)
    k = len(digits)
    if k <= n <= 21:
        return digits + "0" * (n - k)
    if 0 < n <= 21:
        return digits[:n] + "." + digits[n:]
    if -6 < n <= 0:
        return "0." + "0" * -n + digits
    sign = "+" if n > 0 else "-"
    mantissa = digits if k == 1 else digits[0] + "." + digits[1:]
    return f"{mantissa}e{sign}{abs(n - 1)}"


def _shortest(number: float) -> tuple[str, int]:
    """Return (digits, n) with number = 0.digits * 10**n, no zero at the end."""
    sign_digits_exponent = Decimal(repr(float(number))).as_tuple()
    every = "".join(map(str, sign_digits_exponent.digits)).lstrip("0")
    n = len(every) + int(sign_digits_exponent.exponent)
    return every.rstrip("0"), n
