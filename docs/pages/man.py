r"""docs/man/statshard-run.1: the command's help and its flags, as man(7) has them.

Of the help, each paragraph is one; "Exit status: 0 ...; 1 ..." becomes a section, and
what follows \b stays as it stands. Must not know: which flags there are.
"""

import inspect
import re
from collections.abc import Iterator

import click

from docs.pages.examples import format_least
from statshard.cli import run
from statshard.settings.addresses import Backend
from statshard.settings.environment import CONFIG_VARIABLE
from statshard.settings.reading import SECONDS, SIZES
from statshard.settings.setting import Setting, table_of

# Without the comments at its top.
LEAST = format_least().partition("\n\n")[2].rstrip("\n")
STATUS = re.compile(r"\s*Exit status: (.*)\.\s*$", re.DOTALL)
VERBATIM = "\b\n"

HEAD = r""".\" Written by `make docs` from the command's help and the table of settings.
.TH STATSHARD\-RUN 1 "" statshard
.SH NAME
statshard\-run \- {title}
.SH SYNOPSIS
.B statshard run
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
.B [proxy]
is a flag without its dashes and with _ for \-: max_payload.
A list is an array.
Each backend is a table
.B [[backend]]
with these keys:
{entries}
.PP
The least that runs:
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
in capitals and with _ for \-: STATSHARD_MAX_PAYLOAD is
.BR \-\-max\-payload .
Elements of a list stand with blanks between them.
.SH EXIT STATUS
{statuses}
.SH EXAMPLES
{examples}
"""


def format_man() -> str:
    """Return the text of statshard-run.1."""
    command = run.command
    title = (command.short_help or "").rstrip(".")
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    prose = [text for text in paragraphs if not text.startswith(VERBATIM)]
    shown = [text for text in paragraphs if text.startswith(VERBATIM)]
    return HEAD.format(
        title=escape(title[:1].lower() + title[1:]),
        description="\n.PP\n".join(escape(STATUS.sub("", text)) for text in prose),
        options="\n".join(_format_option(each) for each in command.params),
        sizes=", ".join(unit for unit in SIZES if unit),
        times=", ".join(SECONDS),
        entries="\n".join(map(_format_entry, table_of(Backend))),
        least=escape(LEAST),
        config=escape(CONFIG_VARIABLE),
        statuses="\n".join(_format_statuses(prose)),
        examples="\n".join(map(_format_example, shown)),
    )


def escape(text: str) -> str:
    """Return a text that roff shows as it is: no escape, no request, no hyphen."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def _format_option(option: click.Parameter) -> str:
    """Return the entry of a flag."""
    flags = ", ".join(rf"\fB{escape(name)}\fR" for name in option.opts)
    metavar = option.metavar or ""
    shown = rf"{flags} \fI{escape(metavar)}\fR" if metavar else flags
    return f".TP\n{shown}\n{escape(getattr(option, 'help', None) or '')}"


def _format_entry(row: Setting) -> str:
    """Return the entry of a key of [[backend]]."""
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
