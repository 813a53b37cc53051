"""The frame of every target: fast on each input, against the model on a sample.

    python fuzz/key.py [FLAGS OF LIBFUZZER] [CORPUS...]     fuzz (make fuzz does)
    python fuzz/key.py --replay FILE-OR-FOLDER...           each input once, both ways

A target gives two functions of the input's bytes, which raise where the invariant does
not hold. ``fast`` runs on every input and must cost little beside the compiled code;
``compare`` asks the plain model, a hundred times slower: it sees every EVERY-th input
and, when a run is over, all that the corpus has gained.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

Check = Callable[[bytes], None]

EVERY = 64
SIZE_MAX = 1024  # bytes of an input, unless the flags say otherwise


def run(fast: Check, compare: Check) -> None:
    """Fuzz, or replay, as the command line says."""
    if sys.argv[1:2] == ["--replay"]:
        count = replay(list_inputs(map(Path, sys.argv[2:])), fast, compare)
        print(f"{sys.argv[0]}: {count} inputs replayed against the model")
        return
    import atheris

    turn = 0

    def check(octets: bytes) -> None:
        nonlocal turn
        fast(octets)
        turn += 1
        if turn % EVERY == 0:
            compare(octets)

    # Only the compiled code is instrumented: the Python around it is no subject.
    flags = [sys.argv[0], f"-max_len={SIZE_MAX}", *sys.argv[1:]]
    atheris.Setup(flags, check, enable_python_coverage=False)
    atheris.Fuzz()


def replay(inputs: Iterable[Path], fast: Check, compare: Check) -> int:
    """Run both checks on each input; return how many there were."""
    count = 0
    for path in inputs:
        octets = path.read_bytes()
        try:
            fast(octets)
            compare(octets)
        except Exception:
            print(f"{sys.argv[0]}: the invariant does not hold for {path}: {octets!r}")
            raise
        count += 1
    return count


def list_inputs(paths: Iterable[Path]) -> list[Path]:
    """Return the files, and those in the folders, of a corpus."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.iterdir()) if path.is_dir() else [path]
    return found
