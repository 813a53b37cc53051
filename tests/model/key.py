"""The bytes of a line that are hashed, for ``shard_by`` = "name" and "embedded".

    name       page.views,host=b:1|c         page.views
               page.[host=b]views:1|c        page.views      the group is taken out
               _e{5,4}:title|text|k:agg      agg             or else the title
               _sc|db.up|2|m:down            db.up
    embedded   page.views,host=b,env=a:1|c   page.views,env=a,host=b
               page.views,host=b,env=a       page.views,host=b     no ':', open tag lost

Rules: both functions are total, whether a line is carried is decided elsewhere. Only
bytes are compared, nothing is decoded. Of ``name``:

- the name part ends at the first ``:`` of the line, or with the line;
- the first ``[`` in it with a ``]`` behind it opens a group, unless one of ``,`` ``;``
  ``#`` stands before it; the group ends at the first ``]``; there is one group at most,
  and any other bracket is an ordinary byte;
- the key ends at the first ``,`` ``;`` ``#`` outside the group;
- an ``_e{`` line that is not well formed is keyed like any line;
- a check's name runs from ``_sc|`` to the next ``|`` or the end, and may be empty.

``embedded`` knows neither events nor checks.

Source of ``embedded``: alanszlosek/rust-sharding-statsd-proxy, whose placement it
reproduces. Source of ``name``: our own rule; tests/vectors/sharding.json pins both.
"""

import re

from tests.model.line import parse_event

_TAGS_START = re.compile(rb"[,;#]")
_GROUP = re.compile(rb"\[[^\]]*\]")


def name_key(line: bytes) -> bytes:
    """Give the metric name without any tags: one key for all series of a name."""
    event = parse_event(line)
    if event is not None:
        aggregation_keys = [
            field.removeprefix(b"k:")
            for field in event.fields
            if field.startswith(b"k:") and field != b"k:"
        ]
        return aggregation_keys[0] if aggregation_keys else event.title
    if line.startswith(b"_sc|"):
        return line.removeprefix(b"_sc|").split(b"|")[0]
    name_part = line.split(b":")[0]
    group = _GROUP.search(name_part)
    if group is None or _TAGS_START.search(name_part[: group.start()]):
        return _before_tags(name_part)
    return name_part[: group.start()] + _before_tags(name_part[group.end() :])


def embedded_key(line: bytes) -> bytes:
    """Give the name, then its ``,tag`` pieces before the first ``:``, sorted by bytes.

    Without a ``:`` the last piece is not a tag: nothing closed it.
    """
    before_colon, colon, _ = line.partition(b":")
    name, *tags = before_colon.split(b",")
    if not colon:
        tags = tags[:-1]
    return b",".join([name, *sorted(tags)])


def _before_tags(name_part: bytes) -> bytes:
    """Give what stands before the first byte that starts a tag."""
    return _TAGS_START.split(name_part)[0]
