"""Hulu: the configuration of hulu/statsd-router, KEY=VALUE lines.

    data_port=9000
    downstream=10.0.0.1:9100:9101,10.0.0.2:9100:9101      host:port:health port
    downstream_flush_interval=2.0                         seconds
    threads_num=2

`#` at the start of a line begins a comment. Which downstream gets a key goes by their
order (hulu/statsd-router: sr-init.c, sr-types.h). Must not know: how a key is placed.
"""

import re
from collections.abc import Iterator
from typing import Any

from statshard.settings.foreign.foreign import (
    LATER_HEALTH,
    Draft,
    Foreign,
    Item,
    Source,
    last_of_each,
    numbered,
)
from statshard.settings.foreign.program import Program

TITLE = "hulu's statsd-router"
PACKET = 1450  # bytes of a datagram out, which that program has built in
LEVELS = ("debug", "debug", "info", "warning", "error")  # by its numbers, trace first
KEYS = (
    "data_port",
    "downstream",
    "downstream_flush_interval",
    "threads_num",
    "log_level",
)
OWN_METRICS = "statshard sends no metrics of its own; the log has the balance"
REASONS = {
    "control_port": "this version has no admin port",
    "downstream_health_check_interval": LATER_HEALTH,
    "downstream_ping_interval": OWN_METRICS,
    "ping_prefix": OWN_METRICS,
}
NOTES = (
    (
        "That program gives the keys of a downstream that is not healthy to others; "
        "this version never takes a backend out."
    ),
)
_MARK = re.compile(r"^(?:data_port|control_port|downstream)[ \t]*=", re.MULTILINE)


def is_its(_path: str, text: str) -> bool:
    """Tell whether a text has keys that only this program knows."""
    return _MARK.search(text) is not None


def read(source: Source) -> Foreign:
    """Return what a statsd-router.conf says."""
    draft = Draft(source, TITLE)
    found = last_of_each(_items(draft), draft)
    any_host = "0.0.0.0"  # noqa: S104 -- the only one that program has
    if "data_port" in found:
        draft.listen(found["data_port"], any_host, found["data_port"].value)
    else:
        draft.blame(0, "no data_port; valid: data_port=N")
    if "downstream" in found:
        _take_downstream(draft, found["downstream"])
    else:
        draft.blame(0, "no downstream; valid: downstream=HOST:PORT:HEALTH_PORT,...")
    draft.offer("max_payload", Item(0, "DOWNSTREAM_BUF_SIZE", PACKET), PACKET)
    for key, take in OFFERS.items():
        if key in found:
            take(draft, found[key])
    draft.leave_rest(found, REASONS, KEYS)
    foreign = Foreign("sdbm", "raw", numbered(draft.backends), {}, notes=NOTES)
    return draft.finish(foreign)


def _items(draft: Draft) -> Iterator[Item]:
    """Yield the settings of the lines."""
    for number, line in enumerate(draft.source.text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        key, found, value = line.partition("=")
        if found:
            yield Item(number, key.strip(), value.strip())
        else:
            draft.refuse(Item(number, line.strip(), None), "valid: KEY=VALUE")


def _take_downstream(draft: Draft, item: Item) -> None:
    """Take the backends; their health ports are left over."""
    for index, text in enumerate(str(item.value).split(",")):
        one = Item(item.line, f"downstream[{index}]", text)
        host, *ports = text.strip().split(":")
        if len(ports) != 2:  # noqa: PLR2004 -- of data and of health
            draft.refuse(one, "valid: HOST:PORT:HEALTH_PORT")
            continue
        draft.add(one, host, ports[0])
        draft.leave(Item(item.line, f"{one.key}: health port", ports[1]), LATER_HEALTH)


def _number(item: Item) -> Any:  # noqa: ANN401 -- a number, or the text that is none
    """Return a number as a plain one."""
    text = str(item.value)
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return int(text)
    is_decimal = re.fullmatch(r"\d{1,9}\.\d{0,9}", text, re.ASCII)
    return float(text) if is_decimal else text


def _take_flush(draft: Draft, item: Item) -> None:
    """Take how long a line may wait; there in seconds, here in milliseconds."""
    number = _number(item)
    is_number = not isinstance(number, str)
    draft.offer("max_delay_ms", item, number * 1000 if is_number else number)


def _take_level(draft: Draft, item: Item) -> None:
    """Take the least that is logged."""
    number = _number(item)
    is_known = isinstance(number, int) and number < len(LEVELS)
    draft.offer("log_level", item, LEVELS[number] if is_known else str(item.value))


def _take_threads(draft: Draft, item: Item) -> None:
    """Take the number of threads."""
    draft.offer("workers", item, _number(item))


OFFERS = {
    "downstream_flush_interval": _take_flush,
    "log_level": _take_level,
    "threads_num": _take_threads,
}
PROGRAM = Program("hulu", TITLE, is_its, read)
