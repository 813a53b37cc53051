"""Arguments: which rows a run measures, how often, and whether it makes the page.

    --only NAME   this row, and others named so
    --quick       one short round of each
    --rounds N    of each row; the page has the median

Only a run of every row, none of them short, makes the page and its plots.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.machine import ROOT

PLOTS = ROOT / "bench" / "plots"
TRIAL_PLOTS = ROOT / "build" / "bench"  # of rows that do not go into the page
ROUNDS = 3


@dataclass(frozen=True)
class Asked:
    """What a command line asks for."""

    names: tuple[str, ...]  # of the rows to measure
    rounds: int
    is_quick: bool
    is_whole: bool  # makes the page

    @property
    def plots(self) -> Path:
        """The folder that plots go to."""
        return PLOTS if self.is_whole else TRIAL_PLOTS


def read_arguments(
    page: Path,
    names: Sequence[str],
    description: str | None,
    words: Sequence[str] | None = None,
) -> Asked:
    """Return what `words` ask for (None: the command line's) of the rows of a page.

    Ends the process where they are none, with status 2.
    """
    parser = argparse.ArgumentParser(
        prog=f"bench of {page.name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=names,
        help=f"measure this row, print it, and leave {page.name} alone; "
        "may be repeated",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one short round of each row, printed; too short for figures",
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    found = parser.parse_args(words)
    return Asked(
        names=tuple(found.only or names),
        rounds=1 if found.quick else found.rounds,
        is_quick=found.quick,
        is_whole=not found.only and not found.quick,
    )
