"""Page: the text of bench/RESULTS.md, from results. Pure.

A section for each kind of row: what it shows, its table, its plots, and the command to
repeat it by.
"""

import datetime as dt
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from bench.compared import Compared, build_command, build_options
from bench.cost import build_load
from bench.forwarder import build_words, join
from bench.rows import SAME_COST, Work
from bench.tables import (
    Delayed,
    Paired,
    Result,
    Varied,
    format_count,
    has_passed,
    tabulate_compared,
    tabulate_delays,
    tabulate_pairs,
    tabulate_series,
)

PROXY_PORT, FIRST_RECEIVER = 8125, 9001  # of the commands shown; any will do

HEAD = """\
# What statshard costs, and how late it is

Written by `make bench`; not to be edited.

- date: {date}
- machine: {machine}
- commit: {commit}
- targets: {targets}

What is measured shares {cores} cores with what measures it: generator, proxy and
receivers all run on this machine, over loopback. So delays, and the rate at which lines
are lost, are those of all three together; on a machine of its own the proxy would share
its cores with none of them. CPU is that of the whole forwarder, user and system, and
holds what loopback does: to send there is to do the receiver's part of the kernel's
work as well. The floor (bench/floor) is a C program that parses nothing and forwards to
its backends in turn. Figures are medians over the rounds ({rounds}), in which statshard
and what it is held against take turns; a ratio is the median of the rounds' ratios, so
it need not be that of the medians beside it. Lines lost are the sum of the rounds,
memory and the longest delay their worst.
"""

COMPARED = """\
## Beside the floor

Generator and receivers are those of bench/floor, in C.

{table}

{repeat}
"""

DELAYS = """\
## Delay

One way, from the stamp in the line when it is sent to its arrival at a receiver, by
`statshard load`, which sends in one process and receives in another. *Direct* is
the same load to one of its receivers, with nothing between: what the machine adds by
itself. The target is `max_delay_ms` and 2 ms.

{table}

{repeat}
"""

PAIRS = """\
## Two workers, and IPv6

Each beside the same load on one worker and IPv4, by `statshard load`. The kernel gives
each flow to a worker by its addresses, so the busiest worker's share of the lines is a
matter of luck too: of 16 flows to two workers, one run in 47 gives 13 or more to one.
A cost of up to {same:.2f} x is taken as that of one worker.

{table}

{repeat}
"""

SERIES = """\
## What the cost depends on

By `statshard load`, in runs of {seconds:g} s; all but what varies as in the command
below each table. The floor is shown where it can do the same: up to 16 backends, and
datagrams of up to 1 432 bytes (it cuts longer ones). These figures are not to be held
against those of the first table: generator and receivers are others, and use more CPU.
A run this short on a shared machine is off by up to a quarter: read the slopes, not the
steps.
"""

ONE_SERIES = """\
### {title}

![{title}](plots/{name}.svg)

{table}
{note}
{repeat}
"""

HIGHEST = """
Highest rate without a lost line: {rate}. It ended {why}.
"""


@dataclass(frozen=True)
class Conditions:
    """Where and when the results were taken."""

    date: dt.date
    machine: str
    cores: int
    commit: str
    rounds: int


def format_page(results: Sequence[Result], taken: Conditions) -> str:
    """Return the text of bench/RESULTS.md."""
    head = HEAD.format(
        date=taken.date,
        machine=taken.machine,
        commit=taken.commit,
        cores=taken.cores,
        rounds=taken.rounds,
        targets=summarize(results),
    )
    return "\n".join([head, *list_sections(results, taken.rounds)])


def summarize(results: Sequence[Result]) -> str:
    """Tell in a sentence which targets were met."""
    aimed = [each for each in results if not isinstance(each, Varied)]
    missed = [each.row.name for each in aimed if not has_passed(each)]
    if not missed:
        return f"all {len(aimed)} met"
    met = len(aimed) - len(missed)
    return f"{met} of {len(aimed)} met; MISS: {', '.join(missed)}"


def list_sections(results: Sequence[Result], rounds: int) -> list[str]:
    """Return the sections of the rows that were measured."""
    compared = [each for each in results if isinstance(each, Compared)]
    delays = [each for each in results if isinstance(each, Delayed)]
    pairs = [each for each in results if isinstance(each, Paired)]
    series = [each for each in results if isinstance(each, Varied)]
    sections = []
    if compared:
        commands = [
            f"bench/floor/compare {' '.join(build_options(each.row, rounds))} -- \\\n"
            f"    {' '.join(build_command(each.row))}"
            for each in compared
        ]
        shown = format_repeat(compared, commands)
        sections.append(
            COMPARED.format(table=tabulate_compared(compared), repeat=shown)
        )
    if delays:
        shown = format_repeat(delays, [format_work(d.row.work) for d in delays])
        sections.append(DELAYS.format(table=tabulate_delays(delays), repeat=shown))
    if pairs:
        shown = format_repeat(pairs, [format_work(p.row.work) for p in pairs])
        table = tabulate_pairs(pairs)
        sections.append(PAIRS.format(table=table, repeat=shown, same=SAME_COST))
    if series:
        sections.append(SERIES.format(seconds=series[0].row.base.seconds))
    return [*sections, *map(format_series, series)]


def format_series(result: Varied) -> str:
    """Return the section of one series."""
    row = result.row
    return ONE_SERIES.format(
        title=row.title,
        name=row.name,
        table=tabulate_series(result),
        note=format_highest(result) if row.ends_at_loss else "",
        repeat=format_repeat([result], [format_work(row.base)]),
    )


def format_highest(result: Varied) -> str:
    """Tell the highest clean rate, and what ended the search."""
    rate = result.highest_rate
    last = result.costs[-1]
    why = "with the last rate of the table"
    if not last.is_reached:
        why = f"where the generator came to {format_count(round(last.rate))}/s only"
    elif last.lost:
        why = f"with {format_count(last.lost)} lines lost at the next"
    shown = f"{format_count(rate)} datagrams/s" if rate else "none of these"
    return HIGHEST.format(rate=shown, why=why)


def format_repeat(results: Sequence[Result], commands: Sequence[str]) -> str:
    """Return the commands to repeat rows by: all of it, and what that runs."""
    names = " ".join(f"--only {each.row.name}" for each in results)
    own = f'make bench ARGS="{names}"'
    return "\n".join(["```sh", own, "# runs, with ports of its own:", *commands, "```"])


def format_work(work: Work) -> str:
    """Return the commands of a work done by statshard."""
    target = f"udp://{join(work.host, PROXY_PORT)}"
    ports = range(FIRST_RECEIVER, FIRST_RECEIVER + work.backends)
    receivers = tuple(join(work.host, port) for port in ports)
    proxy = shlex.join(["statshard", *build_words(work, target, receivers)])
    load = shlex.join(["statshard", *build_load(work, target, receivers), "--json"])
    return f"{proxy} &\n{load}"
