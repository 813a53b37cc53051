"""statshard convert: another proxy's configuration as a settings file of ours."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from statshard.daemon.cpus import usable_cpus
from statshard.errors import SettingsError, StatshardError
from statshard.settings.foreign.converted import Converted, convert
from statshard.settings.foreign.foreign import Source
from statshard.settings.foreign.programs import PROGRAMS
from statshard.settings.foreign.statsrelay import NAME as STATSRELAY
from statshard.settings.reading import printable, quoted
from statshard.settings.toml_file import BYTES_MAX, decode, read_text

STANDARD = "-"  # standard input, or output, in place of a path
WORDS = "words"  # in the context: what stood behind `--`


class Command(click.Command):
    """A click command that keeps what stands behind `--` to itself."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words before `--`; those behind it are another program's."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[WORDS] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(ctx, args)


@click.command(
    "convert", cls=Command, short_help="Another proxy's configuration into ours."
)
@click.argument("file", required=False, type=click.Path())
@click.option(
    "--from",
    "program",
    type=click.Choice(list(PROGRAMS)),
    help="Whose configuration it is. Default: what its text says.",
)
@click.option(
    "-o",
    "--output",
    default=STANDARD,
    metavar="FILE",
    type=click.Path(),
    help="Where the settings go; a file that exists is not overwritten. [default: "
    "standard output]",
)
@click.option(
    "--json",
    "is_json",
    is_flag=True,
    help="Print JSON: the TOML and what is left over; or the faults.",
)
@click.pass_context
def command(
    context: click.Context,
    *,
    file: str | None,
    program: str | None,
    output: str,
    is_json: bool,
) -> None:
    """Print settings that place every key where another proxy placed it.

    FILE is its configuration (-: standard input): etsy's proxyConfig.js, of which no
    JavaScript is run; a unit or script that runs statsrelay (the one in Go); the files
    of hit9's statsd-proxy and hulu's statsd-router; lyft's JSON and uber's YAML of
    their statsrelay; the Rust proxy's config.ini. statsrelay's own words may stand
    behind --, in place of a file.

    What is printed has been read back as valid. A setting without a counterpart stands
    in it as a comment, with its line and the reason. Exit status: 0 done; 1 could not
    write; 2 usage; 78 what cannot be read: each fault on a line of its own.

    \b
    Examples: a file, and a command line
      statshard convert proxyConfig.js -o statshard.toml
      statshard convert --from statsrelay -- -port 9125 10.0.0.1:8125 10.0.0.2:8125
    """  # noqa: D301 -- click's help page: \b is its mark
    words = context.meta.get(WORDS)
    if (file is None) == (words is None):
        raise click.UsageError("give either FILE or, behind --, statsrelay's words")
    if words is not None and program not in (None, STATSRELAY):
        raise click.UsageError(f"words behind -- are those of {STATSRELAY}")
    try:
        named = PROGRAMS.get(program or ("" if words is None else STATSRELAY))
        source = _open(file, words)
        converted = convert(source, named, usable_cpus=usable_cpus())
    except SettingsError as error:
        if not is_json:
            raise
        faults = str(error).splitlines()
        click.echo(json.dumps({"converted": False, "faults": faults}))
        sys.exit(error.exit_status)
    if output != STANDARD:
        _write(output, converted.toml)
    if is_json:
        click.echo(json.dumps(_as_json(converted)))
    elif output == STANDARD:
        click.echo(converted.toml, nl=False)


def _open(file: str | None, words: Sequence[str] | None) -> Source:
    """Return what is to be converted."""
    if words is not None:
        for place, word in enumerate(words, 1):
            if any("\ud800" <= c <= "\udfff" for c in word):  # surrogateescape
                what = f"{STATSRELAY}: word {place}: {quoted(word)}: not UTF-8"
                raise SettingsError(what)
        return Source(STATSRELAY, "", tuple(words))
    if file == STANDARD:
        return Source(STANDARD, decode(STANDARD, sys.stdin.buffer.read(BYTES_MAX + 1)))
    path = file or ""
    return Source(printable(path), read_text(path))


def _write(path: str, text: str) -> None:
    """Write a new file."""
    try:
        with Path(path).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as fault:
        why = "exists already; valid: a new file, or the old one moved away"
        raise StatshardError(f"{printable(path)}: {why}") from fault
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        raise StatshardError(f"{printable(path)}: cannot be written: {why}") from fault


def _as_json(converted: Converted) -> dict[str, Any]:  # Any: what JSON holds
    """Return what was made as JSON has it."""
    return {
        "converted": True,
        "program": converted.program,
        "toml": converted.toml,
        "leftovers": [msgspec.to_builtins(one) for one in converted.leftovers],
    }
