"""docs/metrics.md names fields that the log really has."""

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from statshard.daemon import proxy, server
from statshard.daemon.account import Account
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
    named = named_in([row for row in ROWS if "_samples_total" not in row])
    assert named
    assert named - logged == set()


def test_the_fields_that_the_page_names_are_in_the_log_of_serve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same holds of what is said of `statshard serve`."""
    account = Account(3, {"counter": 2}, {"no_colon": 1}, {}, ())
    logged = {("summary", field) for field in account.summary()}

    def note(event: str, **fields: object) -> None:
        logged.update((event, field) for field in fields)

    monkeypatch.setattr(server, "tell_event", note)
    at_the_end = SimpleNamespace(account=lambda: account, outlets=())
    server.Server._log_end(cast("Any", at_the_end))  # stands in for a server
    named = named_in([row for row in ROWS if "_samples_total" in row])
    assert len(named) == 3
    assert named - logged == set()


def named_in(rows: list[str]) -> set[tuple[str, str]]:
    """Return each (event, field) of some rows of the page."""
    return {
        (event, field)
        for row in rows
        for field, event in re.findall(r"`(\w+)` of `(\w+)`", row)
    }
