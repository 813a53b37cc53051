"""Numbers as JavaScript writes and reads them: the plain twin.

    written    12   0.1   1e-7   1e+21   -0.7   0 (for -0)   NaN   Infinity
    read       "12"   " 3 "   "0x10"   "1e3"   ".5"   "5."   "Infinity"   "" (0)

Rules, from ECMA-262 (2023): Number::toString (6.1.6.1.20) with radix 10, step by step,
on the shortest digits that read back as the same double, which is what Python's repr
has; StringToNumber (7.1.4.1.1): blanks around it are taken off, nothing is 0, and what
is no StringNumericLiteral is NaN.
"""

import math
import re
from decimal import Decimal

# WhiteSpace and LineTerminator of ECMA-262, 12.2 and 12.3.
BLANKS = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_DECIMAL = re.compile(
    r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
)
_WHOLE = {
    "0x": (re.compile(r"[0-9a-fA-F]+"), 16),
    "0o": (re.compile(r"[0-7]+"), 8),
    "0b": (re.compile(r"[01]+"), 2),
}


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


def read_number(text: str) -> float:
    """Return what Number(text) is; NaN for what is no number."""
    text = text.strip(BLANKS)
    if not text:
        return 0.0
    pattern, base = _WHOLE.get(text[:2].lower(), (None, 0))
    if pattern is not None:
        return _from_whole(text[2:], base) if pattern.fullmatch(text[2:]) else math.nan
    return float(text) if _DECIMAL.fullmatch(text) else math.nan


def _shortest(number: float) -> tuple[str, int]:
    """Return (digits, n) with number = 0.digits * 10**n, no zero at the end."""
    sign_digits_exponent = Decimal(repr(float(number))).as_tuple()
    every = "".join(map(str, sign_digits_exponent.digits)).lstrip("0")
    n = len(every) + int(sign_digits_exponent.exponent)
    return every.rstrip("0"), n


def _from_whole(text: str, base: int) -> float:
    """Return a whole number of some base as a double."""
    try:
        return float(int(text, base))
    except OverflowError:
        return math.inf
