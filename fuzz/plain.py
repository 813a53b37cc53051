"""The frame of a target of which nothing is compiled: a loop in Python.

    python fuzz/settings.py -max_total_time=60 FOLDER...    fuzz (make fuzz does)
    python fuzz/settings.py --replay FILE-OR-FOLDER...      each input once

libFuzzer would have nothing to follow there. So a target gives ``judge``, which sees
every input and returns what it came to; those that come to something new are kept, in
the first folder, and made into further ones.
"""

import hashlib
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


def run(
    target: str,
    judge: Callable[[bytes], set[str]],
    mutate: Callable[[random.Random, Sequence[bytes]], bytes],
) -> None:
    """Fuzz, or replay, as the command line says, with the flags of libFuzzer.

    `judge` holds the invariant and returns all that an input came to; `mutate` makes
    one of those at hand.
    """
    if sys.argv[1:2] == ["--replay"]:
        for path in list_inputs(map(Path, sys.argv[2:])):
            judge(path.read_bytes())
        print(f"{target}: all inputs replayed")
        return
    flags = dict(word[1:].split("=", 1) for word in sys.argv[1:] if word[0] == "-")
    folders = [Path(word) for word in sys.argv[1:] if word[0] != "-"]
    pool = [path.read_bytes() for path in list_inputs(folders)]
    seed = int(flags.get("seed", time.time_ns()))
    print(f"{target}: seed {seed}, {len(pool)} inputs")
    until_s = time.monotonic() + float(flags["max_total_time"])
    chance = random.Random(seed)
    seen: set[str] = set()
    count = 0
    while time.monotonic() < until_s:
        octets = pool[count] if count < len(pool) else mutate(chance, pool)
        count += 1
        try:
            outcome = judge(octets)
        except Exception:
            path = Path(f"{flags.get('artifact_prefix', '')}crash-{seed}-{count}")
            path.write_bytes(octets)
            print(f"{target}: the invariant does not hold for {path}: {octets!r}")
            raise
        if not outcome <= seen:
            seen |= outcome
            pool.append(octets)
            (folders[0] / hashlib.sha256(octets).hexdigest()[:40]).write_bytes(octets)
    print(f"{target}: {len(seen)} outcomes")
    print(f"stat::number_of_executed_units: {count}")


def list_inputs(paths: Iterable[Path]) -> list[Path]:
    """Return the files, and those in the folders, of a corpus."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.iterdir()) if path.is_dir() else [path]
    return found
