"""What a run of the benchmark is asked for."""

import pytest

from bench.arguments import PLOTS, TRIAL_PLOTS, Asked, read_arguments
from bench.rows import Rows
from bench.server_rows import Rows as ServerRows
from tests.support.tree import ROOT

# As bench/run.py and bench/server_run.py have them, which need matplotlib.
RESULTS, PAGE = ROOT / "bench" / "RESULTS.md", ROOT / "bench" / "SERVER.md"
ROWS = {RESULTS: Rows().names, PAGE: ServerRows().names}


def asked(*words: str, page: int = 0) -> Asked:
    """Return what the words ask of a page's rows."""
    path = (RESULTS, PAGE)[page]
    return read_arguments(path, ROWS[path], "", words)


@pytest.mark.parametrize("page", [0, 1])
def test_only_a_whole_run_makes_the_page(page: int) -> None:
    """Without words every row is measured, three rounds, into the page; a run of some
    rows, or a short one, leaves it and its plots alone.
    """
    names = tuple(list(ROWS.values())[page])
    assert Asked(names, 3, is_quick=False, is_whole=True) == asked(page=page)
    some = asked("--only", names[1], "--only", names[0], "--rounds", "5", page=page)
    expected = Asked((names[1], names[0]), 5, is_quick=False, is_whole=False)
    assert expected == some
    short = asked("--quick", "--rounds", "5", page=page)
    assert Asked(names, 1, is_quick=True, is_whole=False) == short
    assert [PLOTS, TRIAL_PLOTS, TRIAL_PLOTS] == [
        each.plots for each in (asked(page=page), some, short)
    ]


@pytest.mark.parametrize("page", [0, 1])
def test_a_row_that_is_none_is_refused(
    page: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name of no row ends the run with status 2; those that there are are told."""
    with pytest.raises(SystemExit, match="2"):
        asked("--only", "nobodys", page=page)
    assert list(ROWS.values())[page][0] in capsys.readouterr().err
