"""Addresses: where datagrams come in and where lines go to, read from their text.

A reader raises ValueError that says what would be valid; the caller adds where the text
stood. Must not know: sockets, name resolution, keys of settings.
"""

from typing import Annotated

import msgspec

from statshard.settings import kinds, reading
from statshard.settings.setting import Setting


class Listen(msgspec.Struct, frozen=True):
    """Where datagrams come in."""

    url: str
    host: str
    port: int


def read_address(text: str) -> str:
    """Read HOST:PORT, and return it as written."""
    scheme, found, _ = text.partition("://")
    if found:
        raise ValueError(
            f"{scheme}:// is not supported by this version; valid: HOST:PORT, for "
            "example 10.0.0.1:8125"
        )
    reading.host_and_port(text, lowest_port=1)
    return text


class Backend(msgspec.Struct, frozen=True):
    """A StatsD server that lines go to; a [[backend]] of a file."""

    name: Annotated[
        str,
        Setting(
            kinds.text(reading.name, "NAME"),
            unit="name",
            help="Its identity in the ring, whatever its address resolves to.",
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

    @property
    def node(self) -> str:
        """What rings hash that go by address and not by name."""
        return self.address


def read_listen(text: str) -> Listen:
    """Read udp://HOST:PORT; port 0 lets the kernel choose."""
    scheme, found, rest = text.partition("://")
    if found and scheme in ("tcp", "unix", "unixgram"):
        raise ValueError(
            f"{scheme}:// is not supported by this version; valid: udp://HOST:PORT"
        )
    if scheme != "udp" or not found:
        raise ValueError("valid: udp://HOST:PORT, for example udp://127.0.0.1:8125")
    host, port = reading.host_and_port(rest, lowest_port=0)
    return Listen(text, host, port)


def read_backend(text: str) -> Backend:
    """Read [NAME=]HOST:PORT[,weight=W]."""
    words, *options = text.split(",")
    name, named, address = words.partition("=")
    if not named:
        name, address = words, words
    read_address(address)
    weight = 1.0
    for option in options:
        key, _, value = option.partition("=")
        if key != "weight":
            raise ValueError(
                f"no option {reading.quoted(key)}; valid: weight=W, "
                f"as in {reading.cut(words)},weight=2"
            )
        weight = reading.positive(value)
    return Backend(reading.name(name), address, weight)


def show_backend(backend: Backend) -> str:
    """Return the text that read_backend reads."""
    named = f"{backend.name}=" if backend.name != backend.address else ""
    weight = backend.weight
    weighed = f",weight={reading.shortest(weight)!r}" if weight != 1 else ""
    return f"{named}{backend.address}{weighed}"
