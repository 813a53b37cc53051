"""Events: one line each, whatever their values hold."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from statshard.daemon import events
from tests.support.proxy import read_logfmt

HOSTILE = [
    "",
    " ",
    "two words",
    "a=b",
    'say "hi"',
    "back\\slash",
    "line\nend",
    "\r\n",
    "\x00",
    "\x1b[31mred",
    "\x7f",
    "\x85\u2028",
    "\u202egnp",
    "сервер",
    "\udcff",
]
PLAIN = ["shard-1", "udp://[::1]:8125", "10.0.0.1:8125", "it's", "{}", "~", "!"]


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """Leave the logger as it was."""
    handlers = list(events.LOGGER.handlers)
    level, propagates = events.LOGGER.level, events.LOGGER.propagate
    yield
    events.LOGGER.handlers[:] = handlers
    events.LOGGER.setLevel(level)
    events.LOGGER.propagate = propagates


def logged(log_format: str, fields: dict[str, object], level: str = "info") -> str:
    """Return what is written of one event."""
    stream = io.StringIO()
    events.open_log(level, log_format, stream)
    events.log_event("started", level=logging.INFO, **fields)
    return stream.getvalue()


@pytest.mark.parametrize("value", [*PLAIN, *HOSTILE])
def test_json_says_any_value(value: str) -> None:
    """A line of JSON is ASCII, one line, and reads back as the value."""
    text = logged("json", {"backend": value})
    assert text.isascii()
    assert [text[:-1]] == text.splitlines()
    assert value == json.loads(text)["backend"]


@pytest.mark.parametrize("value", HOSTILE)
def test_logfmt_quotes_what_is_not_plain(value: str) -> None:
    """A hostile value is quoted: one line of printable ASCII that reads back."""
    text = logged("logfmt", {"backend": value, "pid": 7})
    assert [c for c in text[:-1] if not " " <= c <= "~"] == []
    assert [text[:-1]] == text.splitlines()
    assert text.endswith('" pid=7\n')
    assert value == read_logfmt(text)["backend"]


@pytest.mark.parametrize("value", PLAIN)
def test_logfmt_leaves_plain_values_alone(value: str) -> None:
    """What grep would look for stands as it is, unquoted."""
    assert logged("logfmt", {"backend": value}).endswith(f" backend={value}\n")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (-1, "-1"), (0.5, "0.5"), (1 / 3, "0.333333"), (True, "True")],
)
def test_logfmt_writes_numbers_plainly(value: object, expected: str) -> None:
    """Numbers are written without quotes, and floats in at most six digits."""
    assert expected == events.quoted(value)


def test_every_line_begins_with_time_level_and_event() -> None:
    """Each line has ts, level and event first, then the fields as they were given."""
    fields: dict[str, object] = {"zeta": 1, "alpha": 2}
    row = json.loads(logged("json", fields))
    assert list(row) == ["ts", "level", "event", "zeta", "alpha"]
    assert (row["level"], row["event"]) == ("info", "started")
    assert [pair.split("=")[0] for pair in logged("logfmt", fields).split()] == [
        "ts",
        "level",
        "event",
        "zeta",
        "alpha",
    ]


def test_the_time_is_utc_with_milliseconds() -> None:
    """The time stamp is that of the record, in UTC, to the millisecond."""
    record = logging.LogRecord("statshard", logging.INFO, "", 0, "started", None, None)
    record.created, record.msecs = 1_000_000_000.007, 7.0
    text = events.LogfmtFormatter().format(record)
    assert text == "ts=2001-09-09T01:46:40.007Z level=info event=started"


@pytest.mark.parametrize("log_format", ["json", "logfmt"])
def test_what_is_below_the_level_is_not_written(log_format: str) -> None:
    """An event below the least level leaves no trace."""
    assert logged(log_format, {}, "warning") == ""
    assert logged(log_format, {}, "debug") != ""


def test_opening_the_log_again_replaces_it() -> None:
    """An event is written once, to the stream that was opened last."""
    assert logged("json", {}) != ""
    assert len(logged("logfmt", {}).splitlines()) == 1
