"""docs/metrics.md is what the tables of the source say, and what the log shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from statshard.daemon import proxy
from statshard.daemon.balance import BackendCounts, Balance
from tests.support.tree import ROOT

PAGE = ROOT / "docs" / "metrics.md"
ROWS = re.findall(r"(?m)^\| `statshard_\w+` .*$", PAGE.read_text(encoding="utf-8"))

# Every counter has its own number, so that each event has all its fields.
COUNTS = BackendCounts(1, 2, 3, 4, 5, 6, {"expired": 7})
LISTENER = {
    "received_lines": 8,
    "received_datagrams": 9,
    "receive_errors": 11,
    "truncated_datagrams": 10,
}
BALANCE = Balance((LISTENER,), (11,), {"shard-1": COUNTS}, {"no_colon": 12}, (8,))


def test_the_page_is_what_the_tables_say(tmp_path: Path) -> None:
    """The page in the tree is the one that docs/generate.py writes: `make docs`."""
    subprocess.run([sys.executable, ROOT / "docs/generate.py", tmp_path], check=True)
    written = (tmp_path / "metrics.md").read_text(encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == written


def test_the_fields_that_the_page_names_are_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each "`field` of `event`" of the page is a field that this event has."""
    logged = {("summary", field) for field in proxy.summary(BALANCE)}

    def note(event: str, **fields: object) -> None:
        logged.update((event, field) for field in fields)

    monkeypatch.setattr(proxy, "log_event", note)
    monkeypatch.setattr(proxy, "tell_event", note)
    proxy.log_balance(BALANCE)
    named = {
        (event, field)
        for row in ROWS
        for field, event in re.findall(r"`(\w+)` of `(\w+)`", row)
    }
    assert named
    assert named - logged == set()
