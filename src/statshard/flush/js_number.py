"""Numbers as JavaScript writes them: what Graphite and the console are told.

    12   0.1   1e-7   1e+21   -0.7   0 (for -0)   NaN   Infinity

Differs from repr: no ".0"; digits without exponent from 1e-6 up to below 1e21; no zero
before an exponent's digit. The digits are those of repr: the shortest that read back as
the same double. Source: ECMA-262, Number::toString. Must not know: names, sinks.
"""

EXACT = 2.0**53  # up to here every whole number is a double
MOST_DIGITS = 21  # before the point, without an exponent
MOST_ZEROS = 5  # between the point and the first other digit, without an exponent
_SPELLED = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def number_text(number: float) -> str:
    """Return the text of a number."""
    if -EXACT <= number <= EXACT:
        whole = int(number)
        if whole == number:
            return str(whole)
    text = repr(float(number))
    if "e" in text:
        return _moved(text)
    return _SPELLED.get(text) or text.removesuffix(".0")


def _moved(text: str) -> str:
    """Return a text with an exponent as JavaScript has it, which may be without."""
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa[0] == "-" else ""
    digits = mantissa.lstrip("-").replace(".", "")
    point = int(exponent) + 1  # where it stands, counted from the first digit
    if len(digits) <= point <= MOST_DIGITS:
        return sign + digits + "0" * (point - len(digits))
    if -MOST_ZEROS <= point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    return f"{mantissa.removesuffix('.0')}e{'+' if point > 0 else '-'}{abs(point - 1)}"
