"""Options: entries of a table of settings as a command's flags."""

from collections.abc import Callable, Collection
from typing import Any

import click

from statshard.settings.later import later_flags
from statshard.settings.section import Section
from statshard.settings.setting import Setting, flag_of

Completion = Callable[[click.Context, click.Parameter, str], list[str]]
Decorated = Callable[..., Any]  # Any: as in click, whatever stands below a decorator


def setting_options(
    section: Section[Any],  # Any: settings of any command
    keys: Collection[str] | None = None,
) -> Callable[[Decorated], Decorated]:
    """Give a command the options of all entries, or those of `keys`, in their order.

    What later versions will know are options that no help shows, so that they are
    refused as the settings that they are.
    """
    rows = section.input_rows
    options = [_option(row) for row in rows if keys is None or row.key in keys]
    options += [_later_option(key) for key in later_flags(section.name)]

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
        type=click.Path(),  # for shells, which complete it; nothing looks at it here
        help="Settings in TOML, or the Rust sharding proxy's config.ini. Default: what "
        "STATSHARD_CONFIG names, else none.",
    )(function)


def one_of(names: Collection[str]) -> Completion:
    """Return what tells a shell which of some names a word may become."""

    def complete(_context: click.Context, _: click.Parameter, word: str) -> list[str]:
        return [name for name in names if name.startswith(word)]

    return complete


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
        shell_complete=one_of(row.kind.schema.get("enum", ())),
    )


def _later_option(key: str) -> Callable[[Decorated], Decorated]:
    """Return a hidden option, with a value or without."""
    return click.option(flag_of(key), key, is_flag=False, flag_value="", hidden=True)
