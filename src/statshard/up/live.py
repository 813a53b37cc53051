"""Live: a table on a terminal, drawn anew in its place. Loads rich.

    rows      5 lines of greeting, which stay; the table has the rest of the height
    columns   of the terminal's width; the series' names have what the others leave

Names are handed to rich as Text, so that no bracket in them is markup; what moves a
terminal was escaped before (cells.py). Nothing is drawn but by show, in one write.
"""

from collections.abc import Sequence

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
from statshard.up.picture import Picture
from statshard.up.screen import Screen
from statshard.up.view import News, Series, Traffic, View
from statshard.up.words import closing, greeting, list_news

GREETING_ROWS = 6  # and a blank one
FIXED_ROWS = 5  # two heads, in, out, a blank one
FEWEST = 4  # rows of backends, and of series, that are always shown
WIDEST = 100  # columns; beyond, rows are hard to follow
STYLES = {"head": "dim", "yours": "bold", "idle": "dim", "bad": "yellow"}


class LiveScreen(Screen):
    """A terminal."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def open(self, settings: UpSettings, listening: Sequence[str]) -> None:
        """Say what is up and where to send."""
        for line in greeting(settings, listening):
            self._console.print(line)
        self._console.print()
        self._live.start()

    def show(
        self,
        view: View,
        news: Sequence[News],
        *,
        is_round: bool,  # noqa: ARG002 -- the interface's
    ) -> None:
        """Draw the table anew, and what is new above it."""
        for line in list_news(news):
            self._console.print(Text(line, STYLES["bad"]))
        width, height = self._console.size
        self._live.update(draw(view, min(width, WIDEST), height), refresh=True)

    def tell_end(self, picture: Picture) -> None:
        """Say below the table what became of every line."""
        self._live.stop()
        view = picture.view()
        for line in ("", *closing(picture.counts, view.dropped, picture.sinks)):
            self._console.print(printable(line))

    def close(self) -> None:
        """Give the terminal its cursor back."""
        self._live.stop()


def draw(view: View, width: int, height: int) -> RenderableType:
    """Return a view as it fits into a terminal."""
    backends, series = share_rows(
        height - bool(view.dropped), len(view.traffic) - 2, len(view.series)
    )
    parts: list[RenderableType] = [_traffic_table(view.traffic, backends)]
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
    rows = height - GREETING_ROWS - FIXED_ROWS
    if backends + series <= rows:
        return backends, series
    room = rows - min(series, FEWEST) - (series > FEWEST)
    shown = backends if backends <= max(room, FEWEST) else max(room - 1, FEWEST)
    rest = rows - shown - (shown < backends)
    return shown, series if series <= rest else max(rest - 1, FEWEST)


def _traffic_table(traffic: Sequence[Traffic], backends: int) -> Table:
    """Return the lines that came in, went out, and to each backend."""
    table = _empty_table()
    for name, width in zip(TRAFFIC_HEAD, TRAFFIC_WIDTHS, strict=True):
        justify: JustifyMethod = "right" if name else "left"
        table.add_column(name, justify=justify, min_width=width, no_wrap=True)
    into, out, *rest = traffic
    for row in (into, out):
        table.add_row(*traffic_cells(row))
    for row in rest[:backends]:
        name, *cells = traffic_cells(row)
        table.add_row(f"  {name}", *cells)
    if len(rest) > backends:
        table.add_row(f"  +{len(rest) - backends} more", style=STYLES["idle"])
    return table


def _series_table(shown: Sequence[Series], width: int) -> Table:
    """Return the latest figures of series."""
    table = _empty_table(width)
    table.add_column(SERIES_HEAD[0], ratio=1, no_wrap=True, overflow="ellipsis")
    for name, least in zip(SERIES_HEAD[1:], SERIES_WIDTHS[1:], strict=True):
        justify: JustifyMethod = "right" if name == "latest" else "left"
        table.add_column(name, justify=justify, min_width=least, no_wrap=True)
    for each in shown:
        style = "" if each.is_demonstration else STYLES["yours"]
        style = STYLES["idle"] if each.age_s else style
        table.add_row(*map(Text, series_cells(each)), style=style)
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
