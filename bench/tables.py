"""Tables: results as Markdown tables, and whether a target was met. Pure.

A row that has a target ends in pass or MISS; a cell that does not apply is a dash.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.compared import Compared
from bench.cost import Cost, median_ratio
from bench.rows import Delay, Pair, Series

NONE = "-"


@dataclass(frozen=True)
class Delayed:
    """What a row of DELAYS came to: through the proxy, and without it."""

    row: Delay
    through: Cost
    direct: Cost


@dataclass(frozen=True)
class Paired:
    """What a row of PAIRS came to."""

    row: Pair
    cost: Cost
    beside: Cost

    @property
    def ratio(self) -> float:
        """CPU per line, in those of the other work."""
        return median_ratio(self.cost.ours, self.beside.ours)


@dataclass(frozen=True)
class Varied:
    """What a series came to, a cost for each value that was tried."""

    row: Series
    costs: tuple[Cost, ...]

    @property
    def base_us(self) -> float | None:
        """CPU per line of the series' base, if it is one of those tried."""
        own = (cost.our_us for cost in self.costs if cost.work == self.row.base)
        return next(own, None)

    @property
    def highest_rate(self) -> int | None:
        """The highest rate below the first that was lossy or not reached."""
        clean = None
        for cost in self.costs:
            if cost.lost or not cost.is_reached:
                break
            clean = cost.work.rate
        return clean


Result = Compared | Delayed | Paired | Varied


def has_passed(result: Result) -> bool:
    """Tell whether every target of a row was met; True where it has none."""
    match result:
        case Compared(row, ratio):
            cheap = ratio <= row.most_ratio
            return cheap and result.lost == 0 and result.rss_mib <= row.most_rss_mib
        case Delayed(row, through):
            return through.lost == 0 and through.p99_ms <= row.most_p99_ms
        case Paired(row, cost):
            most_ratio, most_share = row.most_ratio, row.most_share
            cheap = most_ratio is None or result.ratio <= most_ratio
            # In whole per cents, as it is told: flows end in the midst of a turn.
            fair = most_share is None or round(cost.busiest, 2) <= most_share
            return cheap and fair and cost.lost == 0
        case Varied():
            return True


def tabulate_compared(results: Iterable[Compared]) -> str:
    """Return the rows with a target beside the floor."""
    head = (
        *("row", "load", "target", "measured", "floor, us/line", "statshard, us/line"),
        *("lost", "peak RSS, MiB (target)", ""),
    )
    rows = [
        (
            each.row.name,
            each.row.what,
            f"<= {each.row.most_ratio:.2f} x",
            f"{each.ratio:.2f} x",
            f"{each.floor_us:.3f}",
            f"{each.our_us:.3f}",
            str(each.lost),
            f"{each.rss_mib:.1f} (<= {each.row.most_rss_mib:.0f})",
            verdict(each),
        )
        for each in results
    ]
    return format_table(head, rows)


def tabulate_delays(results: Iterable[Delayed]) -> str:
    """Return the delays, each followed by the same load without the proxy."""
    head = (
        *("row", "datagrams/s", "way", "target p99, ms", "p50, ms", "p99, ms"),
        *("max, ms", "lost", ""),
    )
    rows = []
    for each in results:
        rate = format_count(each.row.work.rate)
        target = f"<= {each.row.most_p99_ms:g}"
        through = ("statshard", target, *_delay_cells(each.through), verdict(each))
        rows.append((each.row.name, rate, *through))
        rows.append(("", rate, "direct", NONE, *_delay_cells(each.direct), NONE))
    return format_table(head, rows)


def tabulate_pairs(results: Iterable[Paired]) -> str:
    """Return the works that are held against another."""
    head = (
        *("row", "work", "us/line", "beside", "us/line", "ratio (target)"),
        *("busiest worker's lines (target)", "lost", ""),
    )
    rows = []
    for each in results:
        ratio, share = f"{each.ratio:.2f} x", NONE
        if each.row.most_ratio is not None:
            ratio += f" (<= {each.row.most_ratio:.2f})"
        if each.row.most_share is not None:
            share = f"{each.cost.busiest:.0%} (<= {each.row.most_share:.0%})"
        rows.append(
            (
                each.row.name,
                each.row.what,
                f"{each.cost.our_us:.3f}",
                each.row.beside_what,
                f"{each.beside.our_us:.3f}",
                ratio,
                share,
                str(each.cost.lost),
                verdict(each),
            )
        )
    return format_table(head, rows)


def tabulate_series(result: Varied) -> str:
    """Return a series, a row for each value."""
    row, base_us = result.row, result.base_us
    base = f"beside {format_count(getattr(row.base, row.field))}"
    head = (
        *(row.unit, "reached, datagrams/s", "floor, us/line", "statshard, us/line"),
        *("beside the floor", base, "peak RSS, MiB", "lost", "lost by the floor"),
    )
    rows = [
        (
            format_count(getattr(cost.work, row.field)),
            format_count(round(cost.rate)),
            format_figure(cost.floor_us, ".3f"),
            f"{cost.our_us:.3f}",
            format_figure(cost.ratio, ".2f", " x"),
            format_figure(base_us and cost.our_us / base_us, ".2f", " x"),
            f"{cost.rss_mib:.1f}",
            format_count(cost.lost),
            format_count(cost.floor_lost) if cost.floor else NONE,
        )
        for cost in result.costs
    ]
    return format_table(head, rows)


def verdict(result: Result) -> str:
    """Return pass or MISS."""
    return "pass" if has_passed(result) else "MISS"


def format_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def format_count(count: int) -> str:
    """Return a number with a space between its thousands."""
    return f"{count:,}".replace(",", " ")


def format_figure(figure: float | None, spec: str, unit: str = "") -> str:
    """Return a figure, or a dash where there is none."""
    return NONE if figure is None else f"{figure:{spec}}{unit}"


def _delay_cells(cost: Cost) -> tuple[str, ...]:
    """Return delays and losses."""
    delays = (cost.p50_ms, cost.p99_ms, cost.max_ms)
    return (*(f"{delay:.2f}" for delay in delays), str(cost.lost))
