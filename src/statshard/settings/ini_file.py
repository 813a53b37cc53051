"""INI file: the Rust sharding proxy's config.ini into what is given.

    bind_interface = 0.0.0.0          BIND_INTERFACE    listen
    bind_port = 8125                  BIND_PORT         listen
    threads = 1                       THREADS           workers
    destinations = 10.0.0.1:8125 ...                    backend, in this order

Every key is placed where that proxy places it: hash djb2, key embedded; an address that
stands twice is two backends. Its variables are above the file and below ours. `#` and
`;` begin a comment, any run of blanks is one; there are no sections
(alanszlosek/rust-sharding-statsd-proxy, whose own reader takes a comment for a setting
and dies on two blanks). Must not know: what values are valid.
"""

import re
from collections.abc import Mapping

from statshard.settings.fault import Fault
from statshard.settings.given import JUDGED, Given, Origin, Raw, as_list
from statshard.settings.kinds import guess
from statshard.settings.reading import cut, host_and_port, quoted

DEFAULTS = {"bind_interface": "0.0.0.0", "bind_port": "8125", "threads": "1"}  # noqa: S104 -- that proxy's
KEYS = (*DEFAULTS, "destinations")
INTERFACE = "an address of this host, for example 0.0.0.0"
VARIABLES = {key: key.upper() for key in DEFAULTS}
_LINE = re.compile(r"\s*([^=\s]+)\s*=\s*(.*?)\s*", re.ASCII)
_FIRST = re.compile(rf"\s*(?:{'|'.join(KEYS)})\s*=")


def is_ini(path: str, text: str) -> bool:
    """Tell whether a file is such a one, by its ending or else its first setting."""
    if path.endswith((".ini", ".toml")):
        return path.endswith(".ini")
    lines = (line for line in text.splitlines() if line.strip())
    plain = (line for line in lines if line.lstrip()[0] not in "#;")
    first = next(plain, "")
    # TOML would have the value in quotes, or a table around it.
    return _FIRST.match(first) is not None and '"' not in first


def read_ini(
    path: str, text: str, environ: Mapping[str, str], faults: list[Fault]
) -> Given:
    """Return what the file and that proxy's variables say."""
    found = _read_lines(path, text, faults)
    for key, default in DEFAULTS.items():
        found.setdefault(key, Raw(default, Origin("default", f"{path}: {key}", key)))
    for key, variable in VARIABLES.items():
        if variable in environ:
            found[key] = Raw(environ[variable], Origin("environment", variable, key))
    implied = Origin("file", path, "hash")
    parts: dict[str | int, Raw | Given] = {
        "hash": Raw("djb2", implied),
        "shard_by": Raw("embedded", implied),
        "workers": found["threads"],
    }
    listen = _read_listen(found, faults)
    parts["listen"] = as_list(listen.origin, [listen])
    destinations = found.get("destinations")
    if destinations is not None:
        parts["backend"] = _split_destinations(destinations)
    return Given(parts)


def _split_destinations(destinations: Raw) -> Given:
    """Return a backend for each address: that proxy has neither names nor weights.

    It hashes by position, so one that stands twice is meant twice; the later one is
    named by its position too.
    """
    origin = destinations.origin
    texts = [one for one in re.split("[ \t]+", str(destinations.value)) if one]
    seen: set[str] = set()
    backends = []
    for position, text in enumerate(texts, 1):
        parts: dict[str | int, Raw | Given] = {"address": Raw(text, origin)}
        if text in seen:
            parts["name"] = Raw(f"{text}#{position}", origin)
        seen.add(text)
        backends.append(Given(parts, origin))
    return as_list(origin, backends)


def _read_lines(path: str, text: str, faults: list[Fault]) -> dict[str, Raw]:
    """Return key -> value; add to `faults` lines that are no settings."""
    found: dict[str, Raw] = {}
    for number, line in enumerate(text.split("\n"), 1):
        kept = re.split(r"(?:^|\s)[#;]", line, maxsplit=1)[0]
        if not kept.strip():
            continue
        match = _LINE.fullmatch(kept)
        if match is None:
            what = f"{quoted(kept.strip())}; valid: KEY = VALUE"
            if kept.lstrip().startswith("["):
                what += ", and no sections; TOML stands in a file that ends in .toml"
            faults.append(Fault(Origin("file", path, "", number), None, what))
            continue
        key, value = match.groups()
        origin = Origin("file", path, cut(key), number)
        if key not in KEYS:
            what = f"no such key; {guess(key, KEYS)}valid: {', '.join(KEYS)}"
            faults.append(Fault(origin, None, what))
        elif key in found:
            what = f"stands on line {found[key].origin.line} already; valid: once"
            faults.append(Fault(origin, None, what))
        else:
            found[key] = Raw(value, origin)
    return found


def _read_listen(found: Mapping[str, Raw], faults: list[Fault]) -> Raw:
    """Return the one listener, with the place of what was set last.

    Where one of its two parts is wrong, that is blamed by itself.
    """
    host, port = (str(found[key].value) for key in ("bind_interface", "bind_port"))
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    wrong = False
    for key, part in (("bind_interface", f"{shown}:0"), ("bind_port", f"h:{port}")):
        try:
            host_and_port(part, lowest_port=0, valid=INTERFACE)
        except ValueError as fault:
            faults.append(Fault(found[key].origin, found[key].value, str(fault)))
            wrong = True
    set_ones = [
        found[key].origin
        for key in ("bind_port", "bind_interface")
        if found[key].origin.source != "default"
    ]
    origin = (set_ones or [found["bind_port"].origin])[0]
    return Raw(JUDGED if wrong else f"udp://{shown}:{port}", origin)
