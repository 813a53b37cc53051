"""The key of the series that a line's samples go to: its name and its tags, canonical.

                                    strict                etsy
    a b/c*:1|c                      a_b-c                 a_b-c
    a:1|c|#k:v,bare                 a;bare;k=v            a;k=v;bare
    a:1|c|#b:2,a:1,b:2              a;a=1;b=2             a;b=2;a=1;b=2
    a,k=v:1|c    a#k=v:1|c          a;k=v                 ak=v
    a[k=v]b:1|c                     ab;k=v                ak=vb
    a;k=v:1|c                       a;k=v                 a;k=v

Rules: the key is a name, then ";tag" for each tag; "k:v" becomes "k=v" at the first
":". Sanitising, which may be switched off: a run of JavaScript's spaces becomes "_",
"/" becomes "-", then all is deleted but A-Z a-z 0-9 _ . ; = -.

strict. Tags in the name are read: the name ends at its first "," ";" or "#", behind
which each of the three parts tags; the first "[" with a "]" behind it, and none of the
three before it, holds a group of tags which is taken out. (It is the name by which the
proxy places a line, ``shard_by = "name"``.) Each ";" in a tag becomes "_". Tags that
nothing is left of are none; the others are sorted by bytes, each once. A line without
any byte of a name, or without a ":", is refused: None.

etsy. Tags in names are bytes like any others; of a tag the first ";" becomes "_"; the
order is the sender's, and an empty name is one.

Source: statsd/statsd, stats.js, run and observed; tags in names as InfluxDB's Telegraf,
Librato, SignalFx and Graphite write them.
"""

import re

from tests.model.number import SPACES
from tests.model.sample import strict_tags

_SPACES = re.compile(f"[{SPACES}]+")
_DELETED = re.compile(r"[^a-zA-Z_\-0-9.;=]")
_SEPARATOR = re.compile(rb"[,;#]")


def series_name(line: bytes, compat: str, *, sanitizes: bool = True) -> bytes | None:
    """Give the key of a line's series; None where it has no name."""
    if compat == "etsy":
        return _etsy_name(line, sanitizes=sanitizes)
    return _strict_name(line, sanitizes=sanitizes)


def sanitized(octets: bytes) -> bytes:
    """Give a key or a part of one without what Graphite would stumble over."""
    text = _SPACES.sub("_", octets.decode("utf-8", "surrogateescape"))
    return _DELETED.sub("", text.replace("/", "-")).encode()


def _strict_name(line: bytes, *, sanitizes: bool) -> bytes | None:
    """Give the strict key."""
    if b":" not in line:
        return None
    clean = sanitized if sanitizes else bytes
    name, *tags = _parts(line.split(b":")[0])
    name = clean(name)
    if not name:
        return None
    tags += (strict_tags(line) or b"").split(b",")
    written = {clean(tag.replace(b";", b"_").replace(b":", b"=", 1)) for tag in tags}
    return b";".join([name, *sorted(written - {b""})])


def _parts(name_part: bytes) -> list[bytes]:
    """Give the name, then the tags that stand in it."""
    head, _, behind = name_part.partition(b"[")
    group, closing, rest = behind.partition(b"]")
    if not closing or _SEPARATOR.search(head):
        return _SEPARATOR.split(name_part)
    tail, *tags = _SEPARATOR.split(rest)
    return [head + tail, *_SEPARATOR.split(group), *tags]


def _etsy_name(line: bytes, *, sanitizes: bool) -> bytes:
    """Give the key by which etsy's server keeps a series."""
    body, *behind = line.split(b"|#")
    key = body.split(b":")[0]
    if behind and behind[0]:
        for tag in behind[0].split(b","):
            key += b";" + tag.replace(b";", b"_", 1).replace(b":", b"=", 1)
    return sanitized(key) if sanitizes else key
