"""What config.ini of the Rust sharding proxy means, in plain Python.

Rules: a line is `key = value`, or nothing but blanks and a comment; `#` and `;` begin a
comment at the start of a line and behind a blank; the keys are four, each once;
destinations stand with blanks between them, each HOST:PORT. None: refused.
This file knows no reader of ours.

Source: alanszlosek/rust-sharding-statsd-proxy, whose own reader takes a comment for a
setting and dies on two blanks.
"""

from collections.abc import Iterator
from dataclasses import dataclass

BLANKS = " \t"


@dataclass(frozen=True)
class Ini:
    """What a file means."""

    interface: str
    port: int
    threads: int
    destinations: list[str]


def maybe_read_ini(text: str) -> Ini | None:
    """Return what a text means, or None where it is to be refused."""
    found = {"bind_interface": "0.0.0.0", "bind_port": "8125", "threads": "1"}  # noqa: S104 - that proxy's default
    seen: set[str] = set()
    for line in text.split("\n"):
        kept = "".join(before_comment(line)).strip("\r\v\f" + BLANKS)
        if not kept:
            continue
        key, equals, value = kept.partition("=")
        key = key.strip("\r\v\f" + BLANKS)
        if not equals or key in seen or key not in (*found, "destinations"):
            return None
        seen.add(key)
        found[key] = value.strip("\r\v\f" + BLANKS)
    destinations = [
        one
        for one in found.get("destinations", "").replace("\t", " ").split(" ")
        if one
    ]
    host = found["bind_interface"]
    if ":" in host and host[0] != "[":
        host = f"[{host}]"
    is_right = (
        is_number(found["bind_port"], 0, 65_535)
        and is_number(found["threads"], 1, 64)
        and is_host(host)
        and len(destinations) > 0
        and all(is_address(one) for one in destinations)
    )
    if not is_right:
        return None
    plain = host.removeprefix("[").removesuffix("]") if host[0] == "[" else host
    return Ini(plain, int(found["bind_port"]), int(found["threads"]), destinations)


def before_comment(line: str) -> Iterator[str]:
    """Yield the characters that stand before a comment."""
    before = " "
    for character in line:
        if character in "#;" and before.isspace():
            return
        yield character
        before = character


def is_number(text: str, lowest: int, highest: int) -> bool:
    """Tell whether a text is a whole number within bounds, in plain digits."""
    is_plain = 0 < len(text) < 20 and set(text) <= set("0123456789")
    return is_plain and lowest <= int(text) <= highest


def is_host(text: str) -> bool:
    """Tell whether a text can be a host: nothing in it is blank or moves a terminal."""
    if text[:1] == "[" and text[-1:] == "]":
        text = text[1:-1]
    elif ":" in text:
        return False
    return text != "" and text.isprintable() and not set(" []") & set(text)


def is_address(text: str) -> bool:
    """Tell whether a text is HOST:PORT."""
    host, _, port = text.rpartition(":")
    return is_host(host) and is_number(port, 1, 65_535)
