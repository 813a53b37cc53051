r"""A datagram in etsy's reading: the plain twin of `compat = "etsy"`.

    a b:1|c:2|ms|@0.1|#env:prod,x      key   a_b;env=prod;x
    \_/ \_/ \____/   \_________/      c     1, weight 1
    name samples       tags            ms    2, weight 10

Rules, from etsy/statsd's stats.js and lib/helpers.js (0.9 and later):

- pieces between LFs, empty ones left out, are lines, and each counts as one metric;
- the tags stand behind the first `|#`, up to the next or the end; the rest is cut at
  each `:`: the key, then samples, each good or bad on its own; without any sample,
  one that reads "1", and is bad;
- a sample is cut at `|`: value, type, rate, and whatever; it is judged by the type as
  written and taken by the type without blanks around it;
- any type but ms, g and s is a counter;
- the rate is checked as a number and taken as its leading digits and dots.

Otherwise than etsy: a rate that passes the check and has no leading digits ("@+1"),
by which etsy ends with an exception, is bad.
"""

import re
from dataclasses import dataclass, field

from tests.model.js_number import BLANKS, read_number

_DIGITS_AND_DOTS = re.compile(r"@([0-9.]+)")
_BLANK_RUN = re.compile(f"[{BLANKS}]+")
_DELETED = re.compile(r"[^a-zA-Z_\-0-9.;=]")


@dataclass(frozen=True)
class Sample:
    """One good sample."""

    kind: str  # "c", "g", "ms" or "s"
    key: str
    value: float = 0.0
    weight: float = 1.0  # 1 / rate
    member: str = ""  # of a set
    is_delta: bool = False  # a gauge with a sign


@dataclass
class Reading:
    """What one datagram holds."""

    lines: int = 0
    bad: int = 0
    samples: list[Sample] = field(default_factory=list)


def read_datagram(datagram: bytes, *, sanitize: bool = True) -> Reading:
    """Read a datagram."""
    reading = Reading()
    for line in datagram.decode("utf-8", "replace").split("\n"):
        if line:
            reading.lines += 1
            _read_line(line, reading, sanitize=sanitize)
    return reading


def sanitized(key: str) -> str:
    """Return a key as keyNameSanitize makes it."""
    return _DELETED.sub("", _BLANK_RUN.sub("_", key).replace("/", "-"))


def _read_line(line: str, reading: Reading, *, sanitize: bool) -> None:
    head, *behind = line.split("|#")
    key, *texts = head.split(":")
    if behind and behind[0]:
        tags = behind[0].split(",")
        key += ";" + ";".join(
            tag.replace(";", "_", 1).replace(":", "=", 1) for tag in tags
        )
    if sanitize:
        key = sanitized(key)
    for text in texts or ["1"]:
        sample = _read_sample(key, text.split("|"))
        if sample is None:
            reading.bad += 1
        else:
            reading.samples.append(sample)


def _read_sample(key: str, fields: list[str]) -> Sample | None:
    """Return the sample; None for a bad one."""
    if len(fields) < 2 or not _is_good(fields[0], fields[1]):
        return None
    rate = 1.0
    if len(fields) > 2:
        digits = _DIGITS_AND_DOTS.match(fields[2])
        if digits is None or not _is_number(fields[2][1:]):
            return None
        rate = read_number(digits[1])
    weight = 1 / rate if rate else float("inf")
    value, kind = fields[0], fields[1].strip(BLANKS)
    if kind == "s":
        return Sample(kind, key, member=value or "0")
    number = read_number(value)
    if kind == "g":
        return Sample(kind, key, number, is_delta=value[:1] in ("+", "-"))
    return Sample(kind if kind == "ms" else "c", key, number, weight)


def _is_good(value: str, written_type: str) -> bool:
    if written_type == "s":
        return True
    if written_type == "ms":
        return _is_number(value) and read_number(value) >= 0
    return _is_number(value)


def _is_number(text: str) -> bool:
    number = read_number(text)
    return text != "" and number == number  # noqa: PLR0124 -- NaN is not
