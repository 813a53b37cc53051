"""Page: the text of bench/SERVER.md, from results. Pure."""

import shlex
from collections.abc import Sequence

from bench.page import PROXY_PORT, Conditions
from bench.server_rows import Stream
from bench.server_tables import (
    Beside,
    Costed,
    Delayed,
    Result,
    has_passed,
    has_target,
    tabulate_beside,
    tabulate_costs,
    tabulate_delays,
    tabulate_series,
)
from bench.serving import load_words, serve_words

STORE_PORT = 2003  # of the commands shown; any will do

HEAD = """\
# What the aggregation server costs

Written by `make bench-server`; not to be edited.

- date: {date}
- machine: {machine}
- commit: {commit}
- load average at the start: {load_average}
- targets: {targets}

Generator, server and store share {cores} cores, over loopback. `statshard serve` runs
with one worker and one Graphite sink, whose text a store reads and forgets. The names
are counters, timers and gauges in turn. CPU is that of the whole process, user and
system: workers, flushes, sinks; from the first datagram until the flush of the last has
come to the store, of each line sent. Lost lines are those that the server has not
aggregated, by its balance at the end, with all that the kernel dropped before it;
lost points, those of a flush that the store did not get. Figures are medians over
{rounds} rounds, what was lost their sum, memory and the length of a flush their worst.
"""

COSTS = """\
## Cost per line, over 10 000 names

By `statshard load`, and by the generator of bench/floor under which the others were
measured once: its values are shorter, each of its names has all three types. At the
usual interval of 10 s, then with a flush each second. What other servers took
comes from another day and machine: it says how far apart they are, no more.

{table}

{repeat}
"""

SERIES = """\
## By the number of series

50 000 datagrams/s of 10 lines, one round each. *Flush* is from when it was due until
its last byte was at the store, *fold* what of that comes before the writing of the
text; while it lasts the workers go on.

![Memory and cost by the number of series](plots/server-series.svg)

{table}

{repeat}
"""

BESIDE = """\
## Beside etsy's statsd

The same load on npm's statsd (`make peers` installs it), one round each: CPU of each
line that it got; lost is what the kernel dropped before it.

{table}

{repeat}
"""

DURING = """\
## What a flush does to the delay

How long a datagram waits in the socket's buffer until a worker reads it: looked at each
millisecond from another process, bytes that wait there / (bytes of a datagram x
datagrams/s). At a steady rate that is how long the oldest has waited, and such looks
have the distribution of the waits themselves (bench/waiting.py says why). *A flush is
made* from when it is due until the store has all of it. The rest of the time must be
usual itself, a p99 of at most 7 ms, or the row is a MISS: beside a machine that is busy
with other things any flush looks harmless.

{table}

{repeat}
"""


def format_page(results: Sequence[Result], taken: Conditions, load: float) -> str:
    """Return the text of bench/SERVER.md."""
    head = HEAD.format(
        date=taken.date,
        machine=taken.machine,
        commit=taken.commit,
        cores=taken.cores,
        rounds=taken.rounds,
        load_average=f"{load:.2f}",
        targets=summarize(results),
    )
    return "\n".join([head, *list_sections(results)])


def summarize(results: Sequence[Result]) -> str:
    """Tell in a sentence which targets were met, and where something was lost."""
    aimed = [each for each in results if has_target(each)]
    if not aimed:
        return "none of these rows has one"
    missed = [each.row.name for each in results if not has_passed(each)]
    if not missed:
        return f"all {len(aimed)} met, nothing lost"
    return f"of {len(aimed)} targets and {len(results)} rows, MISS: {', '.join(missed)}"


def list_sections(results: Sequence[Result]) -> list[str]:
    """Return the sections of the rows that were measured."""
    costs = [r for r in results if isinstance(r, Costed)]
    by_series = [each for each in costs if each.row.name.startswith("series-")]
    costs = [each for each in costs if each not in by_series]
    beside = [r for r in results if isinstance(r, Beside)]
    delays = [r for r in results if isinstance(r, Delayed)]
    sections = []
    if costs:
        table, repeat = tabulate_costs(costs), format_repeat(costs)
        sections.append(COSTS.format(table=table, repeat=repeat))
    if by_series:
        table, repeat = tabulate_series(by_series), format_repeat(by_series)
        sections.append(SERIES.format(table=table, repeat=repeat))
    if beside:
        table, repeat = tabulate_beside(beside), format_own(beside)
        sections.append(BESIDE.format(table=table, repeat=f"```sh\n{repeat}\n```"))
    if delays:
        table, repeat = tabulate_delays(delays), format_repeat(delays)
        sections.append(DURING.format(table=table, repeat=repeat))
    return sections


def format_repeat(results: Sequence[Result]) -> str:
    """Return the commands to repeat rows by: all of it, and what the first runs."""
    own = format_own(results)
    shown = format_stream(results[0].row.stream)
    return f"```sh\n{own}\n# runs, with ports of its own:\n{shown}\n```"


def format_own(results: Sequence[Result]) -> str:
    """Return the command to repeat rows by."""
    names = " ".join(f"--only {each.row.name}" for each in results)
    return f'make bench-server ARGS="{names}"'


def format_stream(stream: Stream) -> str:
    """Return the commands of a stream."""
    server = shlex.join(["statshard", *serve_words(stream, PROXY_PORT, STORE_PORT)])
    load = shlex.join(load_words(stream, PROXY_PORT))
    return f"{server} &\n{load}"
