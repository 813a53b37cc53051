"""Options: entries of a table of settings as a command's flags."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import click

from statshard.settings.later import later_flags
from statshard.settings.section import Section
from statshard.settings.setting import Setting, flag_of

Completion = Callable[[click.Context, click.Parameter, str], list[str]]
Decorated = Callable[..., Any]  # Any: as in click, whatever stands below a decorator


def setting_options(
    *sections: Section[Any],  # Any: settings of any command
    keys: Collection[str] | None = None,
) -> Callable[[Decorated], Decorated]:
    """Give a command the options of all entries, or those of `keys`, in their order.

    An entry that several sections have is one option. What later versions will know
    are options that no help shows, so that they are refused as the settings that they
    are.
    """
    homes: dict[str, list[tuple[Section[Any], Setting]]] = {}  # Any: as above
    for section in sections:
        for row in section.input_rows:
            if keys is None or row.key in keys:
                homes.setdefault(row.key, []).append((section, row))
    options = [_option(found[0][1], _help_of(found)) for found in homes.values()]
    unknown = dict.fromkeys(key for each in sections for key in later_flags(each.name))
    options += [_later_option(key) for key in unknown if key not in homes]

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


def _help_of(found: Sequence[tuple[Section[Any], Setting]]) -> str:  # Any: any command
    """Return the help of an entry; where sections differ in it, that of each."""
    if len({row.full_help for _, row in found}) == 1:
        return found[0][1].full_help
    return " ".join(f"`{section.command}`: {row.full_help}" for section, row in found)


def _option(row: Setting, text: str) -> Callable[[Decorated], Decorated]:
    """Return the option of an entry; one without a metavar is on or off."""
    if not row.metavar:
        return click.option(row.flag, row.key, is_flag=True, help=text)
    return click.option(
        row.flag,
        row.key,
        metavar=row.metavar,
        multiple=row.is_list,
        help=text,
        shell_complete=one_of(row.kind.schema.get("enum", ())),
    )


def _later_option(key: str) -> Callable[[Decorated], Decorated]:
    """Return a hidden option, with a value or without."""
    return click.option(flag_of(key), key, is_flag=False, flag_value="", hidden=True)
