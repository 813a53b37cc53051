"""A fold that finds no memory: what is known afterwards, and the fold after it."""

import ast
import subprocess
import sys

from tests.support.build import COUNTS_MEMORY
from tests.support.tree import ROOT

# In a process of its own, because the limit is the process's. 2.4 million values ask
# for more than is left of it; what else is folded asks for next to nothing.
SCRIPT = """
import resource
from pathlib import Path
from tests.plane.test_series import KEY, MIB, filled
from statshard.plane.aggregation import Store

store = Store(KEY)
store.fold([filled([b"g:1|g", b"t:5|ms"])])
line = b"t:" + b":".join([b"1"] * 30_000) + b"|ms"
interval = filled([b"g:+1|g", b"new:1|c", b"s:x|s", *[line] * 80])
pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
_, hard = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(
    resource.RLIMIT_AS, (pages * resource.getpagesize() + 8 * MIB, hard)
)
told = []

def tell():
    timers = store.timers((90.0,), 10.0)
    counts = {key: row and row[8] for key, row in timers.items()}
    told.append((store.counters(), store.gauges(), store.sets(), counts))

try:
    store.fold([interval])
except MemoryError:
    told.append(len(interval))
tell()
resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
store.expire("gauge", 1)
store.fold([interval])
tell()
print(told)
"""


@COUNTS_MEMORY
def test_a_fold_without_memory_leaves_nothing_half_done() -> None:
    """It is as if no interval had ended: nothing new is known, gauges stand and are not
    idle; the interval is whole, and told by the fold after it.
    """
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr)
    kept, before, after = ast.literal_eval(done.stdout)
    assert 4 == kept
    assert ({}, {"g": 1.0}, {}, {"t": None}) == before
    assert ({"new": 1.0}, {"g": 2.0}, {"s": 1}, {"t": 2_400_000.0}) == after
