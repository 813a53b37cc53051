"""Plot of the aggregation server: memory, cost and flush by the number of series.

In the style of plots.py. Must not know: how the figures came about.
"""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.plots import STYLE, list_named, save
from bench.server_tables import Costed
from bench.tables import format_count

NAME = "server-series.svg"
SIZE_INCHES = (7.5, 9.0)
WHOLE = {"label": "whole process", "color": "#0b5fa5", "marker": "o"}
WORKERS = {"label": "workers", "color": "#b3541e", "marker": "s", "linestyle": "--"}


def plot(results: Sequence[Costed], folder: Path) -> Path:
    """Draw the rows into a folder; return the file."""
    path = folder / NAME
    series = [each.series for each in results]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        cost, memory, flush = figure.subplots(3, 1, sharex=True)
        cost.plot(series, [each.us for each in results], **WHOLE)
        cost.plot(series, [each.worker_us for each in results], **WORKERS)
        cost.legend()
        memory.plot(series, [each.rss_mib for each in results], **WHOLE)
        flush.plot(series, [each.flush_s for each in results], **WHOLE)
        name_axes((cost, memory, flush), series)
        save(figure, path)
    return path


def name_axes(panels: Sequence[Axes], series: Sequence[int]) -> None:
    """Write what the axes are: series on a logarithmic one, all else from zero."""
    labels = ("CPU, us per line", "peak memory, MiB", "flush, s")
    for axes, label in zip(panels, labels, strict=True):
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
    panels[0].set_title("By the number of series, 500 000 lines/s")
    panels[-1].set_xscale("log")
    named = list_named(series)
    panels[-1].set_xticks(named, [format_count(each) for each in named])
    panels[-1].set_xticks([], minor=True)
    panels[-1].set_xlabel("series")
