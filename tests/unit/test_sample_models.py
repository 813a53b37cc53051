"""The plain models of samples, numbers, series' names and SipHash against truth.

Rule: nothing compiled is touched here. What these tests hold, the property tests carry
over to the compiled code.
Sources: tests/vectors/aggregation.json, what etsy's server was seen to do; the vectors
of SipHash's paper and reference implementation; CPython, whose hash of bytes is
SipHash-1-3.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

import pytest

from tests.model.line import split_lines
from tests.model.number import SPACES, decimal, javascript
from tests.model.sample import Sample, read_samples
from tests.model.series_name import series_name
from tests.model.siphash import siphash


class LineRow(TypedDict):
    """A datagram, its bad samples and its lines, and what a series was and became."""

    datagram: str
    bad: int
    metrics: int
    effects: dict[str, tuple[str | None, str]]


LINES: list[LineRow] = json.loads(
    Path(__file__)
    .parents[1]
    .joinpath("vectors", "aggregation.json")
    .read_text(encoding="utf-8")
)["lines"]

INFINITY = float("inf")


def number_of(shown: str | None) -> float:
    """Read a number as the management port shows it; nothing is 0."""
    return float(shown.replace("Infinity", "inf")) if shown else 0.0


def numbers_of(shown: str | None) -> list[float]:
    """Read a list of numbers as the management port shows it."""
    return [float(each) for each in (shown or "").strip("[ ]").split(",") if each]


def effects_of(datagram: str, before: dict[str, str | None]) -> dict[str, object]:
    """Give what each counter, gauge and timer of `before` is after a datagram."""
    state: dict[str, object] = {}
    for series, shown in before.items():
        timer = series.startswith("timers:")
        state[series] = numbers_of(shown) if timer else number_of(shown)
    for line in split_lines(datagram.encode()):
        name = (series_name(line, "etsy") or b"").decode()
        for each in read_samples(line, "etsy"):
            if isinstance(each, Sample):
                take(state, name, each)
    return state


def take(state: dict[str, object], name: str, sample: Sample) -> None:
    """Take one sample into the series that are watched."""
    value, scale = sample.value, sample.scale
    for series, was in state.items():
        if series == f"counters:{name}" and sample.kind == "counter":
            assert isinstance(was, float)
            state[series] = was + value * scale
        if series == f"gauges:{name}" and sample.kind.startswith("gauge"):
            assert isinstance(was, float)
            state[series] = was + value if sample.kind == "gauge_delta" else value
        if series == f"timers:{name}" and sample.kind == "timer":
            assert isinstance(was, list)
            state[series] = [*was, value]


@pytest.mark.parametrize("row", LINES, ids=lambda row: ascii(row["datagram"]))
def test_etsy_samples_match_what_its_server_did(row: LineRow) -> None:
    """A datagram has the bad samples, lines and effects that were observed."""
    lines = split_lines(row["datagram"].encode())
    assert row["metrics"] == len(lines)
    found = [each for line in lines for each in read_samples(line, "etsy")]
    assert row["bad"] == sum(isinstance(each, str) for each in found)
    effects = {
        series: numbers_of(after) if series.startswith("timers:") else number_of(after)
        for series, (_, after) in row["effects"].items()
    }
    before = {series: shown for series, (shown, _) in row["effects"].items()}
    assert effects == effects_of(row["datagram"], before)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0x10", 16.0),
        ("0X1f", 31.0),
        ("0b101", 5.0),
        ("0O17", 15.0),
        ("-0x10", None),
        ("0x", None),
        ("0b2", None),
        ("0x1.8", None),
        ("1_0", None),
        ("", 0.0),
        (SPACES, 0.0),
        (f"{SPACES}3{SPACES}", 3.0),
        ("\x85 1", None),
        ("1 2", None),
        ("Infinity", INFINITY),
        ("+Infinity", INFINITY),
        ("-Infinity", -INFINITY),
        ("infinity", None),
        ("NaN", None),
        ("1e400", INFINITY),
        ("-1e-400", -0.0),
        ("5.", 5.0),
        (".5", 0.5),
        (".", None),
        ("1e", None),
        ("٣", None),
        ("0x20000000000001", 2.0**53),
        ("0x20000000000001" + "0" * 300, INFINITY),
        ("0b1" + "0" * 52 + "1" + "0" * 9 + "1", 2.0**63 + 2**11),
    ],
)
def test_javascript_reads_numbers_its_own_way(
    text: str, expected: float | None
) -> None:
    """A text is the number that ECMA-262 makes of it, or NaN."""
    assert expected == javascript(text)


@pytest.mark.parametrize(
    "text",
    [b"0x10", b" 1", b"1 ", b"inf", b"Infinity", b"nan", b"1_0", b"", b"+", b"."],
)
def test_a_decimal_is_only_digits_point_and_exponent(text: bytes) -> None:
    """What other notations call a number is none here."""
    assert decimal(text) is None


SIPHASH_2_4 = (
    *("310e0edd47db6f72", "fd67dc93c539f874", "5a4fa9d909806c0d", "2d7efbd796666785"),
    *("b7877127e09427cf", "8da699cd64557618", "cee3fe586e46c9cb", "37d1018bf50002ab"),
    *("6224939a79f5f593", "b0e4a90bdf82009e", "f3b9dd94c5bb5d7a", "a7ad6b22462fb3f4"),
    *("fbe50e86bc8f1e75", "903d84c02756ea14", "eef27a8e90ca23f7", "e545be4961ca29a1"),
)


@pytest.mark.parametrize(("size", "expected"), [*enumerate(SIPHASH_2_4)])
def test_siphash_2_4_is_the_published_one(size: int, expected: str) -> None:
    """Bytes 0, 1, 2, ... under the key 0 to 15 hash to the reference's vectors."""
    hashed = siphash(bytes(range(size)), bytes(range(16)), (2, 4))
    assert expected == hashed.to_bytes(8, "little").hex()


def test_siphash_1_3_is_that_of_the_interpreter() -> None:
    """CPython's hash of bytes, its key being zeros, is SipHash-1-3 without a key."""
    assert sys.hash_info.algorithm == "siphash13"
    octets = [bytes(range(1, size + 1)) for size in range(1, 64)]
    printed = subprocess.run(
        [sys.executable, "-c", f"print([hash(each) % 2**64 for each in {octets}])"],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert json.loads(printed) == [siphash(each, bytes(16)) for each in octets]
