"""Cells: a view as rows of short texts, for whoever lays them out. Pure.

               lines/s      lines  dropped  waiting    samples  refused  series
    in             200     12,345        1
    out            200     12,344        0        0     12,343        1      20
      shard-1      103      6,123        0        0      6,123        0      12

    name                 type      latest  of it                      backend
    web.latency          timer       31.2  mean of 98, p90 50.1       shard-1

Names come from whoever sends: all but printable characters are escaped here, and
nowhere else. Must not know: terminals, widths.
"""

import time
from collections.abc import Callable, Mapping, Sequence

from statshard.settings.reading import printable
from statshard.up.view import Dropped, Figures, Series, Traffic

Cells = tuple[str, ...]

TRAFFIC_HEAD = (
    *("", "lines/s", "lines", "dropped", "waiting", "samples", "refused", "series"),
)
SERIES_HEAD = ("name", "type", "latest", "", "backend")
# Characters, at least, so that columns stay where they are; of 80, with a gap of one.
TRAFFIC_WIDTHS = (10, 8, 12, 8, 8, 12, 8, 7)
SERIES_WIDTHS = (31, 7, 10, 20, 8)
LARGEST = 1e15  # with digits alone; beyond, with an exponent
SMALLEST = 0.01
UPPER = "upper_"  # a timer's percentiles: upper_90
UNKNOWN = "?"  # in the place of a number that is not finite
MINUTE_S, HOUR_S = 60, 3600


def number(value: float | None) -> str:
    """Return a number as people read it."""
    if value is None:
        return UNKNOWN
    if value == int(value) and abs(value) < LARGEST:
        return f"{int(value):,}"
    if SMALLEST <= abs(value) < LARGEST:
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:.3g}"


def age(seconds: float) -> str:
    """Return how long ago something was, in about two figures."""
    if seconds < MINUTE_S:
        return f"{seconds:.3g} s ago"
    if seconds < HOUR_S:
        return f"{seconds / MINUTE_S:.0f} min ago"
    return f"{seconds / HOUR_S:.0f} h ago"


def clock(timestamp: int) -> str:
    """Return the local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(timestamp))


def traffic_cells(row: Traffic) -> Cells:
    """Return a row under TRAFFIC_HEAD."""
    counts = (row.dropped, row.waiting, row.samples, row.refused, row.series)
    rate = "" if row.lines_per_s is None else f"{row.lines_per_s:,.0f}"
    return (
        *(row.name, rate, number(row.lines)),
        *("" if count is None else number(count) for count in counts),
    )


def series_cells(series: Series) -> Cells:
    """Return a row under SERIES_HEAD."""
    latest, told = _TOLD[series.kind](series.figures)
    if series.age_s:
        told = age(series.age_s)
    key = printable(series.key)
    return (key, series.kind, number(latest), told, series.backend)


def dropped_text(dropped: Sequence[Dropped]) -> str:
    """Return what was dropped, where and why: "no_colon 3, shard-2 bad_value 1"."""
    texts = []
    for each in dropped:
        unit = f" {each.unit}" if each.unit == "datagrams" else ""
        texts.append(f"{each.where} {each.reason} {number(each.count)}{unit}".strip())
    return ", ".join(texts)


def more_text(rest: int) -> str:
    """Return how many are not among those shown."""
    return f"... and {rest:,} more"


def _counter(figures: Figures) -> tuple[float | None, str]:
    return figures["count"], f"{number(figures['rate'])}/s"


def _gauge(figures: Figures) -> tuple[float | None, str]:
    return figures["value"], ""


def _set(figures: Figures) -> tuple[float | None, str]:
    return figures["count"], "distinct"


def _timer(figures: Figures) -> tuple[float | None, str]:
    """Return the mean, and what else is told; which figures there are can be chosen."""
    told = [f"mean of {number(figures['count'])}"] if "count" in figures else []
    upper = next((name for name in figures if name.startswith(UPPER)), None)
    if upper is not None:
        percent = upper.removeprefix(UPPER).replace("_", ".")
        told.append(f"p{percent} {number(figures[upper])}")
    return figures.get("mean"), ", ".join(told)


# kind -> what is latest, and what is told beside it
_TOLD: Mapping[str, Callable[[Figures], tuple[float | None, str]]] = {
    "counter": _counter,
    "gauge": _gauge,
    "set": _set,
    "timer": _timer,
}
