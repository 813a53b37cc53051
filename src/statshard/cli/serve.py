"""statshard serve: the aggregation server, in the foreground.

Its flags are the rows of its table of settings.
"""

import os
import socket
from typing import Any

import click

from statshard.cli.options import config_option, setting_options
from statshard.daemon.cpus import usable_cpus
from statshard.daemon.events import open_log
from statshard.daemon.loops import listener_rules
from statshard.daemon.outlets import SINK_RULE
from statshard.daemon.server import run_server
from statshard.daemon.state_file import STATE_RULE
from statshard.membership.static import ask_once
from statshard.settings.server import SERVER
from statshard.settings.sources import read_settings


@click.command("serve", short_help="The aggregation server, in the foreground.")
@config_option
@setting_options(SERVER)
def command(
    *,
    config: str | None,
    **given: Any,  # noqa: ANN401 -- texts by key, as read_settings takes them
) -> None:
    """Aggregate StatsD samples, and flush them to sinks once an interval.

    It runs until SIGTERM or SIGINT; then a last flush reaches the sinks. Every sample
    that arrives is aggregated, or dropped and counted by reason; the balance is logged
    at the end. Exit status: 0 stopped as told; 1 failed while running; 2 usage; 71
    could not bind, or the state file is another server's; 78 bad settings.

    Every setting is a flag, a variable (STATSHARD_FLUSH_INTERVAL) and a key of the
    file; a flag is above a variable, and that above the file.

    \b
    Example: what comes in, on the console each second, and to Graphite under new names
      statshard serve --listen udp://127.0.0.1:8125 --flush-interval 1 \\
          --sink console: --sink graphite://127.0.0.1:2003,namespace=new
    """  # noqa: D301 -- click's help page: \b is its mark
    settings = read_settings(
        SERVER,
        given,
        config=config,
        environ=os.environ,
        usable_cpus=usable_cpus(),
        rules=(SINK_RULE, STATE_RULE, *listener_rules(ask_once(socket.getaddrinfo))),
    ).settings
    open_log(settings.log_level, settings.log_format)
    run_server(settings)
