"""Plain: a block of lines a flush, for where there is no terminal.

    -- 18:02:14
               lines/s   lines  dropped  waiting  samples  refused  series
    in             200  12,345        1
    ...
    hello      counter   1  0.5/s     shard-2
    ... and 12 more

Each block leaves at once. Of series, those with samples since the block before and
gauges are shown, a client's first.
"""

from collections.abc import Iterator, Mapping, Sequence

from statshard.settings.reading import printable
from statshard.up.cells import (
    SERIES_HEAD,
    SERIES_WIDTHS,
    TRAFFIC_HEAD,
    TRAFFIC_WIDTHS,
    Cells,
    clock,
    dropped_text,
    more_text,
    series_cells,
    traffic_cells,
)
from statshard.up.options import UpSettings
from statshard.up.output import Output
from statshard.up.picture import Picture
from statshard.up.screen import Screen
from statshard.up.view import News, View
from statshard.up.words import closing, greeting, list_news

MOST_SERIES = 30  # in a block
NAME_MAX = 60  # characters of a name; a longer one moves the rest of its row
GAP = " "
NUMBERS = {"latest", *TRAFFIC_HEAD[1:]}  # what stands to the right


class PlainScreen(Screen):
    """Lines on the standard output."""

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        # How many flushes of each server have been shown: all of them, but where the
        # output was slow.
        self._shown: Mapping[str, int] = {}

    def open(self, settings: UpSettings, listening: Sequence[str]) -> None:
        """Say what is up and where to send."""
        self._write(greeting(settings, listening))

    def show(self, view: View, news: Sequence[News], *, is_round: bool) -> None:
        """Write what is new, and a block where every server has flushed."""
        self._write(list_news(news))
        if is_round:
            self._write(list_block(view, self._shown))
            self._shown = view.flushes

    def tell_end(self, picture: Picture) -> None:
        """Write the balances."""
        view = picture.view()
        told = closing(picture.counts, view.dropped, picture.sinks)
        self._write(["", *map(printable, told)])

    def _write(self, lines: Sequence[str] | Iterator[str]) -> None:
        """Write lines, which leave at once."""
        self.output.write("".join(f"{line}\n" for line in lines))
        self.output.flush()


def list_block(view: View, shown: Mapping[str, int]) -> Iterator[str]:
    """Yield the lines of a block; `shown` are earlier ones' flushes, by server."""
    yield ""
    yield clock(view.timestamp)
    traffic = [traffic_cells(row) for row in view.traffic]
    yield from align(TRAFFIC_HEAD, TRAFFIC_WIDTHS, traffic)
    if view.dropped:
        yield f"dropped: {dropped_text(view.dropped)}"
    fresh = [each for each in view.series if each.flush > shown.get(each.backend, 0)]
    series = [series_cells(each) for each in fresh[:MOST_SERIES]]
    yield from align(SERIES_HEAD, SERIES_WIDTHS, series)
    if len(fresh) > len(series):
        yield more_text(len(fresh) - len(series))


def align(head: Cells, least: Sequence[int], rows: Sequence[Cells]) -> Iterator[str]:
    """Yield rows below a head, in columns of `least` characters or more."""
    widths = [
        max(width, *(min(NAME_MAX, len(cell)) for cell in column))
        for width, column in zip(least, zip(head, *rows, strict=True), strict=True)
    ]
    for row in (head, *rows):
        cells = (
            f"{cell:>{width}}" if name in NUMBERS else f"{cell:{width}}"
            for name, cell, width in zip(head, row, widths, strict=True)
        )
        yield GAP.join(cells).rstrip()
