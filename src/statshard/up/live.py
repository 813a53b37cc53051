"""Live: a table on a terminal, drawn anew in its place. Loads rich.

    rows      5 lines of greeting, which stay where there is room; the table has the
              rest of the height, but for a blank row: there the cursor stands, and what
              is typed (^C) moves nothing
    columns   of the terminal's width; the series' names have what the others leave.
              Where it is narrow whole columns are left out: no number is cut

Names are handed to rich as Text, so that no bracket in them is markup; what moves a
terminal was escaped before (cells.py). Nothing is drawn but by show, in one write. The
cursor is never hidden, so whoever is suspended or killed leaves a terminal as it was.
"""

import os
from collections.abc import Sequence
from typing import IO, cast

from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from statshard.settings.reading import printable
from statshard.up.cells import (
    SERIES_HEAD,
    SERIES_WIDTHS,
    TRAFFIC_HEAD,
    TRAFFIC_WIDTHS,
    dropped_text,
    more_text,
    series_cells,
    traffic_cells,
)
from statshard.up.options import UpSettings
from statshard.up.output import Output
from statshard.up.picture import Picture
from statshard.up.screen import Screen
from statshard.up.view import News, Series, Traffic, View
from statshard.up.words import closing, greeting, list_news

GREETING_ROWS = 6  # and a blank one
FIXED_ROWS = 6  # two heads, in, out, two blank ones
FEWEST = 4  # rows of series that are shown however many backends there are
LOWEST = 8  # rows of backends and series; for fewer the greeting makes room
NAME_LEAST = 20  # columns of a series' name, for which others are left out
# The columns that are left out where there is no room, the first of them first.
SPARED_OF_SERIES = ("backend", "type", "")
SPARED_OF_TRAFFIC = tuple(reversed(TRAFFIC_HEAD[3:]))
WIDEST = 100  # columns; beyond, rows are hard to follow
STYLES = {"head": "dim", "yours": "bold", "idle": "dim", "bad": "yellow"}


class LiveScreen(Screen):
    """A terminal."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        file = cast("IO[str]", output)  # a TextIOBase is no IO to its stubs
        # A shell that exports its size does not say when that changes.
        others = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        self._console = Console(
            file=file, highlight=False, markup=False, emoji=False, _environ=others
        )
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def open(self, settings: UpSettings, listening: Sequence[str]) -> None:
        """Say what is up and where to send."""
        self._greeting = (*greeting(settings, listening), "")
        self._size = self._console.size
        self._console.print(*self._greeting, sep="\n")
        self._live.start()
        self._console.show_cursor(show=True)

    def show(
        self,
        view: View,
        news: Sequence[News],
        *,
        is_round: bool,  # noqa: ARG002 -- the interface's
    ) -> None:
        """Draw the table anew, and what is new above it."""
        if self._size != self._console.size:  # nobody knows where the old one stands
            self._size = self._console.size
            self._live.update("", refresh=True)
            self._console.clear()
            self._console.print(*self._greeting, sep="\n")
        for line in list_news(news):
            self._console.print(Text(line, STYLES["bad"]))
        width, height = self._size
        drawn = draw(view, min(width, WIDEST), height)
        self._live.update(Group(drawn, ""), refresh=True)

    def tell_end(self, picture: Picture) -> None:
        """Say below the table what became of every line."""
        self._live.stop()
        view = picture.view()
        for line in closing(picture.counts, view.dropped, picture.sinks):
            self._console.print(printable(line))

    def close(self) -> None:
        """Give the terminal its cursor back."""
        self._live.stop()


def draw(view: View, width: int, height: int) -> RenderableType:
    """Return a view as it fits into a terminal."""
    backends, series = share_rows(
        height - bool(view.dropped), len(view.traffic) - 2, len(view.series)
    )
    parts: list[RenderableType] = [_traffic_table(view.traffic, backends, width)]
    if view.dropped:
        text = Text(f"dropped: {dropped_text(view.dropped)}", STYLES["bad"])
        text.truncate(width, overflow="ellipsis")
        parts.append(text)
    parts += ["", _series_table(view.series[:series], width)]
    if len(view.series) > series:
        parts.append(Text(more_text(len(view.series) - series), STYLES["idle"]))
    return Group(*parts)


def share_rows(height: int, backends: int, series: int) -> tuple[int, int]:
    """Return how many backends and series are shown; the rest is a row that says so."""
    rows = height - FIXED_ROWS - GREETING_ROWS
    rows = max(rows, min(height - FIXED_ROWS, LOWEST))
    if backends + series <= rows:
        return backends, series
    room = rows - min(series, FEWEST) - (series > FEWEST)
    shown = backends if backends <= room else max(room - 1, 0)
    rest = rows - shown - (shown < backends)
    return shown, series if series <= rest else max(rest - 1, 1)


def fit_columns(
    head: Sequence[str], least: Sequence[int], spared: Sequence[str], width: int
) -> list[int]:
    """Return which columns there is room for; the others are the first of `spared`."""
    kept = list(range(len(head)))
    for name in spared:
        if sum(least[column] + 1 for column in kept) - 1 <= width:
            break
        kept.remove(head.index(name))
    return kept


def _traffic_table(traffic: Sequence[Traffic], backends: int, width: int) -> Table:
    """Return the lines that came in, went out, and to each backend."""
    table = _empty_table()
    kept = fit_columns(TRAFFIC_HEAD, TRAFFIC_WIDTHS, SPARED_OF_TRAFFIC, width)
    for column in kept:
        name = TRAFFIC_HEAD[column]
        justify: JustifyMethod = "right" if name else "left"
        least = TRAFFIC_WIDTHS[column]
        table.add_column(name, justify=justify, min_width=least, no_wrap=True)
    for place, row in enumerate(traffic[: 2 + backends]):  # in, out, backends
        name, *counts = traffic_cells(row)
        cells = (name if place < 2 else f"  {name}", *counts)  # noqa: PLR2004 -- above
        table.add_row(*(cells[column] for column in kept))
    rest = len(traffic) - 2 - backends
    if rest > 0:
        table.add_row(f"  +{rest} more", style=STYLES["idle"])
    return table


def _series_table(shown: Sequence[Series], width: int) -> Table:
    """Return the latest figures of series."""
    table = _empty_table(width)
    least = (NAME_LEAST, *SERIES_WIDTHS[1:])
    kept = fit_columns(SERIES_HEAD, least, SPARED_OF_SERIES, width)
    table.add_column(SERIES_HEAD[0], ratio=1, no_wrap=True, overflow="ellipsis")
    for column in kept[1:]:
        name = SERIES_HEAD[column]
        justify: JustifyMethod = "right" if name == "latest" else "left"
        table.add_column(name, justify=justify, min_width=least[column], no_wrap=True)
    for each in shown:
        style = "" if each.is_demonstration else STYLES["yours"]
        style = STYLES["idle"] if each.age_s else style
        cells = series_cells(each)
        table.add_row(*(Text(cells[column]) for column in kept), style=style)
    return table


def _empty_table(width: int | None = None) -> Table:
    """Return a table without lines, one blank between its columns."""
    return Table(
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style=STYLES["head"],
        width=width,
    )
