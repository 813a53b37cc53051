"""statshard run: the proxy, in the foreground.

Its flags are the rows of the table of settings.
"""

from collections.abc import Callable
from typing import Any

import click

from statshard.daemon.cpus import usable_cpus
from statshard.daemon.events import open_log
from statshard.daemon.proxy import run_proxy
from statshard.settings.flags import settings_from_flags
from statshard.settings.model import PROXY, Setting

Decorated = Callable[..., Any]  # Any: as in click, whatever stands below a decorator


def _option(setting: Setting) -> Callable[[Decorated], Decorated]:
    """Return the option of a setting."""
    default = f" [default: {setting.default}]" if setting.default else ""
    return click.option(
        setting.flag,
        setting.key,
        metavar=setting.metavar,
        multiple=setting.is_list,
        help=setting.help + default,
    )


def _setting_options(function: Decorated) -> Decorated:
    """Give a command the options of all settings, in the table's order."""
    for setting in reversed(PROXY):
        function = _option(setting)(function)
    return function


@click.command("run", short_help="The proxy, in the foreground.")
@_setting_options
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
    no_admin: bool,  # noqa: ARG001 -- accepted, for later versions
    control: str | None,  # noqa: ARG001 -- accepted, for later versions
    **given: Any,  # noqa: ANN401 -- texts by key, as settings_from_flags takes them
) -> None:
    """Forward StatsD lines to the backends that their names choose.

    It runs until SIGTERM or SIGINT. Every line that arrives is forwarded, waiting, or
    dropped and counted by reason; the balance is logged at the end. Exit status: 0
    stopped as told; 1 failed while running; 2 usage; 71 could not bind; 78 bad
    settings.

    \b
    Example: three shards, one of them twice as large
      statshard run --listen udp://0.0.0.0:8125 --backend shard-1=10.0.0.1:8125 \\
          --backend shard-2=10.0.0.2:8125 --backend shard-3=10.0.0.3:8125,weight=2
    """  # noqa: D301 -- click's help page: \b is its mark
    settings = settings_from_flags(given, usable_cpus=usable_cpus())
    open_log(settings.log_level, settings.log_format)
    run_proxy(settings)
