"""Show: settings as the TOML that reads as the same settings. Pure."""

import json
from collections.abc import Mapping

import msgspec

from statshard.settings.given import Origin
from statshard.settings.model import PROXY, ProxySettings
from statshard.settings.setting import table_of


def as_plain(settings: ProxySettings) -> dict[str, object]:
    """Return key -> what TOML or JSON holds for the value; of a secret, nothing."""
    plain: dict[str, object] = {}
    for row in PROXY:
        value = getattr(settings, row.key)
        if row.is_secret:
            continue
        if row.entries is not None:
            plain[row.key] = [_entry(row.entries, one) for one in value]
        elif row.is_list:
            plain[row.key] = [row.kind.show(one) for one in value]
        else:
            plain[row.key] = row.kind.show(value)
    return plain


def as_toml(
    settings: ProxySettings, origins: Mapping[str, Origin] | None = None
) -> str:
    """Return a file's text; with `origins`, each line says whence its value is."""
    plain = as_plain(settings)
    notes = {key: f"  # {origin}" for key, origin in (origins or {}).items()}
    lines = ["[proxy]"]
    tables: list[str] = []  # behind [proxy], which they would end
    for row in PROXY:
        if row.key not in plain:
            continue
        value, note = plain[row.key], notes.get(row.key, "")
        if row.entries is None:
            lines.append(f"{row.key} = {literal(value)}{note}")
        elif isinstance(value, list):
            for entry in value:
                tables += ["", f"[[{row.key}]]{note}"]
                tables += [f"{key} = {literal(one)}" for key, one in entry.items()]
    return "\n".join((*lines, *tables)) + "\n"


def _entry(struct: type[msgspec.Struct], value: object) -> dict[str, object]:
    """Return one table of an array."""
    return {row.key: row.kind.show(getattr(value, row.key)) for row in table_of(struct)}


def literal(plain: object) -> str:
    """Return a value as TOML has it: a text quoted and escaped, a number plain."""
    if isinstance(plain, list):
        return f"[{', '.join(map(literal, plain))}]"
    if isinstance(plain, str):
        # TOML's basic strings are JSON's, but for DEL, which it wants escaped.
        return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(plain, bool):
        return str(plain).lower()
    return repr(plain)
