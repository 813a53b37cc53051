"""The table of commands: each is a file of its own, loaded when it is asked for."""

import difflib
import importlib
import sys

import click

from statshard.errors import StatshardError

# name -> module, whose attribute `command` it is
COMMANDS = {
    "run": "statshard.cli.run",
    "serve": "statshard.cli.serve",
    "up": "statshard.cli.up",
    "check": "statshard.cli.check",
    "convert": "statshard.cli.convert",
    "route": "statshard.cli.route",
    "plan": "statshard.cli.plan",
    "load": "statshard.cli.load",
}


class Table(click.Group):
    """A click group whose commands come from COMMANDS."""

    def list_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 -- click's signature
    ) -> list[str]:
        """Return the names, for the help page."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 -- click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; for a name that is none, say which is like it."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], COMMANDS, 1, 0.5)
            if not near:
                raise
            raise click.UsageError(
                f"{error.message} Did you mean {near[0]!r}?", ctx
            ) from error


@click.group(
    cls=Table,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@click.version_option(package_name="statshard")
def commands() -> None:
    """A sharding StatsD proxy that accounts for every line it received.

    \b
    Example: two StatsD servers behind one address
      statshard run --listen udp://0.0.0.0:8125 \\
          --backend 10.0.0.1:8125 --backend 10.0.0.2:8125
    """  # noqa: D301, D401 -- click's help page: \b is a mark, the sentence a title


def main() -> None:
    """Run the command line.

    An error is one line per fault on standard error, and its exit status.
    """
    try:
        commands.main(prog_name="statshard", standalone_mode=True)
    except StatshardError as error:
        for line in str(error).splitlines():
            click.echo(f"statshard: {line}", err=True)
        sys.exit(error.exit_status)
