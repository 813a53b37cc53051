"""Series: the key of a flush as the name and the tags that a store with tags keeps.

    req.time;env=prod;az=1;bare     name   req.time
                                    tags   az=1  env=prod  unnamed=bare

Rules, those of gostatsd: tags are sorted by key; one without a value stands under
`unnamed`, as does one without a key; of a key that comes several times the values are
joined by "__". Control bytes become "_" everywhere, and bytes that are no UTF-8 become
U+FFFD, so that text stays text and a line one line. What else a store minds, its own
file escapes. Must not know: stores.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

UNNAMED = "unnamed"
JOINED_BY = "__"
# C0, DEL, C1, and the two separators that some take for ends of lines.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")  # a byte that is no UTF-8 (PEP 383)

Tags = tuple[tuple[str, str], ...]


class Series(NamedTuple):
    """A name and its tags, sorted by key, no key twice, no key or value empty."""

    name: str
    tags: Tags


def split_series(key: str) -> Series:
    """Return the name and tags of a flush's key."""
    if key.isprintable() and ";" not in key:  # nearly every one
        return Series(key, ())
    name, *tags = fit_text(key).split(";")
    return Series(name, sort_tags(split_tag(each) for each in tags if each))


def fit_text(text: str) -> str:
    """Return text without control characters, which UTF-8 can tell."""
    return _CONTROL.sub("_", _SURROGATE.sub("\ufffd", text))


def split_tag(tag: str) -> tuple[str, str]:
    """Return the key and the value of "key=value"; see above for what is neither."""
    key, _, value = tag.partition("=")
    return (key, value) if key and value else (UNNAMED, key or value or "_")


def sort_tags(tags: Iterable[tuple[str, str]]) -> Tags:
    """Return tags sorted by key, those of one key joined."""
    joined: dict[str, list[str]] = {}
    for key, value in tags:
        joined.setdefault(key, []).append(value)
    return tuple((key, JOINED_BY.join(joined[key])) for key in sorted(joined))
