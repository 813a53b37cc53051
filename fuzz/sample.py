"""Invariant: every line has the samples and the series' name that the model gives it.

The input is a datagram, whose lines are read by both grammars. Fast: each line that is
not refused whole has at least one sample and no more than it has bytes; a good one has
a number that its kind may have, or a member that lies in the line; a name lies in the
line or in its room, is no longer than the line, sanitised, its tags sorted; nothing
outside the datagram is touched. Sampled: samples, refusals and names are those of
tests/model/sample.py and series_name.py, each double bit for bit.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.harness import run
from statshard.plane import _sampling
from tests.model import line as line_model
from tests.model import sample as sample_model
from tests.model import series_name as name_model


def compare(datagram: bytes) -> None:
    """Hold what is read of each line against the model's."""
    lines = line_model.split_lines(datagram)
    for compat in ("strict", "etsy"):
        expected = [
            (name_model.series_name(line, compat), show(line, compat)) for line in lines
        ]
        assert repr(expected) == repr(_sampling.read_lines(datagram, compat))


def show(line: bytes, compat: str) -> list[tuple[str, float, float, bytes] | str]:
    """Give the model's samples of a line as the compiled code's are given."""
    return [
        each if isinstance(each, str) else (*each,)
        for each in sample_model.read_samples(line, compat)
    ]


if __name__ == "__main__":
    run("sample", compare, size_max=256)
