"""Invariant: each line is carried or refused, for the reason that the model gives.

The input is a line's bytes, which are tried as they are and behind the head of an event
and of a check. Fast: the verdict fits the kind of the line, and the parts of an event
follow each other inside it. Sampled: lines and verdicts are those of the model.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.harness import run
from statshard.plane import _testing
from tests.model import line as line_model

HEADS = (b"", b"_e{", b"_sc|")


def compare(octets: bytes) -> None:
    """Hold lines and verdicts against the model's."""
    for head in HEADS:
        datagram = head + octets
        lines = line_model.split_lines(datagram)
        assert lines == _testing.split_lines(datagram)
        for line in lines:
            assert line_model.refusal(line) == _testing.refusal(line)


if __name__ == "__main__":
    run("event", compare, size_max=256)
