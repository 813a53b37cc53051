r"""docs/man/statshard-COMMAND.1: a command's help and its flags, as man(7) has them.

Of the help, each paragraph is one; "Exit status: 0 ...; 1 ..." becomes a section, and
what follows \b stays as it stands. Commands that read settings have sections of their
file and the environment. Must not know: which flags there are.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

import click

from docs.pages.examples import format_least, format_serve
from statshard.cli.main import commands
from statshard.settings.environment import CONFIG_VARIABLE
from statshard.settings.model import PROXY
from statshard.settings.reading import SECONDS, SIZES
from statshard.settings.section import Section
from statshard.settings.server import SERVER
from statshard.settings.setting import Setting, table_of

Sections = tuple[Section[Any], ...]  # Any: each has settings of its own

# section -> a short file, without the comments at its top
LEAST = {
    section.name: text.partition("\n\n")[2].rstrip("\n")
    for section, text in ((PROXY, format_least()), (SERVER, format_serve()))
}
STATUS = re.compile(r"\s*Exit\s+status: (.*)\.\s*$", re.DOTALL)
VERBATIM = "\b\n"

HEAD = r""".\" Written by `make docs` from the command's help and the table of settings.
.TH STATSHARD\-{capitals} 1 "" statshard
.SH NAME
statshard\-{name} \- {title}
.SH SYNOPSIS
.B statshard {name}
[\fIOPTION\fR]...{arguments}
.SH DESCRIPTION
{description}
.SH OPTIONS
{options}
"""

UNITS = r""".PP
SIZE is a number of bytes, or one with a unit: {sizes}.
TIME is a number in the unit that its flag ends with, or one with {times}.
"""

SETTINGS = r""".SH SETTINGS FILE
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
"""

FOOT = r""".SH EXIT STATUS
{statuses}
.SH EXAMPLES
{examples}
"""


# command -> whose settings its file and its environment have; none: it has neither
COMMANDS: Mapping[str, Sections] = {
    "run": (PROXY,),
    "serve": (SERVER,),
    "up": (),
    "check": (PROXY, SERVER),
    "convert": (),
    "route": (PROXY,),
    "plan": (PROXY,),
    "load": (),
}


def load_command(name: str) -> click.Command:
    """Return a command; raises KeyError where there is none of the name."""
    command = commands.get_command(click.Context(commands), name)
    if command is None:
        raise KeyError(name)
    return command


def format_man(name: str) -> str:
    """Return the text of a command's page."""
    command, sections = load_command(name), COMMANDS[name]
    title = (command.short_help or "").rstrip(".")
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    prose = [text for text in paragraphs if not text.startswith(VERBATIM)]
    shown = [text for text in paragraphs if text.startswith(VERBATIM)]
    head = HEAD.format(
        name=name,
        capitals=name.upper(),
        title=escape(title[:1].lower() + title[1:]),
        arguments="".join(f" {escape(each)}" for each in list_arguments(command)),
        description="\n.PP\n".join(
            escape(text) for text in (STATUS.sub("", each) for each in prose) if text
        ),
        options="\n".join(map(_format_option, list_options(command))),
    )
    foot = FOOT.format(
        statuses="\n".join(_format_statuses(prose)),
        examples="\n.PP\n".join(map(_format_example, shown)),
    )
    return "".join(
        [
            head,
            _format_units(command),
            _format_settings(sections) if sections else "",
            foot,
        ]
    )


def escape(text: str) -> str:
    """Return a text that roff shows as it is: no escape, no request, no hyphen."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def list_options(command: click.Command) -> list[click.Option]:
    """Return the flags that a command shows."""
    options = [each for each in command.params if isinstance(each, click.Option)]
    return [each for each in options if not each.hidden]


def list_arguments(command: click.Command) -> list[str]:
    """Return what may stand behind a command's flags, as its help has it."""
    found = [each for each in command.params if isinstance(each, click.Argument)]
    return [each.metavar or f"[{(each.name or '').upper()}]" for each in found]


def metavar_of(option: click.Option) -> str:
    """Return what the value of a flag is called; nothing, where it has none."""
    if isinstance(option.type, click.Choice):
        return f"[{'|'.join(option.type.choices)}]"
    return option.metavar or ""


def _format_option(option: click.Option) -> str:
    """Return the entry of a flag."""
    flags = ", ".join(rf"\fB{escape(name)}\fR" for name in option.opts)
    metavar = metavar_of(option)
    shown = rf"{flags} \fI{escape(metavar)}\fR" if metavar else flags
    told = option.help or ""
    if isinstance(option.show_default, str):
        told += f" [default: {option.show_default}]"
    return f".TP\n{shown}\n{escape(told)}"


def _format_units(command: click.Command) -> str:
    """Return what SIZE and TIME are, where a flag has them."""
    if not {"SIZE", "TIME"} & {metavar_of(each) for each in list_options(command)}:
        return ""
    sizes = ", ".join(unit for unit in SIZES if unit)
    return UNITS.format(sizes=sizes, times=", ".join(SECONDS))


def _format_settings(sections: Sections) -> str:
    """Return what is said of a settings file and of the environment."""
    shown = next(row for row in sections[0].plain_rows if "_" in row.key)
    table_rows = [row for section in sections for row in section.table_rows]
    return SETTINGS.format(
        sections="\nor\n".join(f".B [{section.name}]" for section in sections),
        key=shown.key,
        tables="\n.PP\n".join(map(_format_table, table_rows)),
        least=escape(LEAST[sections[0].name]),
        config=escape(CONFIG_VARIABLE),
        variable=shown.variable,
        flag=escape(shown.flag),
    )


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
    title = re.sub("^Examples?: ", "", title)
    title = title[:1].upper() + title[1:]
    return f"{escape(title)}:\n.PP\n.nf\n{escape(command)}\n.fi"
