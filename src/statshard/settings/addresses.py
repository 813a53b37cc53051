"""Addresses: where datagrams come in and where lines go to, read from their text.

A reader raises ValueError that says what would be valid; the caller adds where the text
stood. Must not know: sockets, name resolution, keys of settings.
"""

from dataclasses import dataclass

from statshard.settings import reading


@dataclass(frozen=True, slots=True)
class Listen:
    """Where datagrams come in."""

    url: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Backend:
    """A StatsD server that lines go to.

    `name` is its identity in the ring, whatever its address resolves to; `address` is
    HOST:PORT as written.
    """

    name: str
    address: str
    weight: float = 1.0

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
    reading.host_and_port(address, lowest_port=1)
    weight = 1.0
    for option in options:
        key, _, value = option.partition("=")
        if key != "weight":
            raise ValueError(
                f"no option {key!r}; valid: weight=W, as in {words},weight=2"
            )
        weight = reading.positive(value)
    return Backend(reading.name(name), address, weight)
