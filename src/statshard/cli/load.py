"""statshard load: paced traffic, and what becomes of it.

Its flags are the rows of the table of a load's options.
"""

import json
import sys
from typing import Any

import click

from statshard.cli.options import setting_options
from statshard.load.flags import load_from_flags
from statshard.load.limit import find_limit
from statshard.load.measure import Measure
from statshard.load.options import LOAD, LoadSettings
from statshard.load.report import (
    limit_as_json,
    limit_as_table,
    step_as_json,
    step_as_table,
)
from statshard.load.step import Step


@click.command("load", short_help="Paced traffic, and what becomes of it.")
@setting_options(LOAD)
def command(
    **given: Any,  # noqa: ANN401 -- texts by key, as load_from_flags takes them
) -> None:
    """Send StatsD lines at a rate, receive them behind the target, and check each.

    Each line carries a number and the time of sending in its value. What is told: lines
    sent, arrived, lost, altered, duplicated, misplaced (a name at two --receive ports),
    wrong (at another port than --hash says), out of order (within a name and sender),
    their one-way delay up to the receivers' kernel, and what the kernel dropped. Lines
    of --file and --format rust carry nothing, so they are counted by their text.
    Without --receive only what the kernel dropped or refused is seen. Exit status: 0
    nothing was wrong; 1 something was, or --find-limit found none; 71 could not bind;
    78 bad flags.

    \b
    Example: the highest loss-free rate of a proxy on this machine
      statshard run --listen udp://127.0.0.1:8125 \\
          --backend 127.0.0.1:9001 --backend 127.0.0.1:9002 &
      statshard load --target udp://127.0.0.1:8125 --receive 9001,9002 --find-limit
    """  # noqa: D301 -- click's help page: \b is its mark
    settings = load_from_flags(given)
    with Measure(settings) as measure:
        is_clean = (_search if settings.find_limit else _run)(measure, settings)
    sys.exit(0 if is_clean else 1)


def _run(measure: Measure, settings: LoadSettings) -> bool:
    """Make one run and show it; True where nothing was wrong."""
    step = _run_with_bar(measure, settings.rate, "sending")
    show = json.dumps(step_as_json(step)) if settings.json else step_as_table(step)
    click.echo(show)
    return not step.faults


def _search(measure: Measure, settings: LoadSettings) -> bool:
    """Find the limit and show it; True where there is one."""

    def run(rate: int) -> Step | None:
        label = f"{rate} datagrams/s"
        step = None if measure.is_stopped else _run_with_bar(measure, rate, label)
        # One that was cut short says nothing of its rate.
        return None if measure.is_stopped else step

    limit = find_limit(run, settings.rate)
    show = json.dumps(limit_as_json(limit)) if settings.json else limit_as_table(limit)
    click.echo(show)
    return limit.rate > 0


def _run_with_bar(measure: Measure, rate: int, label: str) -> Step:
    """Make a run; on a terminal, with a bar on standard error."""
    if not sys.stderr.isatty():
        return measure.run(rate)
    length = max(1, round(rate * measure.settings.seconds))
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        return measure.run(rate, lambda sent: bar.update(sent - bar.pos))
