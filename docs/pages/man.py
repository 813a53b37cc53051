r"""docs/man/statshard-COMMAND.1: a command's help and its flags, as man(7) has them.

Of the help, each paragraph is one; "Exit status: 0 ...; 1 ..." becomes a section, and
what follows \b stays as it stands. Must not know: which flags there are.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import click

from docs.pages.examples import format_least, format_serve
from statshard.cli import check, run, serve
from statshard.settings.environment import CONFIG_VARIABLE
from statshard.settings.model import PROXY
from statshard.settings.reading import SECONDS, SIZES
from statshard.settings.section import Section
from statshard.settings.server import SERVER
from statshard.settings.setting import Setting, table_of

# section -> a short file, without the comments at its top
LEAST = {
    section.name: text.partition("\n\n")[2].rstrip("\n")
    for section, text in ((PROXY, format_least()), (SERVER, format_serve()))
}
STATUS = re.compile(r"\s*Exit status: (.*)\.\s*$", re.DOTALL)
VERBATIM = "\b\n"

HEAD = r""".\" Written by `make docs` from the command's help and the table of settings.
.TH STATSHARD\-{capitals} 1 "" statshard
.SH NAME
statshard\-{name} \- {title}
.SH SYNOPSIS
.B statshard {name}
.RB [ \-c
.IR FILE ]
[\fIOPTION\fR]...
.SH DESCRIPTION
{description}
.SH OPTIONS
{options}
.PP
SIZE is a number of bytes, or one with a unit: {sizes}.
TIME is a number in the unit that its flag ends with, or one with {times}.
.SH SETTINGS FILE
In TOML.
A key of the table
{sections}
is a flag without its dashes and with _ for \-: {key}.
A list is an array.
{tables}
.PP
A short one:
.PP
.nf
{least}
.fi
.SH ENVIRONMENT
.TP
.B {config}
The settings file, where no
.B \-c
names one.
.TP
.B STATSHARD_KEY
The setting whose flag is
.BR \-\-key ,
in capitals and with _ for \-: {variable} is
.BR {flag} .
Elements of a list stand with blanks between them.
.SH EXIT STATUS
{statuses}
.SH EXAMPLES
{examples}
"""


Sections = tuple[Section[Any], ...]  # Any: each has settings of its own

# command -> what it is and whose settings it goes by
COMMANDS: Mapping[str, tuple[click.Command, Sections]] = {
    "run": (run.command, (PROXY,)),
    "serve": (serve.command, (SERVER,)),
    "check": (check.command, (PROXY, SERVER)),
}


def format_man(name: str) -> str:
    """Return the text of a command's page."""
    command, sections = COMMANDS[name]
    shown_row = next(row for row in sections[0].plain_rows if "_" in row.key)
    table_rows = [row for section in sections for row in section.table_rows]
    title = (command.short_help or "").rstrip(".")
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    prose = [text for text in paragraphs if not text.startswith(VERBATIM)]
    shown = [text for text in paragraphs if text.startswith(VERBATIM)]
    return HEAD.format(
        name=name,
        capitals=name.upper(),
        sections="\nor\n".join(f".B [{section.name}]" for section in sections),
        title=escape(title[:1].lower() + title[1:]),
        description="\n.PP\n".join(escape(STATUS.sub("", text)) for text in prose),
        options="\n".join(map(_format_option, list_options(command))),
        sizes=", ".join(unit for unit in SIZES if unit),
        times=", ".join(SECONDS),
        tables="\n.PP\n".join(map(_format_table, table_rows)),
        key=shown_row.key,
        variable=shown_row.variable,
        flag=escape(shown_row.flag),
        least=escape(LEAST[sections[0].name]),
        config=escape(CONFIG_VARIABLE),
        statuses="\n".join(_format_statuses(prose)),
        examples="\n".join(map(_format_example, shown)),
    )


def escape(text: str) -> str:
    """Return a text that roff shows as it is: no escape, no request, no hyphen."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def list_options(command: click.Command) -> list[click.Parameter]:
    """Return the flags that a command shows."""
    return [each for each in command.params if not getattr(each, "hidden", False)]


def _format_option(option: click.Parameter) -> str:
    """Return the entry of a flag."""
    flags = ", ".join(rf"\fB{escape(name)}\fR" for name in option.opts)
    metavar = option.metavar or ""
    shown = rf"{flags} \fI{escape(metavar)}\fR" if metavar else flags
    return f".TP\n{shown}\n{escape(getattr(option, 'help', None) or '')}"


def _format_table(row: Setting) -> str:
    """Return what is said of a table of its own, with its keys."""
    shown = f"[[{row.key}]]" if row.is_list else f"[{row.key}]"
    each = "Each" if row.is_list else "The"
    entries = "\n".join(map(_format_entry, table_of(row.struct) if row.struct else ()))
    return f"{each} table\n.B {shown}\nhas these keys:\n{entries}"


def _format_entry(row: Setting) -> str:
    """Return the entry of a key of a table."""
    return f".TP\n.B {escape(row.key)}\n{escape(row.full_help)}"


def _format_statuses(prose: list[str]) -> Iterator[str]:
    """Yield the entry of each exit status."""
    for text in prose:
        found = STATUS.search(text)
        for each in found[1].split(";") if found else ():
            status, _, meaning = " ".join(each.split()).partition(" ")
            yield f".TP\n.B {status}\n{escape(meaning)}"


def _format_example(text: str) -> str:
    """Return an example: its title, and the command as it stands."""
    title, _, command = text.removeprefix(VERBATIM).partition("\n")
    title = title.removeprefix("Example: ")
    title = title[:1].upper() + title[1:]
    return f"{escape(title)}:\n.PP\n.nf\n{escape(command)}\n.fi"
