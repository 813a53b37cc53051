"""Tables of the aggregation server: what its rows came to, and the verdicts. Pure.

Medians over the rounds, but for what was lost (their sum) and memory (the worst).
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.server_rows import During, Row, Stream
from bench.serving import Served, is_during, spans
from bench.tables import NONE, format_count, format_table
from bench.waiting import Look, percentile_ms
from statshard.load.step import REACHED

P99, MEDIAN = 0.99, 0.5


@dataclass(frozen=True)
class Costed:
    """What a row of a cost came to."""

    row: Row
    rounds: tuple[Served, ...]

    @property
    def us(self) -> float:
        """CPU of the whole process, of each line."""
        return statistics.median(each.us_per_line for each in self.rounds)

    @property
    def worker_us(self) -> float:
        """CPU of the workers, of each line."""
        return statistics.median(each.worker_us for each in self.rounds)

    @property
    def rate(self) -> float:
        """Datagrams a second that were sent."""
        return statistics.median(each.rate for each in self.rounds)

    @property
    def rss_mib(self) -> float:
        """Peak memory."""
        return max(each.rss_mib for each in self.rounds)

    @property
    def lost(self) -> int:
        """Lines."""
        return sum(each.lost for each in self.rounds)

    @property
    def kernel_lost(self) -> int:
        """Lines, of those lost, that the kernel dropped before a worker saw them."""
        return sum(each.kernel_lost for each in self.rounds)

    @property
    def lost_points(self) -> int:
        """Points of flushes."""
        return sum(each.lost_points for each in self.rounds)

    @property
    def series(self) -> int:
        """Series that the largest flush told."""
        return max(flush.series for each in self.rounds for flush in each.flushes)

    @property
    def flush_s(self) -> float:
        """How long the longest flush took, from due to the store."""
        interval_s = self.row.stream.interval_s
        found = [spans(each, interval_s) for each in self.rounds]
        return max(high - low for each in found for low, high in each)

    @property
    def fold_ms(self) -> int:
        """What of it was the fold, and all before the writing."""
        return max(f.processing_ms for each in self.rounds for f in each.flushes)


@dataclass(frozen=True)
class Delayed:
    """What a row of delays came to."""

    row: During
    served: Served
    datagram_bytes: float  # of a socket's buffer

    @property
    def during(self) -> Sequence[Look]:
        """Looks while a flush was made."""
        return [each for each in self.served.looks if self._is_during(each)]

    @property
    def beside(self) -> Sequence[Look]:
        """All others."""
        return [each for each in self.served.looks if not self._is_during(each)]

    def ms(self, looks: Sequence[Look], part: float) -> float:
        """Return the delay that a part of the looks did not exceed."""
        return percentile_ms(looks, part, self.datagram_bytes * self.served.rate)

    @property
    def ratio(self) -> float:
        """The p99 during flushes in that of the rest; 0 where there was none."""
        usual = self.ms(self.beside, P99)
        return self.ms(self.during, P99) / usual if usual else 0.0

    def _is_during(self, look: Look) -> bool:
        return is_during(look.at_s, self.served, self.row.stream.interval_s)


@dataclass(frozen=True)
class Beside:
    """What etsy's statsd came to."""

    row: Row
    served: Served


Result = Costed | Delayed | Beside


def has_passed(result: Result) -> bool:
    """Tell whether a row's target was met; True where it has none but lost nothing."""
    match result:
        case Costed(row):
            limit = row.most_us
            is_cheap = limit is None or (
                result.us <= limit and result.rate >= REACHED * row.stream.rate
            )
            return is_cheap and not (result.lost or result.lost_points)
        case Beside():
            return True
        case Delayed(row, served):
            lost = served.lost or served.lost_points
            # Without a flush, or without the rest, nothing was compared.
            was_quiet = result.ms(result.beside, P99) <= row.most_usual_ms
            is_near = 0 < result.ratio <= row.most_ratio
            return is_near and was_quiet and has_both(result) and not lost


def has_target(result: Result) -> bool:
    """Tell whether a row has one, beside that nothing is lost."""
    return isinstance(result, Delayed) or result.row.most_us is not None


def has_both(result: Delayed) -> bool:
    """Tell whether there were looks of both kinds."""
    return bool(result.during and result.beside)


def tabulate_costs(results: Iterable[Costed]) -> str:
    """Return the rows that have a target, and the same with more flushes."""
    head = (
        *("row", "load", "interval, s", "target, us/line", "us/line", "of it workers"),
        *("reached, datagrams/s", "lost lines", "of them by the kernel", "lost points"),
        *("series", "flush, s", "peak RSS, MiB", "others, us/line", ""),
    )
    return format_table(head, [_cost_cells(each) for each in results])


def tabulate_series(results: Iterable[Costed]) -> str:
    """Return the rows by the number of series."""
    head = (
        *("names", "series told", "us/line", "of it workers", "flush, s", "fold, s"),
        *("MB told", "peak RSS, MiB", "lost lines", "of them by the kernel"),
        "lost points",
    )
    rows = [
        (
            format_count(each.row.stream.names),
            format_count(each.series),
            f"{each.us:.3f}",
            f"{each.worker_us:.3f}",
            f"{each.flush_s:.2f}",
            f"{each.fold_ms / 1000:.2f}",
            f"{max(f.size_bytes for r in each.rounds for f in r.flushes) / 1e6:.1f}",
            f"{each.rss_mib:.0f}",
            format_count(each.lost),
            format_count(each.kernel_lost),
            format_count(each.lost_points),
        )
        for each in results
    ]
    return format_table(head, rows)


def tabulate_beside(results: Iterable[Beside]) -> str:
    """Return what etsy's statsd took, of each line that it got."""
    head = ("row", "load", "us/line", "sent lines", "lost lines", "peak RSS, MiB")
    rows = [
        (
            each.row.name,
            each.row.what,
            f"{each.served.us_per_line:.3f}",
            format_count(each.served.lines),
            format_count(each.served.lost),
            f"{each.served.rss_mib:.0f}",
        )
        for each in results
    ]
    return format_table(head, rows)


def tabulate_delays(results: Iterable[Delayed]) -> str:
    """Return the delays, during flushes and in the rest of the time."""
    head = (
        *("row", "load", "when", "looks", "p50, ms", "p99, ms", "max, ms"),
        *("p99 beside the rest (target)", "lost lines", "lost points", ""),
    )
    rows = []
    for each in results:
        ratio = f"{each.ratio:.2f} x (<= {each.row.most_ratio:.2f})"
        lost = (str(each.served.lost), str(each.served.lost_points))
        told = (each.row.name, each.row.what, "a flush is made")
        rows.append((*told, *_looks(each, each.during), ratio, *lost, verdict(each)))
        rest = ("", "", "the rest", *_looks(each, each.beside))
        rows.append((*rest, NONE, NONE, NONE, NONE))
    return format_table(head, rows)


def verdict(result: Result) -> str:
    """Return pass or MISS; of a row without a target a dash, if nothing was lost."""
    if not has_passed(result):
        return "MISS"
    return NONE if isinstance(result, Costed) and not result.row.most_us else "pass"


def datagram_bytes(stream: Stream) -> int:
    """Return the bytes of a stream's longest datagram; a size is that of a counter."""
    longest = max(len(each) for each in stream.types.split(","))
    return stream.lines * (stream.size + longest) - 1


def _cost_cells(each: Costed) -> tuple[str, ...]:
    row = each.row
    return (
        row.name,
        row.what,
        f"{row.stream.interval_s:g}",
        NONE if row.most_us is None else f"<= {row.most_us:g}",
        f"{each.us:.3f}",
        f"{each.worker_us:.3f}",
        format_count(round(each.rate)),
        format_count(each.lost),
        format_count(each.kernel_lost),
        str(each.lost_points),
        format_count(each.series),
        f"{each.flush_s:.2f}",
        f"{each.rss_mib:.0f}",
        row.others,
        verdict(each),
    )


def _looks(each: Delayed, looks: Sequence[Look]) -> tuple[str, ...]:
    """Return how many there were, and the delays."""
    parts = (MEDIAN, P99, 1.0)
    return (
        format_count(len(looks)),
        *(f"{each.ms(looks, part):.2f}" for part in parts),
    )
