"""Names of what a flush tells Graphite: the plain twin.

    legacy                      new
    stats.K                     stats.counters.K.rate      the rate of a counter
    stats_counts.K              stats.counters.K.count     its count
    stats.timers.K.upper_90     stats.timers.K.upper_90
    stats.gauges.K              stats.gauges.K
    stats.sets.K.count          stats.sets.K.count

Rules, from etsy/statsd's backends/graphite.js: words joined by dots; of the new names'
prefixes, empty ones leave nothing; the legacy ones are fixed; the suffix stands behind
a dot at the end of all, but before the tags, which begin at the first `;` of the key.
``fits_tags`` makes each tag one that carbon takes (documented at
graphite.readthedocs.io, "Graphite Tag Support"): name and value, neither of them empty;
a bare one has the value true; carbon's own tag `name` is left to it.
"""

from dataclasses import dataclass

from tests.model.series_name import sanitized


@dataclass(frozen=True)
class Names:
    """The options of the graphite backend that make names."""

    is_legacy: bool = True
    prefix: str = "stats"
    prefix_counter: str = "counters"
    prefix_timer: str = "timers"
    prefix_gauge: str = "gauges"
    prefix_set: str = "sets"
    suffix: str = ""
    prefix_stats: str = "statsd"
    fits_tags: bool = False

    def of_counter(self, key: str) -> tuple[str, str]:
        """Return the names of its rate and of its count."""
        if self.is_legacy:
            return self._name(["stats"], key), self._name(["stats_counts"], key)
        space = self._space(self.prefix_counter)
        return self._name(space, key, "rate"), self._name(space, key, "count")

    def of_timer(self, key: str, figure: str) -> str:
        """Return the name of one of its figures."""
        return self._name(self._space(self.prefix_timer, "timers"), key, figure)

    def of_gauge(self, key: str) -> str:
        """Return its name."""
        return self._name(self._space(self.prefix_gauge, "gauges"), key)

    def of_set(self, key: str) -> str:
        """Return the name of its size."""
        return self._name(self._space(self.prefix_set, "sets"), key, "count")

    def of_own(self, figure: str) -> str:
        """Return the name of one of the server's own figures."""
        if self.is_legacy:
            space = [] if figure == "numStats" else ["stats"]
            return ".".join([*space, self.prefix_stats, figure]) + self._end
        return self._name(self._space(), self.prefix_stats, figure)

    @property
    def _end(self) -> str:
        return f".{self.suffix}" if self.suffix else ""

    def _space(self, prefix: str = "", legacy: str = "") -> list[str]:
        words = ["stats", legacy] if self.is_legacy else [self.prefix, prefix]
        return [word for word in words if word]

    def _name(self, space: list[str], key: str, *words: str) -> str:
        name, semicolon, tags = key.partition(";")
        path = ".".join([*space, _fit(name), *words])
        if semicolon and self.fits_tags:
            tags = ";".join(_fit_tag(tag) for tag in tags.split(";"))
        return path + self._end + semicolon + tags


def _fit_tag(tag: str) -> str:
    if "=" not in tag:
        tag += "=true"
    name, value = tag.split("=", 1)
    if name == "name" or not name:
        name = "_" + name
    if not value or value.startswith("~"):
        value = "_" + value[1:]
    return name.replace("!", "_").replace("^", "_") + "=" + value


def _fit(name: str) -> str:
    return sanitized(name.encode("utf-8", "surrogateescape")).decode()
