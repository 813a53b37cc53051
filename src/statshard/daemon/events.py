"""Events: the log. One line for each change of state, none for a packet.

    logfmt   ts=2026-11-20T13:37:00.123Z level=info event=backend_flows backend=shard-1
    json     {"ts": "...", "level": "info", "event": "backend_flows", "backend": ...}

Values may hold anything a sender or a configuration wrote: what is not plain is quoted
and escaped, so that a line is a line and no byte of it moves a terminal.
"""

import json
import logging
import re
import sys
import time
from typing import TextIO

LOGGER = logging.getLogger("statshard")
# Printable ASCII but blank, quote, equals and backslash.
_PLAIN = re.compile(r"[!#-<>-\[\]-~]+")


def open_log(level: str, log_format: str, stream: TextIO = sys.stderr) -> None:
    """Send events to a stream from now on."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(FORMATTERS[log_format]())
    LOGGER.handlers[:] = [handler]
    LOGGER.setLevel(level.upper())
    LOGGER.propagate = False


def log_event(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log one event."""
    LOGGER.log(level, event, extra={"fields": fields})


def tell_event(event: str, **fields: object) -> None:
    """Log one event whatever the level is."""
    record = LOGGER.makeRecord(
        LOGGER.name, logging.INFO, "", 0, event, (), None, extra={"fields": fields}
    )
    LOGGER.handle(record)


class LogfmtFormatter(logging.Formatter):
    """key=value, blanks between; made for people and grep."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return " ".join(f"{key}={quoted(value)}" for key, value in _row(record).items())


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(_row(record))


FORMATTERS = {"logfmt": LogfmtFormatter, "json": JsonFormatter}


def quoted(value: object) -> str:
    """Return a value as it can stand in logfmt."""
    if isinstance(value, float):
        value = f"{value:.6g}"
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def _row(record: logging.LogRecord) -> dict[str, object]:
    """Return the fields of a line, in their order."""
    moment = time.gmtime(record.created)
    return {
        "ts": time.strftime("%Y-%m-%dT%H:%M:%S", moment) + f".{int(record.msecs):03d}Z",
        "level": record.levelname.lower(),
        "event": record.getMessage(),
        **getattr(record, "fields", {}),
    }
