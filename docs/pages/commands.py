"""docs/commands.md: every command with its flags, from the help that man.py reads too.

A flag that is a setting stands in a list, with what its value is called; what it means,
settings.md says. Must not know: which flags there are.
"""

import inspect
import re
import textwrap
from collections.abc import Iterable

import click

from docs.pages.man import (
    COMMANDS,
    STATUS,
    VERBATIM,
    list_arguments,
    list_options,
    load_command,
    metavar_of,
)
from docs.pages.markdown import format_table

PAGE = """\
# Commands

Written by `make docs` from the help of each command; not to be edited. The same stands
behind `--help`, and in a man page for each (`man -l docs/man/statshard-run.1`).

{table}

An error is told on the standard error, a line for each fault: where it stands, the
value, and what would be valid.

{commands}
"""

COMMAND = """\
## `statshard {name}`

{prose}

```text
statshard {name} [OPTION]...{arguments}
```

{examples}

{flags}

{statuses}"""

LONGEST = 88


def format_commands() -> str:
    """Return the text of commands.md."""
    rows = (
        (f"[`{name}`](#statshard-{name})", load_command(name).short_help or "")
        for name in COMMANDS
    )
    return PAGE.format(
        table=format_table(("command", "does"), rows),
        commands="\n\n".join(map(_format_command, COMMANDS)),
    )


def _format_command(name: str) -> str:
    """Return the part of one command."""
    command = load_command(name)
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    shown = [text for text in paragraphs if text.startswith(VERBATIM)]
    prose = [text for text in paragraphs if text not in shown]
    return COMMAND.format(
        name=name,
        prose="\n\n".join(
            _fill(text) for text in (STATUS.sub("", each) for each in prose) if text
        ),
        arguments="".join(f" {each}" for each in list_arguments(command)),
        examples="\n\n".join(map(_format_example, shown)),
        flags=_format_flags(name, command),
        statuses=_format_statuses(prose),
    )


def _fill(text: str) -> str:
    """Return a paragraph as one of Markdown."""
    return textwrap.fill(text, LONGEST, break_long_words=False, break_on_hyphens=False)


def _format_example(text: str) -> str:
    """Return an example: its title, and the command in a fence."""
    title, _, command = text.removeprefix(VERBATIM).partition("\n")
    title = re.sub("^Examples?: ", "", title)
    title = title[:1].upper() + title[1:]
    return f"{title}:\n\n```sh\n{textwrap.dedent(command)}\n```"


def _format_flags(name: str, command: click.Command) -> str:
    """Return the flags: a table of the command's own, a list of the settings."""
    settings = {row.flag for section in COMMANDS[name] for row in section.rows}
    options = list_options(command)
    own = [each for each in options if not settings & set(each.opts)]
    others = [each for each in options if each not in own]
    told = format_table(("flag", "meaning"), map(_flag_row, own))
    if others:
        told += "\n\n" + _fill(
            f"Settings, each a flag ([settings.md](settings.md)): {_list(others)}."
        )
    return told


def _flag_row(option: click.Option) -> tuple[str, str]:
    """Return a flag with what its value is called, and what it means."""
    value = metavar_of(option)
    flags = ", ".join(f"`{flag}`" for flag in option.opts)
    told = option.help or ""
    if isinstance(option.show_default, str):
        told += f" Default: {option.show_default}."
    return f"{flags} `{value}`" if value else flags, told


def _list(options: Iterable[click.Option]) -> str:
    """Return flags in a sentence's order."""
    return ", ".join(f"`{option.opts[0]}`" for option in options)


def _format_statuses(prose: Iterable[str]) -> str:
    """Return the exit statuses, as a table."""
    found = [match for text in prose if (match := STATUS.search(text))]
    each = (text.split() for match in found for text in match[1].split(";"))
    rows = ((words[0], " ".join(words[1:])) for words in each)
    return format_table(("exit status", "meaning"), rows)
