"""The frame of every target: fast on each input, against the model on a sample.

    scripts/fuzz                                            fuzz (make fuzz does)
    python fuzz/key.py --replay FILE-OR-FOLDER...           each input once, both ways

What is fast runs in C on every input: the function of the target's name in
src/statshard/plane/_targets.pyx. A target gives ``compare``, which asks the plain model
and raises where it disagrees; a hundred times slower, it sees every EVERY-th input and,
when a run is over, all that the corpus has gained.

Where nothing is compiled, the frame is plain.py.
"""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from fuzz.plain import list_inputs
from statshard.plane import _targets

Compare = Callable[[bytes], None]

EVERY = 1024


def run(target: str, compare: Compare, *, size_max: int) -> None:
    """Fuzz, or replay, as the command line says; an input has `size_max` bytes.

    The flags of libFuzzer may say otherwise.
    """
    if sys.argv[1:2] == ["--replay"]:
        count = replay(target, compare, list_inputs(map(Path, sys.argv[2:])))
        print(f"{target}: {count} inputs replayed against the model")
        return
    # Merging counts what an input reaches, and a comparison would add to it.
    every = 0 if "-merge=1" in sys.argv else EVERY
    program = f"{sys.executable} {sys.argv[0]}"  # which libFuzzer calls to merge
    flags = [program, f"-max_len={size_max}", *sys.argv[1:]]
    status = _targets.fuzz(target, flags, every, compare)
    sys.stdout.flush()
    os._exit(status)  # libFuzzer's threads still run


def replay(target: str, compare: Compare, inputs: Iterable[Path]) -> int:
    """Run both checks on each input; return how many there were."""
    count = 0
    for path in inputs:
        octets = path.read_bytes()
        try:
            fault = _targets.find_fault(target, octets)
            assert fault is None, fault
            compare(octets)
        except Exception:
            print(f"{target}: the invariant does not hold for {path}: {octets!r}")
            raise
        count += 1
    return count
