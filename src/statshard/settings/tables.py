"""Tables: the form that a table of settings has as one text, for flags and variables.

    policy=hold,queue_drain_rate=20000       KEY=VALUE, with commas between

A value is read by the kind of its key, and has no comma. What is not there has its
default. Must not know: which tables there are, sources.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from statshard.settings.kinds import Kind, guess
from statshard.settings.reading import quoted
from statshard.settings.setting import Setting, Values, build, default_of, table_of


def read_options(
    words: Iterable[str], rows: Sequence[Setting], example: str
) -> dict[str, Any]:  # Any: the types are those of the rows
    """Return key -> value of KEY=VALUE words; raises ValueError, saying what is valid.

    `example` is what stands before them, so that a fault can show a whole one.
    """
    known = {row.key: row for row in rows if row.struct is None and not row.is_list}
    values: dict[str, Any] = {}
    for word in words:
        key, _, text = word.partition("=")
        if key not in known:
            valid = ", ".join(f"{row.key}={row.metavar}" for row in known.values())
            raise ValueError(
                f"no option {quoted(key)}; {guess(key, known)}valid: {valid}, "
                f"behind commas: {example}{show_form(known.values())}"
            )
        if key in values:
            raise ValueError(f"{key} is given twice; valid: once")
        try:
            values[key] = known[key].kind.read(text)
        except ValueError as fault:
            raise ValueError(f"{key}: {fault}") from fault
    return values


def show_options(rows: Iterable[Setting], values: Values) -> list[str]:
    """Return the words that read_options reads as these values, without defaults."""
    return [
        f"{row.key}={row.kind.show(values[row.key])}"
        for row in rows
        if row.struct is None and not row.is_list
        if values[row.key] not in (None, default_of(row, values))
    ]


def show_form(rows: Iterable[Setting]) -> str:
    """Return how options are written: [,KEY=VALUE] for each."""
    return "".join(f"[,{row.key}={row.metavar}]" for row in rows)


def as_text(struct: type[msgspec.Struct]) -> Kind:
    """Return the kind of a table as one text."""
    rows = table_of(struct)

    def read(text: str) -> msgspec.Struct:
        return build(struct, read_options(text.split(","), rows, ""))

    def show(value: object) -> str:
        values = {row.key: getattr(value, row.key) for row in rows}
        return ",".join(show_options(rows, values))

    return Kind(read, "KEY=VALUE,...", show=show)
