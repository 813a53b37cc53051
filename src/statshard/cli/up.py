"""statshard up: the whole picture on one machine.

Its flags are the rows of its table of options.
"""

import os
import sys
from typing import Any

import click

from statshard.cli.options import setting_options
from statshard.daemon.outlets import SINK_RULE
from statshard.errors import StatshardError
from statshard.up.options import UP, UpSettings, environment_of_children, read_up
from statshard.up.output import Output
from statshard.up.pipeline import run_pipeline
from statshard.up.screen import open_screen

STDOUT = 1
DUMB = ("", "dumb", "unknown")  # terminals on which nothing can be drawn anew


@click.command("up", short_help="The whole picture on one machine.")
@setting_options(UP)
def command(
    **given: Any,  # noqa: ANN401 -- texts by key, as read_up takes them
) -> None:
    """Start a proxy and aggregation servers behind it, and show what they do.

    Nothing else is needed: processes of `statshard run` and `statshard serve` on this
    machine, a gentle demonstration load, and a live table of lines in and out, of what
    was dropped and why, and of the latest aggregates, those of your own metrics first.
    Where the output is no terminal it is a block of lines a flush. With --no-demo and
    --sink it is a small production.

    Each flag is a variable too (STATSHARD_BACKENDS). Those of `run` and `serve` hold
    for its processes (STATSHARD_WORKERS, STATSHARD_HASH); a settings file does not.
    It runs until Ctrl-C or SIGTERM; then the proxy sends what it has, the servers flush
    a last time, and the balance is told. Exit status: 0 stopped as told; 1 a process
    failed: all are stopped; 2 usage; 71 could not bind; 78 bad settings.

    \b
    Example: a look, and a small production
      statshard up
      statshard up --no-demo --backends 4 --sink graphite://127.0.0.1:2003
    """  # noqa: D301 -- click's help page: \b is its mark
    settings = read_up(given, os.environ, rules=(SINK_RULE,)).settings
    environ = environment_of_children(os.environ)
    output = _open_output()
    run_pipeline(settings, environ, open_screen(_screen_of(settings), output))


def _open_output() -> Output:
    """Return the standard output; raises StatshardError where it is closed."""
    try:
        os.fstat(STDOUT)
    except OSError as fault:
        raise StatshardError(f"standard output: {fault.strerror}") from fault
    return Output(STDOUT, sys.stdout.encoding)


def _screen_of(settings: UpSettings) -> str:
    """Return the name of the screen that the output can be."""
    if settings.json:
        return "json"
    can_draw = sys.stdout.isatty() and os.environ.get("TERM", "") not in DUMB
    return "live" if can_draw else "plain"
