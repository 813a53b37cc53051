"""docs/settings.md: the sections of the settings, and how each source says them.

Also docs/settings.schema.json, the same for programs.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from docs.pages.markdown import format_table
from docs.pages.values import describe_valid
from statshard.settings import ini_file, reading
from statshard.settings.environment import CONFIG_VARIABLE
from statshard.settings.fault import FAULTS_MAX
from statshard.settings.schema import as_schema
from statshard.settings.secrets import with_files
from statshard.settings.section import Section
from statshard.settings.sections import SECTIONS
from statshard.settings.setting import Setting, table_of

# source: how a setting, a list and a backend stand there; from the lowest
SOURCES = (
    ("default", "column *default* below", "", "none: one must be given"),
    (
        "file, in TOML",
        "`max_payload = 1432` in `[proxy]`",
        'an array: `listen = ["udp://...", "udp://..."]`',
        "each a table `[[backend]]`",
    ),
    (
        "environment",
        "`STATSHARD_MAX_PAYLOAD=1432`",
        'blanks between: `STATSHARD_LISTEN="udp://... udp://..."`',
        'the same: `STATSHARD_BACKEND="a=10.0.0.1:8125 b=10.0.0.2:8125"`',
    ),
    (
        "flags",
        "`--max-payload 1432`",
        "the flag several times",
        "the same: `--backend a=10.0.0.1:8125 --backend b=10.0.0.2:8125`",
    ),
)

# key of config.ini -> what it is here
FROM_INI = {
    "bind_interface": "the host of `listen`",
    "bind_port": "the port of `listen`",
    "threads": "`workers`",
    "destinations": "`backend`, in this order; blanks between the addresses",
}

PAGE = """\
# Settings of {commands}

Written by `make docs` from the tables in `src/statshard/settings/model.py`, `server.py`
and `sinks.py` there; not to be edited.

## Where a setting stands

From the lowest to the highest; what a higher one says holds.

{sources}

- The file is the one that `-c FILE` names, else the one that `{config}` names,
  else there is none. [statshard.toml](../examples/statshard.toml) is the least that
  runs, [statshard-full.toml](../examples/statshard-full.toml) has every key.
- A list comes whole from the highest source that has it; one without elements counts as
  not given. Any other empty value is a fault.
- Every value that is given is read, also one that a higher source overrides.
- All faults are told at once, each with its place (`statshard.toml:12`, a variable or a
  flag), its value and what would be valid; of more than {most}, the first and how many
  more. Nothing starts then, and the exit status is 78.
- A key that there is none of is a fault; so is a variable that is almost one of those
  below. What later versions will know is not listed here, and refused by this one,
  whether it stands in a file, a variable or a flag.
- `statshard check`, with the flags, the file and the environment of `statshard run`
  (with `--for serve`, of `statshard serve`), tells without starting anything whether
  they are valid, what they come to, and with `--origin` where each value comes from.
  With `--json` it prints `{{"valid": false, "faults": [...]}}` where they are not. A
  fault is an object: `file` and `line`, `variable` or `flag` say where it stands (a
  default's is the flag that would set it), `key` and `value` of what, and `what` is
  what is wrong and would be valid. Only `what` is there always; a value that JSON has
  no word for, or a long one, is the text that errors show.
- A file may hold the settings of both commands. Each judges all of it, and goes by its
  own.
- Which server gets a line by `hash` and `shard_by`, and what moves when they change, is
  told in [placement.md](placement.md).
- [settings.schema.json](settings.schema.json) is the JSON Schema of a file, for editors
  and other programs. What an address may be, and what settings say of each other, only
  statshard judges.

## Units

A number alone is in the unit of its key (column *unit*). A text may name another, with
or without a blank before it; in TOML it stands in quotes then: `receive_buffer =
"8MiB"`.

- bytes: {sizes}
- times: {times}

{settings}

## `config.ini` of the Rust sharding proxy

`-c config.ini` takes that proxy's file as it is ([an example](../examples/config.ini);
alanszlosek/rust-sharding-statsd-proxy), and then places every metric where that proxy
does: `hash` is `djb2`, `shard_by` is `embedded`, unless the environment or a flag says
otherwise. Its variables are above its file, and below those that begin with
`STATSHARD_`. A file is taken for one if its name ends in `.ini`, or in neither `.ini`
nor `.toml` and its first setting is one of these:

{ini}

`#` and `;` begin a comment, and any run of blanks is one. An address that stands twice
is two backends, as there; the later one is named by its position, `HOST:PORT#3`.
"""


def format_settings() -> str:
    """Return the text of settings.md."""
    return PAGE.format(
        commands=" and ".join(f"`{section.command}`" for section in SECTIONS),
        sources=format_table(("source", "a setting", "a list", "a backend"), SOURCES),
        config=CONFIG_VARIABLE,
        most=FAULTS_MAX,
        sizes=_list_units(reading.SIZES),
        times=_list_units(reading.SECONDS),
        settings="\n\n".join(map(format_section, SECTIONS)),
        ini=_format_ini(),
    )


def format_section(section: Section[Any]) -> str:  # Any: settings of any command
    """Return a section's settings, and the keys of each table beside it."""
    head = ("key", "flag", "variable", "default", "unit", "valid", "meaning", "since")
    rows = [(*_names(row), *_cells(row)) for row in section.input_rows]
    title = f"## `[{section.name}]`: all settings of `{section.command}`"
    tables = [_format_struct(row, "") for row in section.table_rows]
    return "\n\n".join([title, format_table(head, rows), *tables])


def _format_struct(row: Setting, outside: str) -> str:
    """Return the keys of a table, and those of each table within it."""
    rows = with_files(table_of(row.struct)) if row.struct else ()
    head = ("key", "default", "unit", "valid", "meaning", "since")
    shown = f"[[{row.key}]]" if row.is_list else f"[{row.key}]"
    texts = [f"## Keys of `{outside + row.key if outside else shown}`"]
    if not outside:
        texts.append(f"As a flag, and in the environment: `{row.metavar}`.")
    cells = [(f"`{each.key}`", *_cells(each)) for each in rows]
    inner = [each for each in rows if each.struct]
    inside = [_format_struct(each, f"{outside}{row.key}.") for each in inner]
    return "\n\n".join([*texts, format_table(head, cells), *inside])


def format_schema() -> str:
    """Return the text of settings.schema.json."""
    return json.dumps(as_schema(), indent=2, ensure_ascii=False) + "\n"


def _format_ini() -> str:
    """Return the table of the keys of config.ini."""
    return format_table(
        ("key", "variable", "default", "becomes"),
        (
            (
                f"`{key}`",
                _code(ini_file.VARIABLES, key),
                _code(ini_file.DEFAULTS, key),
                FROM_INI[key],
            )
            for key in ini_file.KEYS
        ),
    )


def _code(names: Mapping[str, str], key: str) -> str:
    """Return what a key has, in code style; nothing where it has nothing."""
    return f"`{names[key]}`" if key in names else ""


def _names(row: Setting) -> tuple[str, ...]:
    """Return a setting's names, one for each source."""
    key = row.key
    if row.struct:
        key = f"[[{key}]]" if row.is_list else f"[{key}]"
    return f"`{key}`", f"`{row.flag}`", f"`{row.variable}`"


def _cells(row: Setting) -> tuple[str, ...]:
    """Return what else is told of a setting."""
    default = row.default_help.removeprefix("Default: ").removesuffix(".")
    if row.default is not None:
        default = f"`{row.default}`" if row.default else "none"
    return default, row.unit, describe_valid(row), row.help, row.since


def _list_units(units: Iterable[str]) -> str:
    """Return the names of units, in a sentence's order."""
    return ", ".join(f"`{unit}`" for unit in units if unit)
