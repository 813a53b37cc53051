"""Addresses: where datagrams come in and where lines go to, read from their text.

A reader raises ValueError that says what would be valid; the caller adds where the text
stood. Must not know: sockets, name resolution, keys of settings.
"""

from collections.abc import Sequence
from typing import Annotated, NoReturn

import msgspec

from statshard.settings import kinds, reading
from statshard.settings.hashes import BY_POSITION
from statshard.settings.later import UNSUPPORTED, later
from statshard.settings.setting import Setting, build, table_of
from statshard.settings.tables import read_options, show_form, show_options

# Schemes of a set of backends that is found and not listed.
DISCOVERING = ("dns", "srv")
BY_DISCOVERY = (
    f", and never will be with {', '.join(BY_POSITION)}, which go by position: a set "
    "that is found has no order of its own"
)


class Listen(msgspec.Struct, frozen=True):
    """Where datagrams come in."""

    url: str
    host: str
    port: int


def read_address(text: str) -> str:
    """Read HOST:PORT, and return it as written."""
    scheme, found, _ = text.partition("://")
    if found:
        refuse_scheme(scheme, "address", (), reading.ADDRESS)
    reading.host_and_port(text, lowest_port=1)
    return text


def refuse_scheme(scheme: str, key: str, known: Sequence[str], valid: str) -> NoReturn:
    """Raise ValueError for a URL of a scheme that is none of this version's."""
    shown = reading.cut(reading.printable(scheme))
    if scheme not in later(key):
        near = kinds.guess(scheme, known)
        raise ValueError(f"no such scheme {shown}://; {near}valid: {valid}")
    why = BY_DISCOVERY if scheme in DISCOVERING else ""
    raise ValueError(f"{shown}:// is {UNSUPPORTED}{why}; valid: {valid}")


class Backend(msgspec.Struct, frozen=True):
    """A StatsD server that lines go to; a [[backend]] of a file."""

    name: Annotated[
        str,
        Setting(
            kinds.text(reading.name, "NAME"),
            unit="name",
            help="Its identity in the ring, whatever its address resolves to.",
            follows=lambda values: values["address"],
            default_help="Default: the address as written.",
        ),
    ]
    address: Annotated[
        str,
        Setting(
            kinds.text(read_address, "HOST:PORT"),
            unit="address",
            help="Where its lines go. Must be given.",
        ),
    ]
    weight: Annotated[
        float,
        Setting(
            kinds.positive("W"),
            unit="",
            help="Its share beside the others'.",
            default="1",
        ),
    ] = 1.0
    node: Annotated[
        str,
        Setting(
            kinds.text(reading.name, "N"),
            unit="name",
            help="What etsy, ketama and libketama hash, and not its name; never "
            "resolved.",
            follows=lambda values: values["address"],
            default_help="Default: the address as written.",
        ),
    ] = ""

    def __post_init__(self) -> None:
        """Take the address for a node that is not given."""
        if not self.node:
            msgspec.structs.force_setattr(self, "node", self.address)


OPTIONS = tuple(row for row in table_of(Backend) if row.key not in ("name", "address"))
BACKEND_FORM = "[NAME=]HOST:PORT" + show_form(OPTIONS)


def read_listen(text: str) -> Listen:
    """Read udp://HOST:PORT; port 0 lets the kernel choose."""
    scheme, found, rest = text.partition("://")
    valid = "udp://HOST:PORT, for example udp://127.0.0.1:8125"
    if not found:
        raise ValueError(f"valid: {valid}")
    if scheme != "udp":
        refuse_scheme(scheme, "listen", ("udp",), valid)
    host, port = reading.host_and_port(rest, lowest_port=0, valid=valid)
    return Listen(text, host, port)


def read_backend(text: str) -> Backend:
    """Read [NAME=]HOST:PORT, and its options behind commas."""
    words, *options = text.split(",")
    name, named, address = words.partition("=")
    if not named:
        name, address = words, words
    read_address(address)
    values = read_options(options, OPTIONS, reading.cut(words))
    return build(Backend, {"name": reading.name(name), "address": address, **values})


def show_backend(backend: Backend) -> str:
    """Return the text that read_backend reads."""
    named = f"{backend.name}=" if backend.name != backend.address else ""
    values = {row.key: getattr(backend, row.key) for row in table_of(Backend)}
    return ",".join([named + backend.address, *show_options(OPTIONS, values)])
