"""Show: settings as the TOML that reads as the same settings. Pure."""

import json
from collections.abc import Callable, Mapping

from statshard.settings.addresses import Backend
from statshard.settings.given import Origin
from statshard.settings.model import PROXY, ProxySettings
from statshard.settings.setting import Setting, table_of

Comment = Callable[[Setting], str]


def as_toml(
    settings: ProxySettings, origins: Mapping[str, Origin] | None = None
) -> str:
    """Return a file's text; with `origins`, each line says whence its value is."""
    lines = ["[proxy]"]
    for row in PROXY:
        if row.entries is None:
            value = getattr(settings, row.key)
            origin = origins[row.key] if origins else None
            lines.append(_line(row, value, origin))
    for backend in settings.backend:
        note = f"  # {origins['backend']}" if origins else ""
        lines += ["", f"[[backend]]{note}"]
        lines += [
            f"{row.key} = {literal(row.kind.show(getattr(backend, row.key)))}"
            for row in table_of(Backend)
        ]
    return "\n".join(lines) + "\n"


def _line(row: Setting, value: object, origin: Origin | None) -> str:
    """Return a key and its value."""
    if row.is_list and isinstance(value, tuple):
        shown = f"[{', '.join(literal(row.kind.show(one)) for one in value)}]"
    else:
        shown = literal(row.kind.show(value))
    note = f"  # {origin}" if origin else ""
    return f"{row.key} = {shown}{note}"


def literal(plain: object) -> str:
    """Return a value as TOML has it: a text quoted and escaped, a number plain."""
    if isinstance(plain, str):
        # TOML's basic strings are JSON's, but for DEL, which it wants escaped.
        return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(plain, bool):
        return str(plain).lower()
    return repr(plain)
