"""Naming: what Graphite calls the figures of a flush.

    legacy                     new
    stats.K                    PREFIX.counters.K.rate     the rate of a counter
    stats_counts.K             PREFIX.counters.K.count    its count
    stats.timers.K.upper_90    PREFIX.timers.K.upper_90
    stats.gauges.K             PREFIX.gauges.K
    stats.sets.K.count         PREFIX.sets.K.count
    statsd.numStats            PREFIX.statsd.numStats     and others of the server's own

Rules, from etsy/statsd (backends/graphite.js): of the new names' prefixes, empty ones
leave nothing, no dot either; the legacy ones are fixed; the suffix, behind a dot, ends
every name but for the tags, which begin at the first `;` of a key. Names always are
such that a line stays one line and a path one path, whatever the key:

    blanks -> _    / -> -    all else but letters, digits, _ . - ; = is taken out
    in tags (etsy takes them as they are): blanks -> _, control bytes and / likewise
    no name begins with a dot, by which it would leave carbon's folder

With `fits_tags` every tag is one that carbon takes for one (lib/carbon/util.py,
TaggedSeries), where etsy sends what it got:

    bare -> bare=true    k= -> k=_    =v -> _=v    k=~v -> k=_v    ! ^ in k -> _
    name=v -> _name=v    the tag `name` is carbon's own: the series' name

Must not know: sockets, formats of sinks.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from statshard.flush.figures import Figured

_PLAIN = re.compile(r"[A-Za-z0-9_.=-]*(?:;[A-Za-z0-9_.;=-]*)?")
# JavaScript's \s, which is not quite Python's.
_BLANKS = re.compile(
    r"[\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+"
)
_DELETED = re.compile(r"[^A-Za-z0-9_.;=-]+")
_UNFIT_IN_TAGS = re.compile(r"[\s\ufeff/\x00-\x1f\x7f-\x9f]+")
_FIT_TAGS = re.compile(r"(?:;(?!name=)[A-Za-z0-9_.-]+=[A-Za-z0-9_.=-]+)*")
_UNFIT_IN_TAG_NAMES = re.compile(r"[!^]")


class Flushed(Protocol):
    """What is named of a flush, whoever made it."""

    @property
    def interval_s(self) -> float:
        """What rates are of."""

    @property
    def counters(self) -> Mapping[str, float]:
        """Sums by key."""

    @property
    def timers(self) -> Mapping[str, Figured]:
        """Figures by key."""

    @property
    def gauges(self) -> Mapping[str, float]:
        """Values by key."""

    @property
    def sets(self) -> Mapping[str, int]:
        """Sizes by key."""


Point = tuple[str, float]  # one figure under its name


@dataclass(frozen=True)
class Naming:
    """How one sink's names are made."""

    is_legacy: bool = True
    prefix: str = "stats"
    prefix_counter: str = "counters"
    prefix_timer: str = "timers"
    prefix_gauge: str = "gauges"
    prefix_set: str = "sets"
    suffix: str = ""
    prefix_stats: str = "statsd"
    has_counts: bool = True  # flush_counts: a counter's count beside its rate
    fits_tags: bool = False  # every tag is one that carbon takes

    def list_points(self, flush: Flushed) -> Iterator[Point]:
        """Yield all series of a flush, in etsy's order."""
        yield from self._list_counters(flush)
        head, end = self._head(self.prefix_timer, "timers"), self._end
        for key, figures in flush.timers.items():
            path, tags = self._split(key)
            # One text for all figures of a timer: most of what is written is theirs.
            stem, tail = _rooted(f"{head}{path}."), f"{end}{tags}"
            for name, value in zip(figures.names, figures.values, strict=True):
                yield f"{stem}{name}{tail}", value
        head = self._head(self.prefix_gauge, "gauges")
        for key, value in flush.gauges.items():
            path, tags = self._split(key)
            yield _rooted(f"{head}{path}{end}{tags}"), value
        head = self._head(self.prefix_set, "sets")
        for key, size in flush.sets.items():
            path, tags = self._split(key)
            yield _rooted(f"{head}{path}.count{end}{tags}"), size

    def own(self, figure: str) -> str:
        """Return the name of a figure of the server's own, such as "numStats"."""
        if self.is_legacy:
            head = "" if figure == "numStats" else "stats."
            return _fit(f"{head}{self.prefix_stats}.{figure}{self._end}")
        return _fit(f"{self._head('')}{self.prefix_stats}.{figure}{self._end}")

    def _split(self, key: str) -> tuple[str, str]:
        """Return a key's path and its tags."""
        path, tags = split_key(key)
        return path, fit_tags(tags) if self.fits_tags else tags

    def _list_counters(self, flush: Flushed) -> Iterator[Point]:
        rate_head = self._head(self.prefix_counter, "")
        count_head = "stats_counts." if self.is_legacy else rate_head
        rate_end, count_end = ("", "") if self.is_legacy else (".rate", ".count")
        rate_end, count_end = rate_end + self._end, count_end + self._end
        for key, count in flush.counters.items():
            path, tags = self._split(key)
            rate = count / flush.interval_s
            yield _rooted(f"{rate_head}{path}{rate_end}{tags}"), rate
            if self.has_counts:
                yield _rooted(f"{count_head}{path}{count_end}{tags}"), count

    @cached_property
    def _end(self) -> str:
        return f".{self.suffix}" if self.suffix else ""

    def _head(self, prefix: str, legacy: str = "") -> str:
        """Return what stands before a key, with its dot."""
        words = ("stats", legacy) if self.is_legacy else (self.prefix, prefix)
        return "".join(f"{word}." for word in words if word)


def split_key(key: str) -> tuple[str, str]:
    """Return a key's path and its tags with the `;` before them, fit for Graphite."""
    if not _PLAIN.fullmatch(key):
        path, semicolon, tags = key.partition(";")
        return _fit(path), semicolon + _UNFIT_IN_TAGS.sub("_", tags)
    at = key.find(";")
    return (key, "") if at < 0 else (key[:at], key[at:])


def fit_tags(tags: str) -> str:
    """Return tags, each behind a `;`, of which each is a name, `=` and a value."""
    if _FIT_TAGS.fullmatch(tags):
        return tags
    return "".join(f";{_fit_tag(tag)}" for tag in tags[1:].split(";"))


def _fit_tag(tag: str) -> str:
    name, equals, value = tag.partition("=")
    if not equals:
        value = "true"
    if value[:1] in ("", "~"):
        value = f"_{value[1:]}"
    if name in ("", "name"):
        name = f"_{name}"
    return f"{_UNFIT_IN_TAG_NAMES.sub('_', name)}={value}"


def _fit(path: str) -> str:
    """Return a path as etsy's keyNameSanitize makes it."""
    return _DELETED.sub("", _BLANKS.sub("_", path).replace("/", "-"))


def _rooted(name: str) -> str:
    """Return a name that begins with neither a dot nor its tags: then with `_`."""
    if name[:1] not in ("", ".", ";"):
        return name
    return "_" + name.removeprefix(".")
