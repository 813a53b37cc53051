"""statshard run: the proxy, in the foreground.

Its flags are the rows of the table of settings.
"""

import os
import socket
from typing import Any

import click

from statshard.cli.options import config_option, setting_options
from statshard.daemon.cpus import usable_cpus
from statshard.daemon.events import open_log
from statshard.daemon.loops import network_rules
from statshard.daemon.proxy import run_proxy
from statshard.membership.static import ask_once, resolve_backends
from statshard.settings.model import PROXY
from statshard.settings.sources import read_settings


@click.command("run", short_help="The proxy, in the foreground.")
@config_option
@setting_options(PROXY)
def command(
    *,
    config: str | None,
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
    lookup = ask_once(socket.getaddrinfo)
    effective = read_settings(
        PROXY,
        given,
        config=config,
        environ=os.environ,
        usable_cpus=usable_cpus(),
        rules=network_rules(lookup),
    )
    settings = effective.settings
    open_log(settings.log_level, settings.log_format)
    backends = settings.backend
    origin = effective.origins["backend"]
    run_proxy(settings, resolve_backends(backends, lookup, origin))
