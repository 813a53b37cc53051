"""docs/metrics.md names fields that the log really has."""

import re

import pytest

from docs.pages.metrics import sample_meanings
from statshard.daemon import outlets, proxy, server
from statshard.daemon.account import LOSSES, Account
from statshard.daemon.balance import BackendCounts, Balance
from statshard.settings.server import SERVER
from statshard.settings.sources import read_settings
from statshard.sinks.counters import SINK_REASONS
from statshard.sinks.sink import SinkStatistics
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
ACCOUNT = Account(
    33, {"counter": 13}, {"bad_value": 20}, LISTENER, (11,), {"counter": 7}
)


class Drain:
    """What log_outlets asks of an outlet."""

    name = "console:"

    def statistics(self) -> SinkStatistics:
        """Return counts with a drop."""
        return SinkStatistics(rendered_points=1, dropped_points={"busy": 1})


def test_the_fields_that_the_page_names_are_in_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each "`field` of `event`" of the page is a field that this event has."""
    logged = {("summary", field) for field in proxy.summary(BALANCE)}
    logged |= {("summary", field) for field in ACCOUNT.summary()}

    def note(event: str, **fields: object) -> None:
        logged.update((event, field) for field in fields)

    for module in (proxy, server):
        monkeypatch.setattr(module, "tell_event", note)
    for module in (proxy, outlets):
        monkeypatch.setattr(module, "log_event", note)
    proxy.log_balance(BALANCE)
    running = server.Server(
        read_settings(SERVER, {}, environ={}, usable_cpus=1).settings
    )
    monkeypatch.setattr(running, "account", lambda: ACCOUNT)
    monkeypatch.setattr(running, "outlets", (Drain(),))
    running._log_end()
    named = {
        (event, field)
        for row in ROWS
        for field, event in re.findall(r"`(\w+)` of `(\w+)`", row)
    }
    assert named
    assert named - logged == set()


def test_each_reason_of_a_sink_is_one_that_is_given() -> None:
    """The sinks' sources name the reasons of the table, and no other."""
    calls = r'(?:refused|_skip|drop_unrendered|drop_all)\("(\w+)"'
    counts = r'dropped_points\["(\w+)"\]'
    named = r'(?:get\(status, |unfit\[|reason ?= ?|\b4\d\d: )"(\w+)"'
    found = {
        name
        for path in (ROOT / "src/statshard/sinks").glob("*.py")
        for pattern in (calls, counts, named)
        for name in re.findall(pattern, path.read_text(encoding="utf-8"))
    }
    assert set(SINK_REASONS) == found


def test_losses_are_reasons() -> None:
    """What is told as loss of samples are reasons of samples."""
    assert set(LOSSES) - set(sample_meanings()) == set()
