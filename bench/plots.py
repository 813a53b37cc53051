"""Plots: a series as an SVG file, statshard beside the floor where the floor could.

The same figures give the same bytes: no date, no random names. The background is white
and everything on it dark, so that a plot reads on a dark page too. Needs matplotlib
(the extra `bench`). Must not know: how the figures came about.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.rows import Series
from bench.tables import Varied, format_count

STYLE = {
    "svg.hashsalt": "statshard",
    "svg.fonttype": "none",  # text stays text: smaller, and the page's to render
    "font.family": "sans-serif",
    "font.size": 11,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.grid": True,
    "grid.color": "#d0d0d0",
    "text.color": "#202020",
    "axes.labelcolor": "#202020",
    "xtick.color": "#202020",
    "ytick.color": "#202020",
}
METADATA = {"Date": None, "Creator": None}
SIZE_INCHES = (7.5, 4.2)
LABEL_SHARE = 0.12  # of the axis: the room of a label
OURS = {"label": "statshard", "color": "#0b5fa5", "marker": "o"}
FLOOR = {"label": "floor", "color": "#b3541e", "marker": "s", "linestyle": "--"}
LOSSY = {"label": "lines lost", "color": "#c00000", "marker": "x", "linestyle": ""}

Points = Sequence[tuple[int, float]]


def plot(result: Varied, folder: Path) -> Path:
    """Draw a series into a folder; return the file."""
    path = folder / f"{result.row.name}.svg"
    field = result.row.field
    ours, floor, lossy = [], [], []
    for cost in result.costs:
        value = getattr(cost.work, field)
        ours.append((value, cost.our_us))
        if cost.floor_us is not None:
            floor.append((value, cost.floor_us))
        if cost.lost:
            lossy.append((value, cost.our_us))
    with mpl.rc_context(STYLE):
        save(_draw(result.row, ours, floor, lossy), path)
    return path


def save(figure: Figure, path: Path) -> None:
    """Write a figure, drawn in STYLE, as an SVG file."""
    figure.savefig(path, format="svg", metadata=METADATA)
    # The writer leaves blanks at the ends of some lines.
    rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{row.rstrip()}\n" for row in rows), encoding="utf-8")


def list_named(values: Sequence[int]) -> list[int]:
    """Return those of rising values that have room for a label on the axis."""
    room = LABEL_SHARE * math.log(values[-1] / values[0])
    named = [values[0]]
    for value in values[1:]:
        if math.log(value / named[-1]) >= room:
            named.append(value)
    return named


def _draw(series: Series, ours: Points, floor: Points, lossy: Points) -> Figure:
    """Return the figure: what varies on a logarithmic axis, the cost from zero."""
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    axes = figure.subplots()
    for points, look in ((ours, OURS), (floor, FLOOR), (lossy, LOSSY | {"zorder": 3})):
        if points:
            axes.plot(*zip(*points, strict=True), **look)
    axes.set_xscale("log")
    values = [value for value, _ in ours]
    named = list_named(values)
    axes.set_xticks(named, [format_count(value) for value in named])
    axes.set_xticks([], minor=True)
    axes.set_ylim(bottom=0)
    axes.set_title(series.title)
    axes.set_xlabel(series.unit)
    axes.set_ylabel("CPU, us per line")
    axes.legend()
    return figure
