"""statshard run: the proxy, in the foreground.

Its flags are the rows of the table of settings.
"""

import os
from typing import Any

import click

from statshard.cli.options import config_option, setting_options
from statshard.daemon.cpus import usable_cpus
from statshard.daemon.events import open_log
from statshard.daemon.proxy import run_proxy
from statshard.settings.model import PROXY
from statshard.settings.secrets import with_files
from statshard.settings.sources import read_settings


@click.command("run", short_help="The proxy, in the foreground.")
@config_option
@setting_options(with_files(PROXY))
@click.option(
    "--no-admin",
    is_flag=True,
    help="Open no admin port. (This version has none.)",
)
@click.option(
    "--control",
    metavar="PATH",
    help="Where the control socket goes. (This version has none.)",
)
def command(
    *,
    config: str | None,
    no_admin: bool,  # noqa: ARG001 -- accepted, for later versions
    control: str | None,  # noqa: ARG001 -- accepted, for later versions
    **given: Any,  # noqa: ANN401 -- texts by key, as read_settings takes them
) -> None:
    """Forward StatsD lines to the backends that their names choose.

    It runs until SIGTERM or SIGINT. Every line that arrives is forwarded, waiting, or
    dropped and counted by reason; the balance is logged at the end. Exit status: 0
    stopped as told; 1 failed while running; 2 usage; 71 could not bind; 78 bad
    settings.

    Every setting is a flag, a variable (STATSHARD_MAX_PAYLOAD) and a key of the file; a
    flag is above a variable, and that above the file.

    \b
    Example: three shards, one of them twice as large
      statshard run --listen udp://0.0.0.0:8125 --backend shard-1=10.0.0.1:8125 \\
          --backend shard-2=10.0.0.2:8125 --backend shard-3=10.0.0.3:8125,weight=2
    """  # noqa: D301 -- click's help page: \b is its mark
    settings = read_settings(
        given, config=config, environ=os.environ, usable_cpus=usable_cpus()
    ).settings
    open_log(settings.log_level, settings.log_format)
    run_proxy(settings)
