"""`make cardinality`, with fewer names: a real server keeps to its bounds."""

import subprocess
import sys

import pytest

from soak.cardinality import KNOWN, Look, Run, list_names, overflowed
from tests.support.build import SANITIZER
from tests.support.tree import ROOT

TIMEOUT_S = 120
LOOKS = (Look(10, 1 << 20, 1.0), Look(100, 1 << 20, 1.0))
WARNING: dict[str, object] = {
    "event": "series_overflow",
    "type": "counter",
    "offender_1": "api.users.u",
    "share_1": "97.4%",
}
BALANCE: dict[str, object] = {
    "event": "balance",
    "closes": "yes",
    "received_samples": 2000 + KNOWN,
    "dropped_samples": 0,
}
OVERFLOWED: dict[str, object] = {
    "event": "balance_overflowed",
    "type": "counter",
    "samples": 1500,
}
SUMS = {"_overflow": 1500, **{f"known.k{n}": 1 for n in range(KNOWN)}}


def made(
    *,
    looks: tuple[Look, ...] = LOOKS,
    told: str = "counter.offender: 97.4% api.users.u",
    log: tuple[dict[str, object], ...] = (WARNING, OVERFLOWED, BALANCE),
    sums: dict[str, int] = SUMS,
) -> Run:
    """Return a run in which all holds, but for what is given."""
    return Run(2000, 500 + KNOWN, KNOWN, "counter", looks, (told,), log, sums)


FAULTS = [
    (made(looks=(LOOKS[0], Look(100, 99 << 20, 1.0))), "memory grew from 1,048,576"),
    (made(told="nothing"), "the text port tells ('nothing',)"),
    (
        made(log=(WARNING, OVERFLOWED, BALANCE | {"closes": "no"})),
        "balance closes: 'no'",
    ),
    (made(log=(WARNING, OVERFLOWED, BALANCE | {"dropped_samples": 2})), "dropped: 2"),
    (made(log=(WARNING, OVERFLOWED | {"samples": 1501}, BALANCE)), "overflowed: 1501"),
    (
        made(log=(WARNING | {"share_1": "90.0%"}, OVERFLOWED, BALANCE)),
        "the warning names",
    ),
    (
        made(sums=SUMS | {"_overflow": 1499}),
        "told as counter _overflow: 1499 and not 1500",
    ),
    (made(sums=SUMS | {"known.k7": 0}), "known names: {"),
]


def test_a_run_in_which_all_holds_has_no_fault() -> None:
    """What was counted, told and used as it must be is no fault."""
    assert [] == [*made().faults()]


@pytest.mark.parametrize(("run", "fault"), FAULTS, ids=[fault for _, fault in FAULTS])
def test_what_does_not_hold_is_told(run: Run, fault: str) -> None:
    """Each expectation, broken, is the one fault that is told."""
    (told,) = run.faults()
    assert told.startswith(fault)


def test_each_name_is_another() -> None:
    """No name comes twice, wherever one begins to make them."""
    assert 5000 == len({*list_names(0, 2000), *list_names(2000, 5000)})
    assert [*list_names(7, 9)] == [*list_names(0, 9)][7:]


def test_what_overflows() -> None:
    """Names overflow once those known and they are more than there is room for."""
    room = 100 + KNOWN
    assert [0, 0, 1] == [overflowed(n, room, "counter") for n in (1, 100, 101)]
    assert [0, 1] == [overflowed(n, room, "timer") for n in (room, room + 1)]


@pytest.mark.skipif(SANITIZER != "", reason="it judges memory")
@pytest.mark.parametrize(("letters", "overflow"), [("c", "141,000"), ("ms", "140,000")])
def test_a_server_keeps_to_its_bounds(letters: str, overflow: str) -> None:
    """A hundred and fifty thousand names, room for ten: memory stays, overflow is
    exact, those known before are whole, and who did it is named.
    """
    words = ["--names", "150000", "--series-max", "10000", "--flush-interval", "0.3"]
    words += ["--type", letters]
    done = subprocess.run(
        [sys.executable, "-m", "soak.cardinality", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert f"held: {overflow} samples overflowed" in done.stdout
