"""Options: entries of a table of settings as a command's flags."""

from collections.abc import Callable, Iterable
from typing import Any

import click

from statshard.settings.setting import Setting

Decorated = Callable[..., Any]  # Any: as in click, whatever stands below a decorator


def setting_options(table: Iterable[Setting]) -> Callable[[Decorated], Decorated]:
    """Give a command the options of all entries, in the table's order."""
    options = [_option(row) for row in table]

    def decorate(function: Decorated) -> Decorated:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def config_option(function: Decorated) -> Decorated:
    """Give a command the option that names a settings file."""
    return click.option(
        "-c",
        "--config",
        metavar="FILE",
        help="Settings in TOML, or the Rust sharding proxy's config.ini. Default: what "
        "STATSHARD_CONFIG names, else none.",
    )(function)


def _option(row: Setting) -> Callable[[Decorated], Decorated]:
    """Return the option of an entry; one without a metavar is on or off."""
    if not row.metavar:
        return click.option(row.flag, row.key, is_flag=True, help=row.full_help)
    return click.option(
        row.flag,
        row.key,
        metavar=row.metavar,
        multiple=row.is_list,
        help=row.full_help,
    )
