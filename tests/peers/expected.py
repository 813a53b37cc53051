"""What a server must tell of each client's captures: literal rows, in expected.json.

    {"statsd": {"bad": 0, "lines": ["stats.counters.py.incr.count 4", ...]}, ...}

In strict mode and Graphite's new namespace. Of each series those figures are compared
that can be checked by heart (is_told); the others have tests of their own. `bad` is how
many samples are refused:

- hot-shots gives an event's lengths in UTF-16 units: no well-formed event;
- in Telegraf's form it lets a URL into a tag, whose `:` ends the name: of the values
  `//a/b?c=d_e` and `6` the first is none.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("expected.json")
_TOLD = re.compile(
    r"""stats\.(?: counters\.(?!statsd\.)[^;]*\.count
              | timers\.[^;]*\.(?:count|sum|upper|lower|median)
              | gauges\.(?!statsd\.)[^;]*
              | sets\.[^;]*\.count
            )[;\ ]""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Expected:
    """What one client's datagrams come to."""

    bad: int  # samples refused
    lines: list[str]  # "path value", in no order


def read_expected() -> dict[str, Expected]:
    """Return what is expected of each client's captures."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    return {client: Expected(**row) for client, row in rows.items()}


def is_told(line: str) -> bool:
    """Tell whether a line "path value..." is one of those that are compared."""
    return _TOLD.match(line) is not None
