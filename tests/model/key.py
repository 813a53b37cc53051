"""The bytes of a line that are hashed, for each value of ``shard_by``.

    name       page.views,host=b:1|c         page.views
               page.[host=b]views:1|c        page.views      the group is taken out
               _e{5,4}:title|text|k:agg      agg             or else the title
               _sc|db.up|2|m:down            db.up
    series     page.views,b=2:1|c|#a:1,b:2   page.views,a=1,b=2
               page.[host=b]views:1|c        page.views,host=b
               _e{5,4}:title|text|#env:a     title,env=a
               _sc|db.up|2|#env:a            db.up,env=a
    raw        page.views,b=2,a=1:1|c        page.views,b=2,a=1
    embedded   page.views,b=2,a=1:1|c        page.views,a=1,b=2
               page.views,b=2,a=1            page.views,b=2  no ':', open tag lost

Rules: all functions are total, whether a line is carried is decided elsewhere. Only
bytes are compared, nothing is decoded. Of ``name``:

- the name part ends at the first ``:`` of the line, or with the line;
- the first ``[`` in it with a ``]`` behind it opens a group, unless one of ``,`` ``;``
  ``#`` stands before it; the group ends at the first ``]``; there is one group at most,
  and any other bracket is an ordinary byte;
- the key ends at the first ``,`` ``;`` ``#`` outside the group;
- an ``_e{`` line that is not well formed is keyed like any line;
- a check's name runs from ``_sc|`` to the next ``|`` or the end, and may be empty.

Of ``series``, which is that name with all tags of the line, ``,`` before each:

- tags of the name are what the group holds and what follows the first ``,`` ``;`` ``#``
  outside it, cut at each ``,`` ``;`` ``#``;
- tags of the line are the fields behind a ``|`` that begin with ``#``, cut at ``,``: of
  an event those behind its text, of a check those behind its name, else those behind
  the first ``:``;
- the first ``:`` of a tag becomes ``=``; empty tags and second ones of a kind go; the
  rest is sorted by bytes.

``raw`` is what stands before the first ``:``, or all of the line. It and ``embedded``
know neither events nor checks.

Source of ``embedded``: alanszlosek/rust-sharding-statsd-proxy, whose placement it
reproduces. Source of ``name`` and ``series``: our own rules; ``raw`` is what most other
proxies hash. tests/vectors/sharding.json pins them all.
"""

import re

from tests.model.line import parse_event

_TAGS_START = re.compile(rb"[,;#]")
_GROUP = re.compile(rb"\[[^\]]*\]")


def raw_key(line: bytes) -> bytes:
    """Give what stands before the first ``:``, whatever it is."""
    return line.split(b":")[0]


def series_key(line: bytes) -> bytes:
    """Give the name, then ``,tag`` for each tag of the line, sorted, each once."""
    tags = {tag.replace(b":", b"=", 1) for tag in _tags(line) if tag}
    return b",".join([name_key(line), *sorted(tags)])


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


def _tags(line: bytes) -> list[bytes]:
    """Give the tags of a line as they stand there, empty ones too."""
    event = parse_event(line)
    if event is not None:
        return _field_tags(event.fields)
    if line.startswith(b"_sc|"):
        return _field_tags(line.removeprefix(b"_sc|").split(b"|")[1:])
    name_part, _, rest = line.partition(b":")
    return _name_tags(name_part) + _field_tags(rest.split(b"|")[1:])


def _name_tags(name_part: bytes) -> list[bytes]:
    """Give the tags that a name holds, those of its group first."""
    group = _GROUP.search(name_part)
    if group is None or _TAGS_START.search(name_part[: group.start()]):
        return _TAGS_START.split(name_part)[1:]
    inside = _TAGS_START.split(group[0][1:-1])
    return inside + _TAGS_START.split(name_part[group.end() :])[1:]


def _field_tags(fields: list[bytes]) -> list[bytes]:
    """Give the tags of those fields that begin with ``#``."""
    lists = [field[1:].split(b",") for field in fields if field.startswith(b"#")]
    return [tag for tags in lists for tag in tags]


def _before_tags(name_part: bytes) -> bytes:
    """Give what stands before the first byte that starts a tag."""
    return _TAGS_START.split(name_part)[0]
