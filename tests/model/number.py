"""What number a text is, or that it is none.

    decimal     = [ "+" / "-" ] ( digits [ "." [ digits ] ] / "." digits ) [ exponent ]
    exponent    = ( "e" / "E" ) [ "+" / "-" ] digits
    javascript  = spaces [ decimal / [ "+" / "-" ] "Infinity" / radix ] spaces
    radix       = "0x" hexdigits / "0b" 0s and 1s / "0o" 0s to 7s     case is ignored

Rules: both give the double nearest to what is written, ties to even; a decimal beyond
the range is infinite. Nothing depends on a locale. Nothing but spaces is 0 to
JavaScript, a text of no byte at all too.

Source of ``javascript``: ECMA-262, StringToNumber and StringNumericLiteral.
"""

import re

_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_INFINITY = {"Infinity": 1.0, "+Infinity": 1.0, "-Infinity": -1.0}
_RADIX = r"0(?:[xX][0-9a-fA-F]+|[bB][01]+|[oO][0-7]+)"

SPACES = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""JavaScript's WhiteSpace and LineTerminator: what trim() takes off and \\s means."""


def decimal(text: bytes) -> float | None:
    """Read a decimal number, which is the whole text; None where it is none."""
    if not re.fullmatch(_DECIMAL.encode(), text):
        return None
    return float(text)


def javascript(text: str) -> float | None:
    """Read a text as JavaScript's Number() does; None stands for NaN."""
    trimmed = text.strip(SPACES)
    if not trimmed:
        return 0.0
    if trimmed in _INFINITY:
        return _INFINITY[trimmed] * float("inf")
    if re.fullmatch(_RADIX, trimmed):
        return _nearest(int(trimmed, 0))
    if not re.fullmatch(_DECIMAL, trimmed):
        return None
    return float(trimmed)


def _nearest(whole: int) -> float:
    """Give the double nearest to a whole number."""
    try:
        return float(whole)
    except OverflowError:
        return float("inf")
