"""Invariant: every line has all keys, those of the model, and none is read beyond.

The input is a datagram. Fast: each key lies in its line or in the scratch room and is
no longer than the line; neither key nor verdict touches a byte outside the datagram,
which has an allocation of its own, so that the sanitizer sees it. Sampled: the keys of
each line are those of tests/model/key.py, whose twins are called <shard_by>_key, byte
for byte.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.harness import run
from statshard.plane import _testing
from statshard.settings.hashes import KEYS
from tests.model import key as key_model
from tests.model import line as line_model


def compare(datagram: bytes) -> None:
    """Hold the keys against the model's."""
    for line in line_model.split_lines(datagram):
        for shard_by in KEYS:
            twin = getattr(key_model, f"{shard_by}_key")
            assert twin(line) == _testing.key(line, shard_by)


if __name__ == "__main__":
    run("key", compare, size_max=256)
