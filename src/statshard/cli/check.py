"""statshard check: whether settings are valid, and what they come to.

What `statshard run` would go by, or with `--for serve` `statshard serve`, with the same
flags, variables and file, without binding a port. It resolves names and looks for
loops, unless told not to.
"""

import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from statshard.cli.options import config_option, setting_options
from statshard.daemon.cpus import usable_cpus
from statshard.daemon.loops import listener_rules, network_rules
from statshard.daemon.outlets import SINK_RULE
from statshard.daemon.state_file import STATE_RULE
from statshard.errors import SettingsError
from statshard.membership.static import Lookup, ask_once
from statshard.settings.effective import Effective
from statshard.settings.fault import list_faults
from statshard.settings.later import later_flags
from statshard.settings.model import PROXY
from statshard.settings.schema import as_schema
from statshard.settings.section import Rule, Section
from statshard.settings.server import SERVER
from statshard.settings.setting import flag_of
from statshard.settings.show import as_plain, as_toml, origins_as_plain
from statshard.settings.sources import read_settings

Found = Mapping[str, Any]  # Any: texts by key, as read_settings takes them


@dataclass(frozen=True)
class Subject:
    """A command whose settings are checked, and what it asks beside the section's."""

    section: Section[Any]  # Any: settings of any command
    list_network_rules: Callable[[Lookup], tuple[Rule, ...]]
    rules: tuple[Rule, ...] = ()


SUBJECTS: Mapping[str, Subject] = {
    "run": Subject(PROXY, network_rules),
    "serve": Subject(SERVER, listener_rules, (SINK_RULE, STATE_RULE)),
}


@click.command("check", short_help="Whether settings are valid, and what they are.")
@click.option(
    "--for",
    "subject",
    type=click.Choice(tuple(SUBJECTS)),
    default="run",
    show_default="run",
    help="Whose settings, and flags.",
)
@config_option
@setting_options(*(each.section for each in SUBJECTS.values()))
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON instead of TOML.")
@click.option(
    "--schema",
    "wants_schema",
    is_flag=True,
    help="Print the JSON Schema of a settings file, and check nothing.",
)
@click.option(
    "--no-network", is_flag=True, help="Resolve no names, and look for no loops."
)
def command(  # noqa: PLR0913 -- each flag by its name
    *,
    subject: str,
    config: str | None,
    origin: bool,
    is_json: bool,
    wants_schema: bool,
    no_network: bool,
    **given: Any,  # noqa: ANN401 -- texts by key, as read_settings takes them
) -> None:
    """Check settings as `statshard run` would take them, and print those that hold.

    With --for serve those of `statshard serve`; of a file, the other's settings are
    checked too, but not shown. What is printed is a settings file that reads as the
    same settings. With --json a fault is a record: where it stands, its key and value,
    and what is wrong and would be valid.

    Exit status: 0 valid; 2 usage; 78 not valid: every fault is named, each on a line of
    its own.

    \b
    Example: what a file and the environment come to, and why
      statshard check -c examples/statshard.toml --origin

    \b
    Example: what an aggregation server would go by
      statshard check --for serve --sink graphite://127.0.0.1:2003
    """  # noqa: D301 -- click's help page: \b is its mark
    if wants_schema:
        click.echo(json.dumps(as_schema(), indent=2))
        return
    chosen = SUBJECTS[subject]
    _refuse_foreign_flags(chosen.section, given)
    try:
        effective = _check(chosen, given, config, with_network=not no_network)
    except SettingsError as error:
        if not is_json:
            raise
        faults = [fault.as_record() for fault in list_faults(error)]
        click.echo(json.dumps({"valid": False, "faults": faults}))
        sys.exit(error.exit_status)
    if is_json:
        click.echo(json.dumps(_as_json(chosen.section, effective, with_origins=origin)))
    else:
        origins = effective.origins if origin else None
        click.echo(as_toml(chosen.section, effective.settings, origins), nl=False)


def _refuse_foreign_flags(
    section: Section[Any],  # Any: settings of any command
    given: Found,
) -> None:
    """Raise UsageError for a flag that the command does not have."""
    own = {*(row.key for row in section.input_rows), *later_flags(section.name)}
    for key, value in given.items():
        if key not in own and value not in (None, False, ()):
            raise click.UsageError(f"`{section.command}` has no {flag_of(key)}")


def _check(
    subject: Subject, given: Found, config: str | None, *, with_network: bool
) -> Effective[Any]:  # Any: settings of any command
    """Return what holds; raises SettingsError for what is not valid."""
    lookup = ask_once(socket.getaddrinfo)
    network = subject.list_network_rules(lookup) if with_network else ()
    return read_settings(
        subject.section,
        given,
        config=config,
        environ=os.environ,
        usable_cpus=usable_cpus(),
        rules=(*subject.rules, *network),
    )


def _as_json(
    section: Section[Any],  # Any: settings of any command
    effective: Effective[Any],  # Any: its settings
    *,
    with_origins: bool,
) -> dict[str, object]:
    """Return the settings, and where they come from, as JSON has them."""
    shown: dict[str, object] = {
        "valid": True,
        "settings": as_plain(section.rows, effective.settings),
    }
    if with_origins:
        origins = effective.origins.items()
        shown["origins"] = {key: origins_as_plain(each) for key, each in origins}
    return shown
