"""statshard check: whether settings are valid, and what they come to.

What `statshard run` would go by, with the same flags, variables and file, without
binding a port. It resolves names and looks for loops, unless told not to.
"""

import json
import os
import socket
import sys
from collections.abc import Mapping
from typing import Any

import click

from statshard.cli.options import config_option, setting_options
from statshard.daemon.cpus import usable_cpus
from statshard.daemon.loops import network_rules
from statshard.errors import SettingsError
from statshard.membership.static import ask_once
from statshard.settings.effective import Effective
from statshard.settings.model import PROXY, ProxySettings
from statshard.settings.schema import as_schema
from statshard.settings.show import as_plain, as_toml, origins_as_plain
from statshard.settings.sources import read_settings

Found = Mapping[str, Any]  # Any: texts by key, as read_settings takes them


@click.command("check", short_help="Whether settings are valid, and what they are.")
@config_option
@setting_options(PROXY)
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
def command(
    *,
    config: str | None,
    origin: bool,
    is_json: bool,
    wants_schema: bool,
    no_network: bool,
    **given: Any,  # noqa: ANN401 -- texts by key, as read_settings takes them
) -> None:
    """Check settings as `statshard run` would take them, and print those that hold.

    What is printed is a settings file that reads as the same settings. Exit status: 0
    valid; 2 usage; 78 not valid: every fault is named, each on a line of its own.

    \b
    Example: what a file and the environment come to, and why
      statshard check -c examples/statshard.toml --origin
    """  # noqa: D301 -- click's help page: \b is its mark
    if wants_schema:
        click.echo(json.dumps(as_schema(), indent=2))
        return
    try:
        effective = _check(given, config, with_network=not no_network)
    except SettingsError as error:
        if not is_json:
            raise
        faults = str(error).splitlines()
        click.echo(json.dumps({"valid": False, "faults": faults}))
        sys.exit(error.exit_status)
    if is_json:
        click.echo(json.dumps(_as_json(effective, with_origins=origin)))
    else:
        origins = effective.origins if origin else None
        click.echo(as_toml(PROXY, effective.settings, origins), nl=False)


def _check(
    given: Found, config: str | None, *, with_network: bool
) -> Effective[ProxySettings]:
    """Return what holds; raises SettingsError for what is not valid."""
    lookup = ask_once(socket.getaddrinfo)
    return read_settings(
        PROXY,
        given,
        config=config,
        environ=os.environ,
        usable_cpus=usable_cpus(),
        rules=network_rules(lookup) if with_network else (),
    )


def _as_json(
    effective: Effective[ProxySettings], *, with_origins: bool
) -> dict[str, object]:
    """Return the settings, and where they come from, as JSON has them."""
    shown: dict[str, object] = {
        "valid": True,
        "settings": as_plain(PROXY.rows, effective.settings),
    }
    if with_origins:
        origins = effective.origins.items()
        shown["origins"] = {key: origins_as_plain(each) for key, each in origins}
    return shown
