"""Cost: a work done by statshard, and by the floor where it can, round after round.

    round 1   floor, statshard        each: start, `statshard load`, stop
    round 2   floor, statshard

A round's figures are a Run; what all rounds came to is a Cost, whose figures are
medians, but for lines lost (their sum) and memory and the longest delay (the worst).
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.forwarder import STATSHARD, Forwarder, free_ports, join
from bench.rows import Work
from statshard.load.step import REACHED


@dataclass(frozen=True)
class Run:
    """What one round of one forwarder came to; the cost is 0 where there was none."""

    us_per_line: float  # CPU of the forwarder, of each line that arrived
    lost: int  # lines
    rate: float  # datagrams/s that were sent
    rss_mib: float  # peak
    p50_us: int  # one-way delays
    p99_us: int
    max_us: int
    busiest: float  # share of the lines that the busiest worker read


@dataclass(frozen=True)
class Cost:
    """What all rounds of a work came to."""

    work: Work
    ours: tuple[Run, ...]
    floor: tuple[Run, ...] = ()  # empty: the floor cannot do it

    @property
    def our_us(self) -> float:
        """CPU per line."""
        return statistics.median(run.us_per_line for run in self.ours)

    @property
    def floor_us(self) -> float | None:
        """CPU per line of the floor."""
        return (
            statistics.median(r.us_per_line for r in self.floor) if self.floor else None
        )

    @property
    def ratio(self) -> float | None:
        """CPU per line, in floors of the same round."""
        return median_ratio(self.ours, self.floor) if self.floor else None

    @property
    def lost(self) -> int:
        """Lines lost behind statshard."""
        return sum(run.lost for run in self.ours)

    @property
    def floor_lost(self) -> int:
        """Lines lost behind the floor."""
        return sum(run.lost for run in self.floor)

    @property
    def rate(self) -> float:
        """The rate that the generator reached."""
        return statistics.median(run.rate for run in self.ours)

    @property
    def is_reached(self) -> bool:
        """Whether that was the rate asked for."""
        return self.rate >= REACHED * self.work.rate

    @property
    def p50_ms(self) -> float:
        """Delay that half of the lines did not exceed."""
        return statistics.median(run.p50_us for run in self.ours) / 1000

    @property
    def p99_ms(self) -> float:
        """Delay that 99 % of the lines did not exceed."""
        return statistics.median(run.p99_us for run in self.ours) / 1000

    @property
    def max_ms(self) -> float:
        """The longest delay of any line."""
        return max(run.max_us for run in self.ours) / 1000

    @property
    def busiest(self) -> float:
        """Share of the lines that the busiest worker read."""
        return statistics.median(run.busiest for run in self.ours)

    @property
    def rss_mib(self) -> float:
        """Peak memory."""
        return max(run.rss_mib for run in self.ours)


def median_ratio(ours: Sequence[Run], beside: Sequence[Run]) -> float:
    """Return the median, over the rounds, of one's cost per line in the other's."""
    pairs = zip(ours, beside, strict=True)
    ratios = [a.us_per_line / b.us_per_line for a, b in pairs if b.us_per_line]
    return statistics.median(ratios) if ratios else 0.0


def measure(work: Work, rounds: int, floor: Path) -> Cost:
    """Run the floor, where it can do the work, and statshard in turn."""
    pairs = [
        (run_once(work, floor) if work.fits_floor else None, run_once(work))
        for _ in range(rounds)
    ]
    return Cost(
        work,
        tuple(ours for _, ours in pairs),
        tuple(its for its, _ in pairs if its is not None),
    )


def measure_both(work: Work, beside: Work, rounds: int) -> tuple[Cost, Cost]:
    """Do two works by statshard in turn; return their costs."""
    pairs = [(run_once(work), run_once(beside)) for _ in range(rounds)]
    its, others = zip(*pairs, strict=True)
    return Cost(work, its), Cost(beside, others)


def measure_delays(work: Work, rounds: int) -> tuple[Cost, Cost]:
    """Do a work by statshard, and without it, in turn; return both."""
    pairs = [(run_once(work), run_direct(work)) for _ in range(rounds)]
    through, direct = zip(*pairs, strict=True)
    return Cost(work, through), Cost(work, direct)


def run_direct(work: Work) -> Run:
    """Run the work's load straight to one receiver, nothing between them."""
    (port,) = free_ports(work.host, 1)
    receiver = join(work.host, port)
    return read_run(send(work, f"udp://{receiver}", (receiver,)), cpu_s=0, rss_mib=0)


def run_once(work: Work, floor: Path | None = None) -> Run:
    """Run the work through statshard, or through the floor."""
    with Forwarder(work, floor) as forwarder:
        before_s = forwarder.cpu_s()
        found = send(work, forwarder.target, forwarder.receivers)
        cpu_s = forwarder.cpu_s() - before_s
        rss_mib = forwarder.peak_rss_mib()
    return read_run(found, cpu_s, rss_mib, forwarder.worker_lines)


def build_load(work: Work, target: str, receivers: Sequence[str]) -> list[str]:
    """Return the words of `statshard load`, after its name."""
    flags = {"--target": target, "--receive": ",".join(receivers)}
    flags |= {"--rate": str(work.rate), "--seconds": f"{work.seconds:g}"}
    flags |= {"--lines": str(work.lines), "--names": str(work.names)}
    flags |= {"--size": str(work.size), "--senders": str(work.senders)}
    return ["load", *(word for pair in flags.items() for word in pair)]


def send(work: Work, target: str, receivers: Sequence[str]) -> Any:  # noqa: ANN401 -- what JSON holds
    """Send the work's traffic; return what `statshard load --json` tells."""
    done = subprocess.run(
        [str(STATSHARD), *build_load(work, target, receivers), "--json"],
        check=False,  # its status 1 says that lines were lost, which the table shows
        stdout=subprocess.PIPE,
        text=True,
    )
    if not done.stdout:
        sys.exit(f"bench: no result from statshard load at {target}, for {work}")
    return json.loads(done.stdout)


def read_run(
    found: Any,  # noqa: ANN401 -- what JSON holds
    cpu_s: float,
    rss_mib: float,
    worker_lines: Sequence[int] = (),
) -> Run:
    """Return a run from what the load told and the forwarder used."""
    sent, received = found["sent"], found["received"]
    delay_us = received["delay_us"] or {"p50": 0, "p99": 0, "max": 0}
    return Run(
        us_per_line=cpu_s * 1e6 / max(1, received["arrived"]),
        lost=received["lost"],
        rate=sent["datagrams_per_s"],
        rss_mib=rss_mib,
        p50_us=delay_us["p50"],
        p99_us=delay_us["p99"],
        max_us=delay_us["max"],
        busiest=max(worker_lines, default=0) / max(1, sum(worker_lines)),
    )
